"""The tolerance ends exactly where the policy says."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.rules.punctuality import CURRENT, Policy, Presence, policy_of, weigh, whole_minutes

minutes = st.integers(min_value=0, max_value=600)
there = st.sampled_from(["present", "late", "left_early"])


@pytest.mark.parametrize(
    ("late", "early", "presence"),
    [
        (0, 0, Presence.COUNTABLE),
        (15, 0, Presence.COUNTABLE),
        (16, 0, Presence.PARTIAL),
        (10, 6, Presence.PARTIAL),
        (45, 0, Presence.PARTIAL),
        (0, 46, Presence.ABSENT),
        (40, 6, Presence.ABSENT),
    ],
)
def test_late_and_early_minutes_add_up(late, early, presence):
    assert weigh("late", late, early) is presence


def test_a_begun_minute_counts_in_full():
    assert whole_minutes(timedelta(minutes=15)) == 15
    assert whole_minutes(timedelta(minutes=15, seconds=1)) == 16
    assert whole_minutes(timedelta(minutes=-3)) == 0


@pytest.mark.parametrize("value", ["absent", "excused"])
def test_absent_and_excused_do_not_count(value):
    assert weigh(value, 0, 0) is Presence.ABSENT


def test_unmarked_is_not_absence():
    assert weigh("unmarked", 0, 0) is Presence.UNMARKED


def test_an_unknown_mark_is_refused():
    with pytest.raises(ValueError, match="'here' is no mark"):
        weigh("here", 0, 0)


def test_the_policy_of_an_unknown_version_is_the_current_one():
    assert policy_of("2026-1") is CURRENT
    assert policy_of("1999-1") is CURRENT


@given(there, minutes, minutes)
def test_it_does_not_matter_at_which_end_the_minutes_are_missed(value, late, early):
    assert weigh(value, late, early) is weigh(value, early, late) is weigh(value, late + early, 0)


@given(there, minutes, minutes, st.integers(0, 120), st.integers(0, 120))
def test_more_minutes_missed_never_count_more(value, fewer, more, free, span):
    policy = Policy("test", late_free_minutes=free, partial_until_minutes=free + span)
    worth = [Presence.ABSENT, Presence.PARTIAL, Presence.COUNTABLE]
    fewer, more = sorted((fewer, more))

    assert worth.index(weigh(value, more, 0, policy)) <= worth.index(weigh(value, fewer, 0, policy))
