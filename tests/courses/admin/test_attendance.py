"""Attendance in the office: files of marks, looked at before they are written."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from courses.admin.attendance import Review
from courses.models import AttendanceImport, AttendanceMark
from lms.kernel import clock
from lms.people import roles
from tests.factories import (
    EditionFactory,
    EnrolmentFactory,
    GroupFactory,
    PersonFactory,
    RoundFactory,
    UserFactory,
    sessions_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def group():
    return GroupFactory(round=RoundFactory(code="R1", edition=EditionFactory(days=2)), code="G1")


@pytest.fixture
def sessions(group):
    return sessions_of(group, clock.local_day() - timedelta(days=5))


@pytest.fixture
def office(client):
    client.force_login(UserFactory(roles=[roles.ORGANISER]))
    return client


@pytest.mark.parametrize("name", ["import_attendance", "plan_day"])
def test_who_has_no_business_here_is_refused(client, name, group):
    client.force_login(UserFactory(roles=[roles.COURSE_AUTHOR]))

    assert client.get(reverse(name)).status_code in (302, 403)


def test_an_inspector_imports_nothing(client, group):
    client.force_login(UserFactory(roles=[roles.INSPECTOR]))

    assert client.get(reverse("import_attendance")).status_code in (302, 403)


def kept_files():
    return [path for path in Path(settings.PRIVATE_ROOT).rglob("*") if path.is_file()]


def upload(office, *lines):
    text = "\n".join(["session,person,mark", *lines])
    return office.post(
        reverse("import_attendance"), {"file": SimpleUploadedFile("marks.csv", text.encode())}, follow=True
    )


def test_a_file_is_looked_at_before_it_is_written(office, group, sessions):
    EnrolmentFactory(group=group, person=PersonFactory(reference="P-1"))

    page = upload(office, "R1/G1/D1/AM,P-1,present").content.decode()
    assert "Write 1 mark" in page
    assert not AttendanceMark.objects.exists()

    laid = AttendanceImport.objects.get()
    office.post(reverse("review_attendance", args=[laid.pk]))
    office.post(reverse("review_attendance", args=[laid.pk]))

    laid.refresh_from_db()
    assert (laid.rows_new, laid.written_by) == (1, laid.uploaded_by)
    assert AttendanceMark.objects.get().recorded_by == laid.uploaded_by


def test_a_file_goes_when_it_is_written(office, group, sessions, django_capture_on_commit_callbacks):
    EnrolmentFactory(group=group, person=PersonFactory(reference="P-1"))
    upload(office, "R1/G1/D1/AM,P-1,present")
    laid = AttendanceImport.objects.get()
    assert len(kept_files()) == 1

    with django_capture_on_commit_callbacks(execute=True):
        office.post(reverse("review_attendance", args=[laid.pk]), {"answer": "write"})

    assert kept_files() == []
    assert "1 new, 0 changed" in office.get(reverse("review_attendance", args=[laid.pk])).content.decode()


@pytest.mark.parametrize("line", ["R1/G1/D1/AM,P-1,present", "R1/G1/D1/AM,P-404,present"])
def test_a_file_is_put_away(office, group, sessions, line, django_capture_on_commit_callbacks):
    EnrolmentFactory(group=group, person=PersonFactory(reference="P-1"))
    assert "Put the file away" in upload(office, line).content.decode()
    laid = AttendanceImport.objects.get()

    for answer in ("put_away", "write"):
        with django_capture_on_commit_callbacks(execute=True):
            office.post(reverse("review_attendance", args=[laid.pk]), {"answer": answer})

    assert kept_files() == []
    assert not AttendanceMark.objects.exists()
    assert "This file was put away" in office.get(reverse("review_attendance", args=[laid.pk])).content.decode()
    assert "put away" in office.get(reverse("import_attendance")).content.decode()


def test_faults_are_listed_with_their_lines_and_cannot_be_written(office, group, sessions):
    page = upload(office, "R1/G1/D1/AM,P-404,present").content.decode()
    laid = AttendanceImport.objects.get()

    office.post(reverse("review_attendance", args=[laid.pk]))

    assert "the file has 1 fault" in page
    assert "there is no person P-404" in page
    assert not AttendanceMark.objects.exists()


def test_the_second_of_two_clicks_leaves_what_the_first_has_noted(office, group, sessions, rf):
    EnrolmentFactory(group=group, person=PersonFactory(reference="P-1"))
    upload(office, "R1/G1/D1/AM,P-1,present")
    laid = AttendanceImport.objects.get()
    request = rf.post("/")
    request.user, request.session = UserFactory(roles=[roles.ORGANISER]), {}
    request._messages = FallbackStorage(request)
    late = Review()
    late.setup(request, pk=laid.pk)  # it has read the file before the first click is through
    office.post(reverse("review_attendance", args=[laid.pk]))

    late.post(request, pk=laid.pk)

    laid.refresh_from_db()
    assert (laid.rows_new, laid.rows_same, laid.written_by) == (1, 0, laid.uploaded_by)
