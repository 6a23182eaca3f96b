"""Marking: what an answer is worth, whether an attempt is passed, and until when one may answer. Pure.

Exact arithmetic throughout: marks are decimals of four places, and passing compares what was reached before anything
is rounded. Source: behaviours Q2, Q3, Q12.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_DOWN, Decimal

PLACES = Decimal("0.0001")
SHOWN_PLACES = Decimal("0.01")
FULL = Decimal("1.0000")
NOTHING = Decimal("0.0000")

# An answer that was on its way when the time ran out still counts for this long.
GRACE = timedelta(seconds=60)
# Less than this before the deadline the time is up: a clock two seconds ahead is no reason to send anybody back.
NEARLY = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Result:
    points: Decimal
    possible: Decimal
    percent: Decimal  # four places, cut off, never rounded up
    is_passed: bool


def mark_item(correct: Iterable[str], chosen: Iterable[str]) -> Decimal:
    """Full marks for exactly the correct options, else nothing. Correct {a, c}: choosing {a} or {a, b, c} earns 0.

    An item without a correct option earns nothing.
    """
    right = frozenset(correct)
    return FULL if right and right == frozenset(chosen) else NOTHING


def result(marks: Sequence[Decimal], pass_mark: Decimal) -> Result:
    """Add up ``marks`` (0 … 1 each). 11999 of 20000 points are 59.995 %: with a pass mark of 60 not passed.

    Compared by multiplication, so that no division can round 59.99… up to 60.
    """
    points = sum(marks, NOTHING)
    possible = Decimal(len(marks)).quantize(PLACES)
    percent = (points * 100 / possible).quantize(PLACES, rounding=ROUND_DOWN) if possible else NOTHING
    return Result(points, possible, percent, bool(possible) and points * 100 >= pass_mark * possible)


def needed(questions: int, pass_mark: Decimal) -> int:
    """How many of ``questions`` must be right to pass. Of 10 with a pass mark of 70: 7; with 70.01: 8."""
    return int((Decimal(questions) * pass_mark / 100).to_integral_value(rounding=ROUND_CEILING))


def shown(percent: Decimal) -> Decimal:
    """A percentage as people read it: cut off after two places, without idle zeros. 59.995 → 59.99; 80.0000 → 80."""
    cut = percent.quantize(SHOWN_PLACES, rounding=ROUND_DOWN)
    whole = cut.to_integral_value()
    return whole if cut == whole else cut.normalize()


def deadline(started_at: datetime, minutes: int | None, closes_at: datetime | None = None) -> datetime | None:
    """The earlier of start + limit and the closing of the window; None when there is neither."""
    ends = [closes_at] if closes_at else []
    if minutes is not None:
        ends.append(started_at + timedelta(minutes=minutes))
    return min(ends) if ends else None


def is_up(now: datetime, deadline_at: datetime | None) -> bool:
    """Is the time up, the last two seconds included? A browser that says so earlier than this is not believed."""
    return deadline_at is not None and now > deadline_at - NEARLY


def accepts_answers(now: datetime, deadline_at: datetime | None) -> bool:
    """May an answer that arrives ``now`` still count? Up to and including 60 seconds after the deadline."""
    return deadline_at is None or now <= deadline_at + GRACE


def draw_order(candidates: Iterable[int], seen: dict[int, int], retired: Iterable[int], chance: dict[int, float]):
    """``candidates`` in the order they are drawn: what this person has not met yet first, then what was met least.

    Retired questions come last: they are drawn only when the frozen pool would not suffice without them.
    """
    gone = frozenset(retired)
    return sorted(candidates, key=lambda each: (each in gone, seen.get(each, 0), chance[each]))
