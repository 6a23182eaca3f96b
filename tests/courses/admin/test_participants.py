"""The participants of a group in the office: an organiser moves or withdraws one of them, with a reason; others cannot."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from courses.models import Completion, EnrolmentEvent
from lms.kernel import clock
from lms.people import roles
from tests.factories import EnrolmentFactory, GroupFactory, PersonFactory, RoundFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def organiser():
    return UserFactory(roles=[roles.ORGANISER])


@pytest.fixture
def office(client_for, organiser):
    return client_for(organiser)


@pytest.fixture
def enrolment():
    group = GroupFactory(round=RoundFactory(enrolment_closes_on=clock.local_day() - timedelta(days=1)))
    return EnrolmentFactory(group=group, person=PersonFactory(given_name="Arta", surname="Çela"))


def complete(enrolment):
    Completion.objects.create(
        enrolment=enrolment,
        completed_at=clock.now(),
        completed_on=clock.local_day(),
        evidence=[],
        rule={},
        recorded_at=clock.now(),
    )


def addresses(enrolment):
    return [
        reverse("participants", args=[enrolment.group_id]),
        reverse("move_enrolment", args=[enrolment.pk]),
        reverse("withdraw_enrolment", args=[enrolment.pk]),
    ]


@pytest.mark.parametrize("role", [None, roles.TRAINER, roles.COURSE_AUTHOR, roles.INSPECTOR, roles.COMMISSION_MEMBER])
def test_who_does_not_organise_is_refused(client_for, enrolment, role):
    other = GroupFactory(round=enrolment.group.round)
    browser = client_for(UserFactory(roles=[role] if role else []))

    for address in addresses(enrolment):
        assert browser.get(address).status_code in (302, 403)
        assert browser.post(address, {"group": other.pk, "reason": "x"}).status_code in (302, 403, 405)

    enrolment.refresh_from_db()
    assert (enrolment.group != other, enrolment.ended_at) == (True, None)


@pytest.mark.parametrize("role", [roles.ORGANISER, roles.COUNCIL_OFFICER, roles.ADMINISTRATOR])
def test_the_list_of_groups_leads_to_the_participants_and_they_to_both_deeds(client_for, enrolment, role):
    office = client_for(UserFactory(roles=[role]))
    listed, move, withdraw = addresses(enrolment)
    EnrolmentFactory(group=GroupFactory(round=enrolment.group.round), person=PersonFactory(surname="Neighbour"))

    assert listed in office.get(reverse("training-groups:index")).content.decode()
    page = office.get(listed).content.decode()

    assert "Arta" in page
    assert "Neighbour" not in page
    for address in (move, withdraw):
        assert address in page
        assert office.get(address).status_code == 200


def test_the_list_costs_the_same_for_one_and_three(office, enrolment):
    address = reverse("participants", args=[enrolment.group_id])
    office.get(address)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            office.get(address)
        return len(queries)

    one = cost()
    complete(EnrolmentFactory(group=enrolment.group))
    EnrolmentFactory(group=enrolment.group)

    assert cost() == one


def test_an_organiser_moves_somebody_after_the_closing_day_with_a_reason(office, organiser, enrolment):
    there = GroupFactory(round=enrolment.group.round)

    answer = office.post(
        reverse("move_enrolment", args=[enrolment.pk]), {"group": there.pk, "reason": "Moved house"}, follow=True
    )

    enrolment.refresh_from_db()
    assert enrolment.group == there
    event = EnrolmentEvent.objects.latest("pk")
    assert (event.kind, event.group, event.reason, event.by) == ("moved", there, "Moved house", organiser)
    assert [str(each) for each in answer.context["messages"]] == [f"Arta Çela is in group {there} now."]


def test_nobody_is_moved_into_a_full_group_another_edition_or_without_a_reason(office, enrolment):
    full = GroupFactory(round=enrolment.group.round, capacity=1)
    EnrolmentFactory(group=full)
    address = reverse("move_enrolment", args=[enrolment.pk])

    refused = office.post(address, {"group": full.pk, "reason": "x"}).content.decode()
    foreign = office.post(address, {"group": GroupFactory().pk, "reason": "x"})
    silent = office.post(address, {"group": full.pk, "reason": ""})

    assert "place is taken in group" in refused
    assert set(foreign.context["form"].errors) == {"group"}
    assert set(silent.context["form"].errors) == {"reason"}
    before = enrolment.group
    enrolment.refresh_from_db()
    assert enrolment.group == before


def test_an_organiser_withdraws_somebody_with_a_reason_once(office, organiser, enrolment):
    address = reverse("withdraw_enrolment", args=[enrolment.pk])

    office.post(address, {"reason": "Ill for months"})

    enrolment.refresh_from_db()
    assert enrolment.ended_at is not None
    event = EnrolmentEvent.objects.latest("pk")
    assert (event.kind, event.reason, event.by) == ("withdrawn", "Ill for months", organiser)
    assert office.post(address, {"reason": "Again"}).status_code == 404


def test_what_was_completed_is_neither_moved_nor_withdrawn(office, enrolment):
    complete(enrolment)
    there = GroupFactory(round=enrolment.group.round)
    listed, move, withdraw = addresses(enrolment)

    page = office.get(listed).content.decode()
    moved = office.post(move, {"group": there.pk, "reason": "x"}).content.decode()
    withdrawn = office.post(withdraw, {"reason": "x"}).content.decode()

    assert "completed; the group stays" in page
    assert move not in page
    assert "This programme is completed, so its group stays." in moved
    assert "This programme is completed. There is nothing to withdraw from." in withdrawn
