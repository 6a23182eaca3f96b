"""Delivery in the office: what is planned there goes through the same operations as everywhere."""

from datetime import date, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from courses.models import Group, GroupTrainer, Round, Session, Venue
from courses.operations import attending
from lms.kernel import clock
from lms.people import roles
from tests.factories import (
    EditionFactory,
    EnrolmentFactory,
    GroupFactory,
    GroupTrainerFactory,
    PersonFactory,
    RoundFactory,
    SessionFactory,
    UserFactory,
    VenueFactory,
    sessions_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client):
    client.force_login(UserFactory(roles=[roles.ORGANISER]))
    return client


@pytest.fixture
def group():
    return GroupFactory(round=RoundFactory(code="R1", edition=EditionFactory(days=2)), code="G1")


def test_a_group_is_made_with_its_trainers(office, group):
    trainer = PersonFactory(user=UserFactory(roles=[roles.TRAINER]))

    office.post(
        reverse("training-groups:add"),
        {
            "round": group.round.pk,
            "code": "G2",
            "municipality": group.municipality.pk,
            "language": "sq",
            "capacity": 40,
            "trainers": [trainer.pk],
        },
    )

    made = Group.objects.get(code="G2")
    assert list(made.group_trainers.values_list("person", flat=True)) == [trainer.pk]


def test_a_trainer_is_replaced_by_another(office, group):
    old = GroupTrainerFactory(group=group).person
    new = PersonFactory(user=UserFactory(roles=[roles.TRAINER]))

    office.post(
        reverse("training-groups:edit", args=[group.pk]),
        {
            "round": group.round.pk,
            "code": group.code,
            "municipality": group.municipality.pk,
            "language": "sq",
            "capacity": 40,
            "trainers": [new.pk],
        },
    )

    assert set(GroupTrainer.objects.filter(group=group).values_list("person", flat=True)) == {new.pk}
    assert old.pk != new.pk


def test_the_page_of_roles_and_the_page_of_groups_are_two(client, admin_user, group):
    client.force_login(admin_user)

    assert reverse("wagtailusers_groups:index") != reverse("training-groups:index")
    assert "R1/G1" in client.get(reverse("training-groups:index")).content.decode()
    assert roles.INSPECTOR in client.get(reverse("wagtailusers_groups:index")).content.decode()


def planned(group, venue, **said):
    day = group.round.edition.days.first()
    return {
        "group": group.pk,
        "day": day.pk,
        "half": "AM",
        "on": "2027-05-04",
        "starts": "09:00",
        "ends": "12:00",
        "venue": venue.pk,
    } | said


def test_a_session_is_planned_at_the_venues_wall_time(office, group):
    office.post(reverse("sessions:add"), planned(group, VenueFactory(zone="Europe/Tirane")))

    session = Session.objects.get()
    assert (session.on, session.starts, session.zone) == (date(2027, 5, 4), time(9), "Europe/Tirane")


def test_an_impossible_hour_is_explained(office, group):
    page = office.post(
        reverse("sessions:add"), planned(group, VenueFactory(), on="2027-03-28", starts="02:00", ends="04:00")
    )

    assert "does not exist" in page.content.decode()
    assert not Session.objects.exists()


def test_a_session_with_marks_keeps_its_time(office, group):
    session = SessionFactory(group=group)
    attending.mark(session, EnrolmentFactory(group=group), "present", by=None)

    page = office.post(reverse("sessions:edit", args=[session.pk]), planned(group, session.venue))

    assert "People are already marked" in page.content.decode()
    session.refresh_from_db()
    assert session.on == clock.local_day()


def test_a_session_is_cancelled_and_replaced_in_one_go(office, group):
    session = SessionFactory(group=group)

    office.post(reverse("cancel_session", args=[session.pk]), {"reason": "Snow", "on": "2027-05-11"})

    session.refresh_from_db()
    assert (session.cancelled_because, session.replaced_by.on) == ("Snow", date(2027, 5, 11))


def test_a_whole_day_is_planned_at_once_and_a_double_booking_is_shown(office, group):
    trainer = GroupTrainerFactory(group=group).person
    other = GroupFactory(round=group.round, code="G2")
    GroupTrainerFactory(group=other, person=trainer)
    on = clock.local_day() + timedelta(days=4)
    sessions_of(other, on)

    page = office.post(
        reverse("plan_day"),
        {
            "group": group.pk,
            "day": group.round.edition.days.first().pk,
            "on": on.isoformat(),
            "venue": VenueFactory().pk,
            "am_starts": "09:00",
            "am_ends": "12:00",
            "pm_starts": "13:00",
            "pm_ends": "16:00",
        },
        follow=True,
    ).content.decode()

    assert group.sessions.count() == 2
    assert f"{trainer.full_name} is planned on {on:%d.%m.%Y}" in page


@pytest.mark.parametrize("name", ["rounds", "training-groups", "sessions", "venues"])
def test_lists_take_as_many_statements_for_three_rows_as_for_one(office, name, group, django_assert_num_queries):
    SessionFactory(group=group)
    address = reverse(f"{name}:index")
    office.get(address)
    with CaptureQueriesContext(connection) as once:
        office.get(address)
    for _number in range(2):
        SessionFactory(group=GroupFactory(round=RoundFactory(edition=EditionFactory(days=1))))

    with django_assert_num_queries(len(once)):
        office.get(address)


@pytest.mark.parametrize("name", ["rounds", "training-groups", "sessions", "venues"])
def test_nothing_delivered_is_deleted_and_others_do_not_enter(client, name, group):
    session = SessionFactory(group=group)
    pk = {"rounds": group.round, "training-groups": group, "sessions": session, "venues": session.venue}[name].pk

    client.force_login(UserFactory(roles=[roles.ADMINISTRATOR]))
    assert client.get(reverse(f"{name}:delete", args=[pk])).status_code in (302, 403)
    client.force_login(UserFactory(roles=[roles.COURSE_AUTHOR]))
    assert client.get(reverse(f"{name}:index")).status_code in (302, 403)


@pytest.mark.parametrize("code", ["2027/1", "R 1", "..", "Рунда"])
def test_a_code_that_cannot_stand_in_an_address_is_refused(office, group, code):
    page = office.post(reverse("rounds:add"), {"code": code, "edition": group.round.edition.pk}).content.decode()
    office.post(
        reverse("training-groups:add"),
        {"round": group.round.pk, "code": code, "municipality": group.municipality.pk, "language": "sq", "capacity": 1},
    )

    assert "cannot stand in an address" in page
    assert list(Round.objects.values_list("code", flat=True)) == ["R1"]
    assert list(Group.objects.values_list("code", flat=True)) == ["G1"]


@pytest.mark.parametrize("thing", [EnrolmentFactory, SessionFactory])
def test_what_people_and_sessions_rest_on_stays(office, group, thing):
    thing(group=group)
    other = RoundFactory(code="R2", edition=EditionFactory(days=2))
    edition = group.round.edition

    office.post(reverse("rounds:edit", args=[group.round.pk]), {"code": "R9", "edition": other.edition.pk})
    office.post(
        reverse("training-groups:edit", args=[group.pk]),
        {"round": other.pk, "code": "G9", "municipality": group.municipality.pk, "language": "en", "capacity": 7},
    )

    group = Group.objects.select_related("round").get()
    assert (group.round.code, group.round.edition, group.code) == ("R1", edition, "G1")
    assert (group.language, group.capacity) == ("en", 7)


def test_a_round_without_anybody_may_still_be_put_right(office, group):
    office.post(
        reverse("rounds:edit", args=[group.round.pk]),
        {"code": "R9", "edition": group.round.edition.pk, "enrolment_closes_on": "2027-05-01"},
    )

    assert Round.objects.values_list("code", "enrolment_closes_on").get() == ("R9", date(2027, 5, 1))


def test_a_venue_has_a_time_zone_that_exists(office, group):
    said = {"name": "Salla", "municipality": group.municipality.pk}

    office.post(reverse("venues:add"), said | {"zone": "Europe/Prishtina"})
    office.post(reverse("venues:add"), said | {"zone": "Europe/Tirane"})

    assert list(Venue.objects.filter(name="Salla").values_list("zone", flat=True)) == ["Europe/Tirane"]


def day_planned(group, **said):
    return {
        "group": group.pk,
        "day": group.round.edition.days.first().pk,
        "on": "2027-05-04",
        "venue": VenueFactory().pk,
        "am_starts": "09:00",
        "am_ends": "12:00",
        "pm_starts": "13:00",
        "pm_ends": "16:00",
    } | said


@pytest.mark.parametrize("on", ["0001-01-01", "1927-05-04", "9999-12-31"])
def test_a_day_in_another_century_is_a_slip(office, group, on):
    page = office.post(reverse("plan_day"), day_planned(group, on=on, am_starts="00:10")).content.decode()

    assert "cannot be right" in page
    assert not Session.objects.exists()


def test_an_afternoon_within_the_morning_is_refused(office, group):
    page = office.post(reverse("plan_day"), day_planned(group, am_ends="14:00")).content.decode()

    assert "before the morning ends at 14:00" in page
    assert not Session.objects.exists()


def test_an_afternoon_right_after_the_morning_is_planned(office, group):
    office.post(reverse("plan_day"), day_planned(group, am_ends="13:00"))

    assert Session.objects.count() == 2
