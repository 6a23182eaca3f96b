"""Completions in the office: found by name, shown with their evidence, contradictions listed."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from courses.models import Completion
from courses.operations import attending, completing
from courses.operations.attending import Tap
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
def officer(client_for):
    return client_for(UserFactory(roles=[roles.COUNCIL_OFFICER]))


@pytest.fixture
def sessions():
    group = GroupFactory(round=RoundFactory(edition=EditionFactory(days=1)))
    return sessions_of(group, clock.local_day() - timedelta(days=30))


def complete(sessions, **person):
    enrolment = EnrolmentFactory(group=sessions[0].group, person=PersonFactory(**person))
    for session in sessions:
        attending.mark_many(session, [Tap(enrolment_id=enrolment.pk, value="present")], by=None)
    return completing.consider(enrolment.pk)


def test_a_completion_is_found_by_name_without_diacritics(officer, sessions):
    complete(sessions, given_name="Shqipe", surname="Çerkini")
    complete(sessions, given_name="Arta", surname="Gashi")

    page = officer.get(reverse("completions"), {"q": "cerkini"}).content.decode()

    assert "Çerkini" in page
    assert "Gashi" not in page


def test_a_completion_shows_its_evidence(officer, sessions):
    completion = complete(sessions)

    page = officer.get(reverse("completion", args=[completion.pk])).content.decode()

    assert f"{sessions[0].on:%d.%m.%Y}" in page
    assert sessions[0].venue.name in page


def test_changed_evidence_is_listed_with_what_is_missing(officer, sessions):
    completion = complete(sessions, surname="Berisha")
    assert "still holds" in officer.get(reverse("completions_contradicted")).content.decode()

    attending.mark_many(sessions[1], [Tap(enrolment_id=completion.enrolment_id, value="absent")], by=None)

    page = officer.get(reverse("completions_contradicted")).content.decode()
    assert "Berisha" in page
    assert "counts in part only" in page
    assert Completion.objects.get() == completion


def test_the_list_takes_the_same_number_of_queries_for_one_and_three(officer, sessions, django_assert_num_queries):
    complete(sessions)
    officer.get(reverse("completions"))
    with CaptureQueriesContext(connection) as one:
        officer.get(reverse("completions"))
    complete(sessions)
    complete(sessions)

    with django_assert_num_queries(len(one)):
        officer.get(reverse("completions"))


def test_a_learner_does_not_see_the_list(client_for):
    assert client_for(UserFactory()).get(reverse("completions")).status_code == 302
