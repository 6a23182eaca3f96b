"""What other rooms are told of rounds: when they begin and end, and where they stand on a day."""

from datetime import date, timedelta

import pytest

from courses import rounds
from courses.rounds import Stage
from tests.factories import EditionFactory, GroupFactory, RoundFactory, sessions_of

pytestmark = pytest.mark.django_db


def test_a_round_is_ahead_then_runs_through_its_last_day_and_is_over():
    group = GroupFactory(round=RoundFactory(code="R1", edition=EditionFactory(days=3)))
    sessions_of(group, date(2027, 5, 4))

    facts = rounds.get("R1")

    assert (facts.begins_on, facts.ends_on) == (date(2027, 5, 4), date(2027, 5, 6))
    days = [date(2027, 5, 3) + timedelta(days=number) for number in range(5)]
    assert [facts.stage(day) for day in days] == [
        Stage.AHEAD,
        Stage.RUNNING,
        Stage.RUNNING,
        Stage.RUNNING,
        Stage.ENDED,
    ]


def test_a_round_without_sessions_is_not_planned():
    GroupFactory(round=RoundFactory(code="R1"))

    assert rounds.get("R1").stage(date(2027, 5, 3)) == Stage.UNPLANNED
