"""Set cover: six marks are not six days."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.rules.coverage import Coverage, DayState, HalfMark, HalfState, cover, in_two_places
from courses.rules.punctuality import Presence

SIX = ["D1", "D2", "D3", "D4", "D5", "D6"]
MONDAY = datetime(2027, 3, 1, tzinfo=UTC)
_sessions = count(1)


def half(code, which, presence=Presence.COUNTABLE, *, week=0, session=None, ahead=False, hour=None):
    day = MONDAY + timedelta(days=int(code[1:]) - 1, weeks=week)
    starts = day + timedelta(hours=hour if hour is not None else (8 if which == "AM" else 12))
    return HalfMark(
        code, which, presence, session or next(_sessions), starts, starts + timedelta(hours=3), is_ahead=ahead
    )


def whole(*codes, week=0):
    return [half(code, which, week=week) for code in codes for which in ("AM", "PM")]


@pytest.mark.parametrize(
    ("attended", "is_complete", "missing"),
    [
        (["D1", "D2", "D3", "D4", "D5", "D6"], True, ()),
        (["D1", "D2", "D3", "D5", "D6"], False, ("D4",)),
    ],
)
def test_every_required_day_is_needed(attended, is_complete, missing):
    coverage = cover(SIX, whole(*attended))

    assert (coverage.is_complete, coverage.missing) == (is_complete, missing)


def test_the_same_day_twice_does_not_stand_in_for_another():
    coverage = cover(SIX, whole("D1", "D2", "D3", "D5", "D6") + whole("D3", week=2))

    assert coverage.missing == ("D4",)
    assert coverage.covered_at is None


def test_a_make_up_in_another_group_covers_the_day():
    coverage = cover(SIX, whole("D1", "D2", "D3", "D4", "D5") + whole("D6", week=3))

    assert coverage.is_complete
    assert coverage.covered_at == MONDAY + timedelta(days=5, weeks=3, hours=15)


def test_morning_and_afternoon_may_come_from_different_groups():
    marks = [half("D1", "AM"), half("D1", "PM", Presence.ABSENT), half("D1", "PM", week=1)]

    day = cover(["D1"], marks).day("D1")

    assert day.state is DayState.COVERED
    assert day.covered_at == MONDAY + timedelta(weeks=1, hours=15)
    assert [mark.session_id for mark in day.evidence] == [marks[0].session_id, marks[2].session_id]


def test_a_later_superfluous_mark_never_moves_the_moment_of_coverage():
    first = cover(["D1"], whole("D1"))
    again = cover(["D1"], whole("D1") + whole("D1", week=4))

    assert first.covered_at == again.covered_at


def test_a_morning_alone_is_partial():
    day = cover(["D1"], [half("D1", "AM"), half("D1", "PM", Presence.ABSENT)]).day("D1")

    assert (day.state, day.gaps, day.covered_at) == (DayState.PARTIAL, ("PM",), None)


def test_unmarked_is_pending_and_is_listed():
    coverage = cover(["D1", "D2"], [*whole("D1"), half("D2", "AM"), half("D2", "PM", Presence.UNMARKED)])

    assert coverage.pending == ("D2",)
    assert coverage.day("D2").halves_in(HalfState.UNMARKED) == ("PM",)


def test_what_is_still_to_come_is_no_gap():
    coverage = cover(["D1"], [half("D1", "AM"), half("D1", "PM", Presence.UNMARKED, ahead=True)])

    assert coverage.day("D1").state is DayState.AHEAD
    assert coverage.pending == ()


def test_an_unmarked_session_does_not_matter_once_the_day_is_covered_elsewhere():
    coverage = cover(["D1"], [half("D1", "AM", Presence.UNMARKED), *whole("D1", week=1)])

    assert coverage.is_complete


def test_in_two_places_at_once_neither_counts():
    marks = [half("D1", "AM", session=71), half("D1", "AM", session=72), half("D1", "PM")]

    coverage = cover(["D1"], marks)

    assert in_two_places(marks) == frozenset({71, 72})
    assert coverage.conflicts == ("D1",)
    assert not coverage.is_complete


def test_double_presence_on_different_days_taints_both():
    marks = [*whole("D1"), half("D1", "PM"), half("D2", "AM")]
    clash = HalfMark("D2", "PM", Presence.COUNTABLE, 900, marks[1].starts_at, marks[1].ends_at)

    coverage = cover(["D1", "D2"], [marks[0], marks[1], marks[3], clash])

    assert coverage.conflicts == ("D1", "D2")


def test_absent_here_and_present_there_is_no_contradiction():
    marks = [half("D1", "AM", Presence.ABSENT), *whole("D1")]

    assert in_two_places(marks) == frozenset()
    assert cover(["D1"], marks).is_complete


def test_sessions_that_touch_do_not_overlap():
    marks = [half("D1", "AM", hour=8), half("D1", "PM", hour=11)]

    assert cover(["D1"], marks).is_complete


def test_no_required_day_is_complete_without_a_moment():
    coverage = cover([], [])

    assert coverage == Coverage(days=())
    assert (coverage.is_complete, coverage.covered_at) == (True, None)


@given(st.lists(st.tuples(st.sampled_from(SIX), st.sampled_from(["AM", "PM"]), st.sampled_from(list(Presence)))))
def test_coverage_agrees_with_plain_set_arithmetic(drawn):
    """The oracle: sets of (day, half) with a countable mark, sessions a week apart so that none overlap."""
    marks = [half(code, which, presence, week=week) for week, (code, which, presence) in enumerate(drawn)]
    countable = {(code, which) for code, which, presence in drawn if presence is Presence.COUNTABLE}

    coverage = cover(SIX, marks)

    assert coverage.covered == tuple(code for code in SIX if {(code, "AM"), (code, "PM")} <= countable)
    assert coverage.is_complete == (len(countable) == 12)


@given(
    st.lists(st.tuples(st.sampled_from(SIX), st.sampled_from(["AM", "PM"]), st.sampled_from(list(Presence)))),
    st.randoms(),
)
def test_the_order_of_the_marks_does_not_matter(drawn, random):
    marks = [half(code, which, presence, week=week % 3) for week, (code, which, presence) in enumerate(drawn)]
    shuffled = list(marks)
    random.shuffle(shuffled)

    assert cover(SIX, marks) == cover(SIX, shuffled)
