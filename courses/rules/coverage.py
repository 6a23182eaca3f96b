"""Are all required training days covered? Pure set cover over half-days, in any group and any place.

Six marks are not six days: each required day needs a countable morning and a countable afternoon, and the two may
come from different groups (a make-up). Source: behaviours A1, A2, A3, A7, A13.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from courses.rules.punctuality import Presence

HALVES = ("AM", "PM")


class HalfMark(NamedTuple):
    """What is known about one person in one half-day session. Never made from a cancelled session.

    ``presence`` UNMARKED means the session is over, the person was expected, and nobody has said anything.
    ``is_ahead`` means the session has not ended yet and nobody has said anything, which is no gap.
    """

    day_code: str
    half: str  # AM, PM
    presence: Presence
    session_id: int
    starts_at: datetime
    ends_at: datetime
    place: str = ""
    is_ahead: bool = False


class HalfState(StrEnum):
    COUNTABLE = "countable"
    CONFLICT = "conflict"  # marked as there in two places at once: neither counts until a person decides
    UNMARKED = "unmarked"
    AHEAD = "ahead"
    PARTIAL = "partial"
    ABSENT = "absent"
    NOTHING = "nothing"  # no session planned and no mark


class DayState(StrEnum):
    COVERED = "covered"
    CONFLICT = "conflict"
    PENDING = "pending"  # a half-day that is over has no mark
    AHEAD = "ahead"  # what is not covered yet is still to come
    PARTIAL = "partial"  # there for a part of it only
    MISSING = "missing"
    UNPLANNED = "unplanned"  # no session planned for this person


@dataclass(frozen=True, slots=True)
class DayCoverage:
    code: str
    state: DayState
    am: HalfState
    pm: HalfState
    evidence: tuple[HalfMark, ...]  # the two half-days that cover it; empty unless covered
    covered_at: datetime | None  # end of the later of the two half-days
    marks: tuple[HalfMark, ...]  # everything known about the day, by time

    @property
    def is_covered(self) -> bool:
        return self.state is DayState.COVERED

    def halves_in(self, *states: HalfState) -> tuple[str, ...]:
        """Which halves (AM, PM) are in one of ``states``."""
        return tuple(half for half, state in zip(HALVES, (self.am, self.pm), strict=True) if state in states)

    @property
    def gaps(self) -> tuple[str, ...]:
        """The halves that no countable mark covers."""
        return tuple(
            half for half, state in zip(HALVES, (self.am, self.pm), strict=True) if state is not HalfState.COUNTABLE
        )


@dataclass(frozen=True, slots=True)
class Coverage:
    """Every required day, in the order of the rule."""

    days: tuple[DayCoverage, ...]
    clashing: frozenset[int] = frozenset()  # sessions in which the person is marked while marked elsewhere too

    def __len__(self) -> int:
        return len(self.days)

    def day(self, code: str) -> DayCoverage:
        """The coverage of the day ``code``. Raises KeyError when the day is not required."""
        for day in self.days:
            if day.code == code:
                return day
        raise KeyError(code)

    def codes_in(self, *states: DayState) -> tuple[str, ...]:
        return tuple(day.code for day in self.days if day.state in states)

    @property
    def is_complete(self) -> bool:
        """Is every required day covered? With no required day there is nothing to cover: True."""
        return all(day.is_covered for day in self.days)

    @property
    def covered(self) -> tuple[str, ...]:
        return self.codes_in(DayState.COVERED)

    @property
    def countable_sessions(self) -> frozenset[int]:
        """Every session of a required day that counts, those that are not needed as evidence included."""
        return frozenset(
            mark.session_id
            for day in self.days
            for mark in day.marks
            if mark.presence is Presence.COUNTABLE and mark.session_id not in self.clashing
        )

    @property
    def missing(self) -> tuple[str, ...]:
        """Required days that are not covered, for whatever reason."""
        return tuple(day.code for day in self.days if not day.is_covered)

    @property
    def pending(self) -> tuple[str, ...]:
        """Uncovered days where a half-day is over and nobody has marked the person."""
        return self.codes_in(DayState.PENDING)

    @property
    def conflicts(self) -> tuple[str, ...]:
        """Uncovered days where the person is marked in two places at once."""
        return self.codes_in(DayState.CONFLICT)

    @property
    def covered_at(self) -> datetime | None:
        """When the last required day was covered; None while one is missing or none is required."""
        moments = [day.covered_at for day in self.days]
        if not moments or None in moments:
            return None
        return max(moment for moment in moments if moment is not None)


def in_two_places(marks: Iterable[HalfMark]) -> frozenset[int]:
    """Sessions in which the person is marked as there although another such session overlaps (A7).

    Being absent in one's own group and present in another at the same time is no contradiction.
    """
    there = sorted(
        (mark for mark in marks if mark.presence in (Presence.COUNTABLE, Presence.PARTIAL)),
        key=lambda mark: (mark.starts_at, mark.ends_at, mark.session_id),
    )
    clashing: set[int] = set()
    for position, mark in enumerate(there):
        for later in there[position + 1 :]:
            if later.starts_at >= mark.ends_at:
                break
            if later.session_id != mark.session_id:
                clashing.update((mark.session_id, later.session_id))
    return frozenset(clashing)


def cover(required_days: Sequence[str], marks: Iterable[HalfMark]) -> Coverage:
    """How ``marks`` cover ``required_days``. Marks of other days are looked at for double presence only.

    Where several countable marks cover the same half, the one that ended first is the evidence, so that a later,
    superfluous one never moves the moment of coverage.
    """
    known = sorted(marks, key=lambda mark: (mark.ends_at, mark.session_id))
    clashing = in_two_places(known)
    by_half: dict[tuple[str, str], list[HalfMark]] = {}
    for mark in known:
        by_half.setdefault((mark.day_code, mark.half), []).append(mark)
    return Coverage(
        tuple(
            _cover_day(code, by_half.get((code, "AM"), []), by_half.get((code, "PM"), []), clashing)
            for code in dict.fromkeys(required_days)
        ),
        clashing,
    )


def _cover_day(code: str, am: list[HalfMark], pm: list[HalfMark], clashing: frozenset[int]) -> DayCoverage:
    am_state, am_evidence = _best(am, clashing)
    pm_state, pm_evidence = _best(pm, clashing)
    evidence: tuple[HalfMark, ...] = ()
    covered_at = None
    if am_evidence and pm_evidence:
        evidence = (am_evidence, pm_evidence)
        covered_at = max(am_evidence.ends_at, pm_evidence.ends_at)
    return DayCoverage(
        code=code,
        state=_day_state(am_state, pm_state),
        am=am_state,
        pm=pm_state,
        evidence=evidence,
        covered_at=covered_at,
        marks=_by_time(am + pm),
    )


def _by_time(marks: list[HalfMark]) -> tuple[HalfMark, ...]:
    if len(marks) == 2 and marks[0].starts_at < marks[1].starts_at:  # the ordinary day
        return tuple(marks)
    return tuple(sorted(marks, key=lambda mark: (mark.starts_at, mark.session_id)))


# The best thing that can be said about a half has the lowest rank: one countable mark settles it, whatever else there is.
_RANK = {
    HalfState.COUNTABLE: 0,
    HalfState.CONFLICT: 1,
    HalfState.UNMARKED: 2,
    HalfState.AHEAD: 3,
    HalfState.PARTIAL: 4,
    HalfState.ABSENT: 5,
    HalfState.NOTHING: 6,
}
_STATE_OF = {
    Presence.COUNTABLE: HalfState.COUNTABLE,
    Presence.PARTIAL: HalfState.PARTIAL,
    Presence.ABSENT: HalfState.ABSENT,
    Presence.UNMARKED: HalfState.UNMARKED,
}
_COUNTABLE, _NOTHING, _CONFLICT = HalfState.COUNTABLE, HalfState.NOTHING, HalfState.CONFLICT
_UNMARKED, _AHEAD = HalfState.UNMARKED, HalfState.AHEAD
_THERE = frozenset({HalfState.COUNTABLE, HalfState.PARTIAL})


def _best(marks: list[HalfMark], clashing: frozenset[int]) -> tuple[HalfState, HalfMark | None]:
    best = _NOTHING
    for mark in marks:
        state = _STATE_OF[mark.presence]
        if state in _THERE and mark.session_id in clashing:
            state = _CONFLICT
        elif state is _UNMARKED and mark.is_ahead:
            state = _AHEAD
        if state is _COUNTABLE:
            return state, mark
        if _RANK[state] < _RANK[best]:
            best = state
    return best, None


def _day_state(am: HalfState, pm: HalfState) -> DayState:
    halves = {am, pm}
    if halves == {HalfState.COUNTABLE}:
        return DayState.COVERED
    if HalfState.CONFLICT in halves:
        return DayState.CONFLICT
    if HalfState.UNMARKED in halves:
        return DayState.PENDING
    if halves == {HalfState.NOTHING}:
        return DayState.UNPLANNED
    if HalfState.AHEAD in halves and halves <= {HalfState.AHEAD, HalfState.COUNTABLE}:
        return DayState.AHEAD
    if halves & {HalfState.COUNTABLE, HalfState.PARTIAL}:
        return DayState.PARTIAL
    return DayState.MISSING
