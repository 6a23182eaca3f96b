"""Enrolments without a group in the office: listed, withdrawn with a reason, enrolled again; those in groups are not here."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from courses.models import Completion, Enrolment, EnrolmentEvent
from courses.operations import enrolling
from lms.kernel import clock
from lms.people import roles
from tests.factories import EditionFactory, EnrolmentFactory, GroupFactory, PersonFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def organiser():
    return UserFactory(roles=[roles.ORGANISER])


@pytest.fixture
def office(client_for, organiser):
    return client_for(organiser)


@pytest.fixture
def enrolment():
    person = PersonFactory(given_name="Arta", surname="Çela")
    return EnrolmentFactory(edition=EditionFactory(programme_code="ONL", days=0, modules=1), person=person)


def complete(enrolment):
    Completion.objects.create(
        enrolment=enrolment,
        completed_at=clock.now(),
        completed_on=clock.local_day(),
        evidence=[],
        rule={},
        recorded_at=clock.now(),
    )


@pytest.mark.parametrize("role", [None, roles.TRAINER, roles.COURSE_AUTHOR, roles.INSPECTOR, roles.COMMISSION_MEMBER])
def test_who_does_not_organise_is_refused(client_for, enrolment, role):
    browser = client_for(UserFactory(roles=[role] if role else []))

    for address in (reverse("self_paced"), reverse("withdraw_self_paced", args=[enrolment.pk])):
        assert browser.get(address).status_code in (302, 403)
        assert browser.post(address, {"reason": "x"}).status_code in (302, 403)

    enrolment.refresh_from_db()
    assert enrolment.ended_at is None


def test_the_list_has_those_without_a_group_and_is_searched(office, enrolment):
    EnrolmentFactory(group=GroupFactory(), person=PersonFactory(surname="Neighbour"))
    EnrolmentFactory(edition=enrolment.edition, person=PersonFactory(surname="Morina"))

    page = office.get(reverse("self_paced")).content.decode()
    found = office.get(reverse("self_paced"), {"q": "cela", "programme": "ONL"}).content.decode()

    assert "Neighbour" not in page
    assert ("Morina" in page, "Morina" in found, "Çela" in found) == (True, False, True)


def test_the_list_costs_the_same_for_one_and_three(office, enrolment):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            office.get(reverse("self_paced"), {"state": "all"})
        return len(queries)

    office.get(reverse("self_paced"))
    one = cost()
    complete(EnrolmentFactory(edition=enrolment.edition))
    enrolling.withdraw(EnrolmentFactory(edition=enrolment.edition), by=None)

    assert cost() == one


def test_an_organiser_withdraws_with_a_reason_and_enrols_again_from_the_beginning(office, organiser, enrolment):
    office.post(reverse("withdraw_self_paced", args=[enrolment.pk]), {"reason": "On leave"})
    enrolment.refresh_from_db()
    event = EnrolmentEvent.objects.latest("pk")
    assert (event.kind, event.reason, event.by) == ("withdrawn", "On leave", organiser)
    again = reverse("enrol_again", args=[enrolment.pk])
    assert again in office.get(reverse("self_paced"), {"state": "withdrawn"}).content.decode()
    newer = EditionFactory(programme_code="ONL", number=2, days=0, modules=1)

    office.post(again)

    fresh = Enrolment.objects.active().get()
    assert (fresh.person, fresh.edition) == (enrolment.person, newer)
    assert fresh.registration != enrolment.registration
    assert again not in office.get(reverse("self_paced"), {"state": "withdrawn"}).content.decode()
    assert "is enrolled in" in office.post(again).content.decode()
    assert Enrolment.objects.count() == 2


def test_who_completed_is_not_withdrawn_but_may_take_it_again(office, enrolment):
    complete(enrolment)

    page = office.get(reverse("self_paced"), {"state": "completed"}).content.decode()
    refused = office.post(reverse("withdraw_self_paced", args=[enrolment.pk]), {"reason": "x"}).content.decode()
    office.post(reverse("enrol_again", args=[enrolment.pk]))

    assert reverse("withdraw_self_paced", args=[enrolment.pk]) not in page
    assert "There is nothing to withdraw from." in refused
    enrolment.refresh_from_db()
    assert enrolment.ended_at is not None
    assert Enrolment.objects.active().get().person == enrolment.person


def test_enrolments_in_groups_and_running_ones_are_not_found_at_these_addresses(office, enrolment):
    grouped = EnrolmentFactory(group=GroupFactory())

    assert office.get(reverse("withdraw_self_paced", args=[grouped.pk])).status_code == 404
    assert office.get(reverse("enrol_again", args=[enrolment.pk])).status_code == 404
