"""Marks are exact: nothing is rounded into a pass, and the clock has no favourites."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.rules import marking

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("chosen", "mark"),
    [
        (["a", "c"], "1.0000"),
        (["c", "a", "a"], "1.0000"),
        (["a"], "0.0000"),
        (["a", "b", "c"], "0.0000"),
        ([], "0.0000"),
    ],
)
def test_only_exactly_the_right_options_earn_the_mark(chosen, mark):
    assert marking.mark_item({"a", "c"}, chosen) == Decimal(mark)


def test_an_item_without_a_right_option_earns_nothing():
    assert marking.mark_item([], []) == 0


def test_59_995_per_cent_is_not_60_neither_in_passing_nor_on_the_screen():
    marks = [Decimal("0.59995")] * 20

    outcome = marking.result(marks, Decimal(60))

    assert not outcome.is_passed
    assert marking.shown(outcome.percent) == Decimal("59.99")


def test_the_pass_mark_itself_passes():
    outcome = marking.result([marking.FULL] * 7 + [marking.NOTHING] * 3, Decimal(70))

    assert outcome.is_passed
    assert outcome.percent == Decimal("70.0000")


def test_a_repeating_fraction_is_cut_off_but_compared_exactly():
    outcome = marking.result([marking.FULL, marking.FULL, marking.NOTHING], Decimal("66.67"))

    assert (outcome.percent, outcome.is_passed) == (Decimal("66.6666"), False)


def test_an_attempt_without_questions_passes_nothing():
    assert marking.result([], Decimal(0)) == marking.Result(Decimal(0), Decimal(0), Decimal(0), False)


@given(st.integers(1, 60), st.data())
def test_what_is_shown_never_reaches_a_pass_mark_that_was_missed(count, data):
    right = data.draw(st.integers(0, count))
    pass_mark = data.draw(st.decimals(1, 100, places=2))

    outcome = marking.result([marking.FULL] * right + [marking.NOTHING] * (count - right), pass_mark)

    assert (
        outcome.is_passed
        == (marking.shown(outcome.percent) >= pass_mark)
        == (right >= marking.needed(count, pass_mark))
    )


@pytest.mark.parametrize(
    ("percent", "text"), [("80.0000", "80"), ("59.9950", "59.99"), ("66.5000", "66.5"), ("100.0000", "100")]
)
def test_percentages_are_shown_cut_off_and_without_idle_zeros(percent, text):
    assert str(marking.shown(Decimal(percent))) == text


def test_the_deadline_is_the_earlier_of_limit_and_window():
    assert marking.deadline(NOON, 30) == NOON + timedelta(minutes=30)
    assert marking.deadline(NOON, 30, NOON + timedelta(minutes=10)) == NOON + timedelta(minutes=10)
    assert marking.deadline(NOON, None, NOON + timedelta(minutes=10)) == NOON + timedelta(minutes=10)
    assert marking.deadline(NOON, None) is None


def test_two_seconds_before_the_deadline_the_time_is_up_and_not_earlier():
    deadline = NOON + timedelta(minutes=30)

    assert not marking.is_up(deadline - timedelta(seconds=2), deadline)
    assert marking.is_up(deadline - timedelta(seconds=1.9), deadline)
    assert not marking.is_up(deadline, None)


def test_answers_count_for_sixty_seconds_after_the_deadline():
    assert marking.accepts_answers(NOON + timedelta(seconds=60), NOON)
    assert not marking.accepts_answers(NOON + timedelta(seconds=60, microseconds=1), NOON)
    assert marking.accepts_answers(NOON, None)


def test_what_was_not_met_is_drawn_first_and_retired_questions_last():
    order = marking.draw_order([1, 2, 3, 4], {1: 1, 2: 3}, retired=[3], chance={1: 0.1, 2: 0.1, 3: 0.1, 4: 0.9})

    assert order == [4, 1, 2, 3]
