"""Coverage of enrolments: wherever the person was, once, and never in two places."""

from datetime import timedelta

import pytest

from courses.models import DayEquivalence
from courses.operations import attending, scheduling
from courses.rules.coverage import DayState
from lms.kernel import clock
from tests.factories import (
    EditionFactory,
    EnrolmentFactory,
    GroupFactory,
    RoundFactory,
    UserFactory,
    sessions_of,
)

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(days=60)


@pytest.fixture
def round_():
    return RoundFactory(edition=EditionFactory(days=3))


@pytest.fixture
def group(round_):
    return GroupFactory(round=round_, code="G1")


@pytest.fixture
def sessions(group):
    return sessions_of(group, clock.local_day() - timedelta(days=30))


@pytest.fixture
def enrolment(group):
    return EnrolmentFactory(group=group, enrolled_at=clock.now() - LONG_AGO)


def attend(enrolment, *sessions, value="present", **said):
    for session in sessions:
        attending.mark(session, enrolment, value, by=None, **said)


def states(enrolment):
    return [day.state for day in attending.coverage_of([enrolment])[enrolment.pk].days]


def test_all_days_attended_are_covered_at_the_end_of_the_last(enrolment, sessions):
    attend(enrolment, *sessions)

    coverage = attending.coverage_of([enrolment])[enrolment.pk]

    assert coverage.is_complete
    assert coverage.covered_at == sessions[-1].ends_at
    assert set(attending.sessions_with_marks(coverage, enrolment.pk)) == {session.pk for session in sessions}


def test_sessions_without_a_word_are_pending_and_coming_ones_are_ahead(enrolment, group):
    sessions_of(group, clock.local_day() - timedelta(days=2))  # two days ago, yesterday, today

    # Today's halves may be over or ahead by now, so only the first two days are looked at.
    assert states(enrolment)[:2] == [DayState.PENDING, DayState.PENDING]


def test_coming_days_are_ahead(enrolment, group):
    sessions_of(group, clock.local_day() + timedelta(days=2))

    assert states(enrolment) == [DayState.AHEAD] * 3


def test_a_make_up_in_another_group_counts(enrolment, sessions, round_):
    attend(enrolment, *sessions[:4])
    attend(enrolment, *sessions[4:], value="absent")
    elsewhere = sessions_of(GroupFactory(round=round_), clock.local_day() - timedelta(days=10))

    attend(enrolment, *elsewhere[4:])

    assert states(enrolment) == [DayState.COVERED] * 3


def test_the_day_of_another_edition_counts_only_by_decision(enrolment, sessions):
    attend(enrolment, *sessions[:4])
    other = GroupFactory(round=RoundFactory(edition=EditionFactory(days=3)))
    elsewhere = sessions_of(other, clock.local_day() - timedelta(days=10))[4:]
    guest = EnrolmentFactory(group=other, person=enrolment.person)
    attend(guest, *elsewhere)
    assert states(enrolment)[2] == DayState.PENDING

    decision = DayEquivalence.objects.create(
        day=elsewhere[0].day,
        counts_as=sessions[4].day,
        reason="Same content",
        decided_at=clock.now(),
        decided_by=UserFactory(),
    )
    attend(enrolment, *elsewhere)

    assert decision.counts_as.code == "D3"
    assert states(enrolment) == [DayState.COVERED] * 3


def test_a_cancelled_session_gives_nothing_and_its_replacement_does(enrolment, sessions):
    attend(enrolment, *sessions)
    by = UserFactory()

    again = scheduling.replace(
        sessions[0],
        by=by,
        reason="Snow",
        on=clock.local_day() - timedelta(days=5),
        starts=sessions[0].starts,
        ends=sessions[0].ends,
    )
    assert states(enrolment)[0] == DayState.PENDING
    attend(enrolment, again)

    assert states(enrolment) == [DayState.COVERED] * 3


def test_marked_in_two_places_at_once_counts_for_neither(enrolment, sessions, round_):
    attend(enrolment, *sessions)
    elsewhere = sessions_of(GroupFactory(round=round_), sessions[0].on)

    attend(enrolment, elsewhere[0])
    assert states(enrolment)[0] == DayState.CONFLICT
    attend(enrolment, elsewhere[0], value="absent")

    assert states(enrolment) == [DayState.COVERED] * 3


def test_being_at_another_programme_at_the_same_time_is_a_conflict_too(enrolment, sessions):
    attend(enrolment, *sessions)
    other = GroupFactory(round=RoundFactory(edition=EditionFactory(days=1)))
    there = sessions_of(other, sessions[0].on)
    second = EnrolmentFactory(group=other, person=enrolment.person)

    attend(second, there[0])

    assert states(enrolment)[0] == DayState.CONFLICT


def test_a_new_registration_starts_clean(enrolment, sessions, group):
    attend(enrolment, *sessions)
    enrolment.ended_at = clock.now()
    enrolment.save()
    again = EnrolmentFactory(group=group, person=enrolment.person)

    assert DayState.COVERED not in states(again)
    assert states(enrolment) == [DayState.COVERED] * 3


def test_who_joined_after_a_sheet_was_opened_was_not_expected_there(enrolment, sessions, group):
    attending.open_roster(sessions[0], by=None)
    attending.open_roster(sessions[1], by=None)
    late = EnrolmentFactory(group=group)

    assert states(late)[0] == DayState.UNPLANNED
    assert states(enrolment)[0] == DayState.PENDING


def test_late_by_sixteen_minutes_is_partial(enrolment, sessions):
    attend(enrolment, *sessions)
    attend(enrolment, sessions[0], value="late", minutes_late=16)

    assert states(enrolment)[0] == DayState.PARTIAL


def test_the_number_of_statements_does_not_grow(group, sessions, django_assert_num_queries):
    people = [EnrolmentFactory(group=group) for _number in range(3)]
    for person in people:
        attend(person, *sessions)

    with django_assert_num_queries(6):
        attending.coverage_of(people[:1])
    with django_assert_num_queries(6):
        attending.coverage_of(people)
    with django_assert_num_queries(6):
        assert set(attending.coverage_of(group.enrolments.all())) == {person.pk for person in people}


def test_standing_names_the_missing_day_and_where_to_make_it_up(enrolment, sessions, round_):
    attend(enrolment, *sessions[:4])
    attend(enrolment, *sessions[4:], value="absent")
    coming = sessions_of(GroupFactory(round=round_, code="G5", capacity=2), clock.local_day() + timedelta(days=20))
    full = GroupFactory(round=round_, capacity=1)
    EnrolmentFactory(group=full)
    sessions_of(full, clock.local_day() + timedelta(days=30))

    (standing,) = attending.workshop_standing(enrolment.person)

    assert (standing.covered, standing.required) == (2, 3)
    (day,) = standing.missing
    assert (day.code, day.state, day.gaps) == ("D3", "missing", ("AM", "PM"))
    assert [(up.group, up.free_places, up.session_ids) for up in day.make_ups] == [
        (f"{round_.code}/G5", 2, (coming[4].pk, coming[5].pk))
    ]


def test_upcoming_lists_own_sessions_and_make_ups_soonest_first(enrolment, group, round_):
    own = sessions_of(group, clock.local_day() + timedelta(days=10))
    elsewhere = sessions_of(GroupFactory(round=round_), clock.local_day() + timedelta(days=2))
    attending.add_to_roster(elsewhere[0], enrolment, by=None)

    ahead = attending.upcoming(enrolment.person)

    assert [each.session_id for each in ahead] == [elsewhere[0].pk, *(session.pk for session in own)]
    assert [each.is_make_up for each in ahead] == [True] + [False] * 6
