"""Lists of participants in the office: looked at before anybody is enrolled, and the file is not kept afterwards."""

from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from courses.admin.enrolments import Review
from courses.models import Enrolment, EnrolmentImport
from lms.people import roles
from lms.people.models import Person
from tests.factories import EditionFactory, EnrolmentFactory, GroupFactory, PersonFactory, RoundFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def group():
    return GroupFactory(round=RoundFactory(code="R1", edition=EditionFactory(days=1)), code="G1", capacity=10)


@pytest.fixture
def office(client_for):
    return client_for(UserFactory(roles=[roles.ORGANISER]))


def upload(office, group, *lines):
    text = "\n".join(["given_name,surname,birth_date,person,group", *lines])
    file = SimpleUploadedFile("list.csv", text.encode())
    return office.post(reverse("import_enrolments"), {"round": group.round.pk, "file": file}, follow=True)


def kept_files():
    return [path for path in Path(settings.PRIVATE_ROOT).rglob("*") if path.is_file()]


@pytest.mark.parametrize("role", [roles.COURSE_AUTHOR, roles.INSPECTOR, roles.COMMISSION_MEMBER])
def test_who_does_not_plan_enrols_nobody(client_for, group, role):
    office = client_for(UserFactory(roles=[role]))
    laid = EnrolmentImport.objects.create(
        round=group.round, name="x", sha256="x", uploaded_at="2026-01-01T00:00Z", uploaded_by=UserFactory()
    )

    assert office.get(reverse("import_enrolments")).status_code in (302, 403)
    assert office.post(reverse("review_enrolments", args=[laid.pk])).status_code in (302, 403)


@pytest.mark.parametrize("role", [roles.ORGANISER, roles.COUNCIL_OFFICER])
def test_a_list_is_looked_at_before_it_is_written(client_for, group, role, django_capture_on_commit_callbacks):
    office = client_for(UserFactory(roles=[role]))
    EnrolmentFactory(group=group, person=PersonFactory(reference="P-1", given_name="Besa", surname="Hoxha"))
    PersonFactory(reference="P-2")

    page = upload(office, group, ",,,P-1,G1", ",,,P-2,G1", "Arta,Çela,24.05.1988,,G1").content.decode()

    assert "Enrol 2 persons" in page
    for said in ("Besa Hoxha", "stays where they are", "is entered and enrolled", "Arta Çela"):
        assert said in page
    assert Enrolment.objects.count() == 1
    assert not Person.objects.filter(surname="Çela").exists()

    laid = EnrolmentImport.objects.get()
    for _twice in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            office.post(reverse("review_enrolments", args=[laid.pk]), {"answer": "write"})

    laid.refresh_from_db()
    assert (laid.persons_enrolled, laid.persons_already, laid.persons_entered) == (2, 1, 1)
    assert laid.written_by == laid.uploaded_by
    assert Enrolment.objects.count() == 3
    assert kept_files() == []
    assert "2 enrolled, 1 enrolled already" in office.get(reverse("review_enrolments", args=[laid.pk])).content.decode()


def test_faults_are_listed_and_nobody_is_enrolled(office, group):
    page = upload(office, group, "Arta,Çela,24.05.1988,,G9").content.decode()
    laid = EnrolmentImport.objects.get()

    office.post(reverse("review_enrolments", args=[laid.pk]), {"answer": "write"})

    assert "the file has 1 fault" in page
    assert "has no group G9" in page
    assert not Enrolment.objects.exists()
    assert EnrolmentImport.objects.get().written_at is None


def test_a_list_is_put_away_with_its_file(office, group, django_capture_on_commit_callbacks):
    upload(office, group, "Arta,Çela,24.05.1988,,G1")
    laid = EnrolmentImport.objects.get()
    assert len(kept_files()) == 1

    with django_capture_on_commit_callbacks(execute=True):
        office.post(reverse("review_enrolments", args=[laid.pk]), {"answer": "put_away"})

    assert kept_files() == []
    assert not Enrolment.objects.exists()
    assert "put away" in office.get(reverse("import_enrolments")).content.decode()


def test_a_round_is_filled_in_when_one_comes_from_it(office, group):
    page = office.get(reverse("import_enrolments"), {"round": "R1"})

    assert page.context["form"]["round"].initial == group.round


@pytest.mark.parametrize("second", ["write", "put_away"])
def test_the_second_of_two_clicks_finds_the_list_answered(
    office, group, second, rf, django_capture_on_commit_callbacks
):
    upload(office, group, "Arta,Çela,24.05.1988,,G1")
    laid = EnrolmentImport.objects.get()
    request = rf.post("/", {"answer": second})
    request.user, request.session = laid.uploaded_by, {}
    request._messages = FallbackStorage(request)
    late = Review()
    late.setup(request, pk=laid.pk)  # it has read the list before the first click is through
    with django_capture_on_commit_callbacks(execute=True):
        office.post(reverse("review_enrolments", args=[laid.pk]), {"answer": "write"})

    with django_capture_on_commit_callbacks(execute=True):
        answer = late.post(request, pk=laid.pk)

    assert answer.url == reverse("review_enrolments", args=[laid.pk])
    laid.refresh_from_db()
    assert (laid.persons_entered, laid.persons_enrolled, Person.objects.filter(surname="Çela").count()) == (1, 1, 1)
