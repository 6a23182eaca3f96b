"""Sessions keep wall time; nobody is planned into an hour that does not exist or into two places unseen."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from courses.models import Session
from courses.operations import attending, scheduling
from lms.kernel import clock
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
def group():
    return GroupFactory(round=RoundFactory(edition=EditionFactory(days=3)))


@pytest.fixture
def office():
    return UserFactory()


def test_a_workshop_day_has_a_morning_and_an_afternoon(group, office):
    venue = VenueFactory(zone="Europe/Tirane")

    am, pm = scheduling.plan_workshop(
        group, group.round.edition.days.first(), on=date(2027, 5, 4), venue=venue, by=office
    )

    assert (am.half, am.starts, am.zone) == ("AM", time(9), "Europe/Tirane")
    assert (pm.half, pm.starts, pm.ends) == ("PM", time(13), time(16))
    assert am.starts_at == datetime(2027, 5, 4, 7, tzinfo=UTC)


def test_a_weekly_series_keeps_nine_o_clock_when_the_clocks_change(group, office):
    days = list(group.round.edition.days.all())

    sessions = scheduling.plan_series(
        group, days, first_on=date(2027, 3, 22), every_days=7, venue=VenueFactory(), by=office
    )

    assert [session.starts for session in sessions[::2]] == [time(9)] * 3
    assert [session.starts_at.hour for session in sessions[::2]] == [8, 7, 7]


def test_an_hour_that_does_not_exist_is_refused(group, office):
    with pytest.raises(scheduling.WrongTimes, match="does not exist"):
        scheduling.plan_session(
            group,
            group.round.edition.days.first(),
            "AM",
            on=date(2027, 3, 28),
            venue=VenueFactory(),
            starts=time(2),
            ends=time(4),
            by=office,
        )


@pytest.mark.parametrize(("on", "minutes"), [(date(2027, 3, 28), 120), (date(2026, 10, 25), 240)])
def test_one_to_four_lasts_what_the_clocks_make_of_it(group, office, on, minutes):
    session = scheduling.plan_session(
        group,
        group.round.edition.days.first(),
        "AM",
        on=on,
        venue=VenueFactory(),
        starts=time(1),
        ends=time(4),
        by=office,
    )

    assert session.minutes == minutes


def test_an_end_before_the_start_is_refused(group, office):
    with pytest.raises(scheduling.WrongTimes, match="09:00"):
        scheduling.plan_session(
            group,
            group.round.edition.days.first(),
            "AM",
            on=date(2027, 5, 4),
            venue=VenueFactory(),
            starts=time(12),
            ends=time(9),
            by=office,
        )


def test_the_same_half_is_planned_once(group, office):
    session = SessionFactory(group=group)

    with pytest.raises(scheduling.AlreadyPlanned, match="planned already"):
        scheduling.plan_session(
            group, session.day, "AM", on=session.on, venue=session.venue, starts=time(9), ends=time(12), by=office
        )


def test_a_group_is_in_one_session_at_a_time(group, office):
    first, second, _third = group.round.edition.days.all()
    venue, on = VenueFactory(), date(2027, 5, 4)
    scheduling.plan_workshop(group, first, on=on, venue=venue, by=office)

    said = "has .*/D1/PM on 04.05.2027 from 13:00 to 16:00 already. Choose another time"
    with pytest.raises(scheduling.Overlapping, match=said):
        scheduling.plan_session(group, second, "AM", on=on, venue=venue, starts=time(15), ends=time(18), by=office)

    evening = scheduling.plan_session(
        group, second, "AM", on=on, venue=venue, starts=time(16), ends=time(18), by=office
    )
    with pytest.raises(scheduling.Overlapping, match="/D1/PM"):
        scheduling.move(evening, starts=time(15, 30), by=office)
    neighbour = GroupFactory(round=group.round, code="G9")
    scheduling.plan_session(neighbour, second, "AM", on=on, venue=venue, starts=time(15), ends=time(18), by=office)


def test_the_time_of_a_cancelled_session_is_free_again(group, office):
    first, second, _third = group.round.edition.days.all()
    cancelled = SessionFactory(group=group, day=first)
    scheduling.cancel(cancelled, by=office, reason="Snow")

    planned = scheduling.plan_session(
        group, second, "AM", on=cancelled.on, venue=cancelled.venue, starts=time(9), ends=time(12), by=office
    )

    assert list(Session.objects.taking_place()) == [planned]


def test_a_day_of_another_edition_is_refused(group, office):
    with pytest.raises(scheduling.SchedulingError, match="another edition"):
        scheduling.plan_workshop(
            group, EditionFactory().days.first(), on=date(2027, 5, 4), venue=VenueFactory(), by=office
        )


def test_a_cancelled_session_is_replaced_by_one_that_names_it(group, office):
    session = SessionFactory(group=group)

    again = scheduling.replace(
        session, by=office, reason="Snow", on=session.on + timedelta(days=7), starts=time(9), ends=time(12)
    )

    session.refresh_from_db()
    assert (session.cancelled_by, session.cancelled_because) == (office, "Snow")
    assert (again.replaces, again.code) == (session, session.code)
    assert list(Session.objects.taking_place()) == [again]


def test_cancelling_twice_is_refused(group, office):
    session = scheduling.cancel(SessionFactory(group=group), by=office, reason="Snow")

    with pytest.raises(scheduling.AlreadyCancelled):
        scheduling.cancel(session, by=office, reason="Snow")


def test_moving_a_session_with_marks_is_refused_but_its_venue_may_change(group, office):
    session = SessionFactory(group=group)
    attending.mark(session, EnrolmentFactory(group=group), "present", by=None)
    hall = VenueFactory()

    with pytest.raises(scheduling.HasMarks):
        scheduling.move(session, by=office, on=session.on + timedelta(days=1))

    assert scheduling.move(session, by=office, venue=hall).venue == hall


def test_a_trainer_in_two_groups_at_once_is_shown(group):
    other = GroupFactory(round=group.round)
    trainer = PersonFactory()
    for each in (group, other):
        GroupTrainerFactory(group=each, person=trainer)
        sessions_of(each, clock.local_day() + timedelta(days=5))

    clashes = scheduling.clashes_of()

    assert len(clashes) == 6
    assert {clashes[0].first.group, clashes[0].second.group} == {group, other}
    assert clashes[0].trainer == trainer.full_name


def test_two_trainers_in_two_groups_are_no_clash(group):
    for each in (group, GroupFactory(round=group.round)):
        GroupTrainerFactory(group=each)
        sessions_of(each, clock.local_day() + timedelta(days=5))

    assert scheduling.clashes_of() == []
