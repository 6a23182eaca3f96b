"""Is a registration complete, and since when? Pure: a rule and what is known in, a verdict out.

The rule asks for all of it: ``{"days": [...], "modules": [...], "assessments": [...]}``. A rule that asks for nothing
cannot be met: nobody completes by accident. Source: behaviours A1, C2, C4, C5, C7.

``"accreditation": [...]`` names the modules (or the programme) that were published as accredited: their accreditation
must hold on the day of each session and assessment that counts. Source: behaviours C18.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from courses.rules.accreditation import Claim
from courses.rules.coverage import Coverage, DayCoverage, DayState, HalfState


class Kind(StrEnum):
    DAY = "day"
    MODULE = "module"
    ASSESSMENT = "assessment"
    ACCREDITATION = "accreditation"  # held on the days of the evidence
    RULE = "rule"  # the rule itself asks for nothing
    RECORD = "record"  # all is met, the completion is not written down yet


class Who(StrEnum):
    """Who can close a gap, and equally who reads about it."""

    LEARNER = "learner"
    TRAINER = "trainer"
    ORGANISER = "organiser"
    COUNCIL = "council"
    NOBODY = "nobody"  # it closes by itself


# Where each part of a rule is written, in the order people read it.
PARTS = ((Kind.DAY, "days"), (Kind.MODULE, "modules"), (Kind.ASSESSMENT, "assessments"))


@dataclass(frozen=True, slots=True)
class ModuleProgress:
    """How many lessons of a module are done; ``done_at`` is the moment of the last one once all are."""

    lessons: int
    done: int
    done_at: datetime | None = None
    ids: tuple[int, ...] = ()  # of the progress rows

    @property
    def is_done(self) -> bool:
        """A module without lessons cannot be done."""
        return 0 < self.lessons <= self.done and self.done_at is not None


@dataclass(frozen=True, slots=True)
class AssessmentProgress:
    attempts_allowed: int
    attempts_used: int = 0
    is_open: bool = False  # an attempt is running or waits for its result
    passed_at: datetime | None = None  # of the first passed attempt
    ids: tuple[int, ...] = ()  # of the passed attempts, first one first


@dataclass(frozen=True, slots=True)
class Met:
    """One criterion that is met, by which rows, at which moment."""

    kind: Kind
    code: str
    at: datetime
    ids: tuple[int, ...] = ()
    sessions: tuple[int, ...] = ()  # of a day: its morning and its afternoon
    is_waived: bool = False
    claim: Claim | None = None  # of an accreditation: the one that held on the last of its days


@dataclass(frozen=True, slots=True)
class Waived:
    """A decision that one criterion need not be met: since when, and the last day on which one may complete with it."""

    at: datetime
    until: date | None = None  # empty: without end


@dataclass(frozen=True, slots=True)
class Missing:
    """One criterion that is not met: how far it is, who can close the gap, and what a sentence about it needs."""

    kind: Kind
    code: str
    status: str
    who: Who
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """A stable code for lists and programs, such as ``day_pending`` or ``assessment_not_passed``."""
        return f"{self.kind}_{self.status}"


@dataclass(frozen=True, slots=True)
class Verdict:
    evidence: tuple[Met, ...]  # in the order of the rule
    missing: tuple[Missing, ...]

    @property
    def is_complete(self) -> bool:
        return not self.missing

    @property
    def completed_at(self) -> datetime | None:
        """When the last criterion was met; None while one is missing. Worked example: days covered on 1 and 3 May,
        a test passed on 2 May: complete since the afternoon of 3 May, whenever this is computed.
        """
        return max(met.at for met in self.evidence) if self.is_complete else None

    @property
    def last_met(self) -> Met | None:
        return max(self.evidence, key=lambda met: met.at) if self.is_complete else None


def judge(
    rule: Mapping[str, Sequence[str]],
    *,
    coverage: Coverage,
    modules: Mapping[str, ModuleProgress],
    assessments: Mapping[str, AssessmentProgress],
    waivers: Mapping[tuple[str, str], datetime] | None = None,
) -> Verdict:
    """Judge what is known against ``rule``. ``waivers`` maps (kind, code) to the moment it was granted.

    A criterion that was met and waived counts from the earlier of both moments.
    """
    waivers = waivers or {}
    evidence: list[Met] = []
    missing: list[Missing] = []
    for kind, part in PARTS:
        for code in dict.fromkeys(rule.get(part) or ()):
            found: Met | Missing
            if kind is Kind.DAY:
                found = _judge_day(code, coverage.day(code))
            elif kind is Kind.MODULE:
                found = _judge_module(code, modules.get(code))
            else:
                found = _judge_assessment(code, assessments.get(code))
            waived_at = waivers.get((kind, code))
            if waived_at and (isinstance(found, Missing) or waived_at < found.at):
                found = Met(kind, code, waived_at, is_waived=True)
            if isinstance(found, Met):
                evidence.append(found)
            else:
                missing.append(found)
    if not evidence and not missing:
        missing.append(Missing(Kind.RULE, "", "empty", Who.COUNCIL))
    return Verdict(tuple(evidence), tuple(missing))


def settle(
    waived: Mapping[tuple[str, str], Waived],
    judged: Callable[[Mapping[tuple[str, str], datetime]], Verdict],
    *,
    today: date,
    day_of: Callable[[datetime], date],
) -> Verdict:
    """The verdict of ``judged`` with those of ``waived`` that hold: a waiver ends with its last day, a completion stays.

    Waived until 31 May, last training day attended on 20 May: complete since 20 May, also when this is computed in
    August. Last training day attended on 3 June: not complete, the waiver had ended. Source: behaviours C2, C7.
    """
    holding = dict(waived)
    while True:
        verdict = judged({criterion: each.at for criterion, each in holding.items()})
        end = day_of(verdict.completed_at) if verdict.completed_at else today
        used = {(str(met.kind), met.code) for met in verdict.evidence if met.is_waived}
        over = [key for key, each in holding.items() if key in used and each.until and each.until < end]
        if not over:
            return verdict
        for key in over:
            del holding[key]


# A half-day that an empty chair, a clash or nobody's mark stands for, and who can change that.
_WHO_OF_DAY = {
    DayState.CONFLICT: Who.ORGANISER,
    DayState.PENDING: Who.TRAINER,
    DayState.AHEAD: Who.LEARNER,
    DayState.PARTIAL: Who.ORGANISER,
    DayState.MISSING: Who.ORGANISER,
    DayState.UNPLANNED: Who.ORGANISER,
}


def _judge_day(code: str, day: DayCoverage) -> Met | Missing:
    if day.is_covered and day.covered_at is not None:
        return Met(Kind.DAY, code, day.covered_at, sessions=tuple(mark.session_id for mark in day.evidence))
    halves = [
        {
            "half": half,
            "state": state.value,
            "sessions": [mark.session_id for mark in day.marks if mark.half == half],
        }
        for half, state in (("AM", day.am), ("PM", day.pm))
        if state is not HalfState.COUNTABLE
    ]
    return Missing(Kind.DAY, code, day.state.value, _WHO_OF_DAY[day.state], {"halves": halves})


def _judge_module(code: str, progress: ModuleProgress | None) -> Met | Missing:
    if progress is None or not progress.lessons:
        return Missing(Kind.MODULE, code, "without_lessons", Who.COUNCIL)
    if progress.is_done and progress.done_at is not None:
        return Met(Kind.MODULE, code, progress.done_at, ids=progress.ids)
    status = "in_progress" if progress.done else "not_started"
    return Missing(Kind.MODULE, code, status, Who.LEARNER, {"done": progress.done, "lessons": progress.lessons})


def _judge_assessment(code: str, progress: AssessmentProgress | None) -> Met | Missing:
    if progress is None:
        return Missing(Kind.ASSESSMENT, code, "without_questions", Who.COUNCIL)
    if progress.passed_at is not None:
        return Met(Kind.ASSESSMENT, code, progress.passed_at, ids=progress.ids)
    left = max(0, progress.attempts_allowed - progress.attempts_used)
    detail = {"attempts_used": progress.attempts_used, "attempts_left": left}
    if progress.is_open:
        return Missing(Kind.ASSESSMENT, code, "in_progress", Who.LEARNER, detail)
    if not left:
        return Missing(Kind.ASSESSMENT, code, "no_attempts_left", Who.ORGANISER, detail)
    status = "not_passed" if progress.attempts_used else "not_started"
    return Missing(Kind.ASSESSMENT, code, status, Who.LEARNER, detail)


@dataclass(frozen=True, slots=True)
class Ground:
    """One accreditation that a rule asks for: what was claimed, and the evidence gathered under it with its days.

    The claim of the edition that was enrolled for stands first; the others are those of its other editions.
    """

    code: str  # of the module, or of the programme
    claims: tuple[Claim, ...]
    days: tuple[tuple[date, Met], ...]


def check_accreditation(
    verdict: Verdict, grounds: Iterable[Ground], waivers: Mapping[tuple[str, str], datetime]
) -> Verdict:
    """``verdict`` with the accreditations that held on every day of the evidence, and those that did not.

    Accredited until 31 May, lessons read on 20 May, assessment passed on 3 June: ``accreditation_expired``, which the
    Council closes by a decision (a waiver), or a renewal that covers 3 June. An accreditation that is renewed from
    1 June leaves no gap: any of the claims may cover a day.
    """
    evidence, missing = list(verdict.evidence), list(verdict.missing)
    for ground in grounds:
        if not ground.days:
            continue  # nothing is met yet, which has its own reason
        found = _judge_ground(ground, waivers.get((Kind.ACCREDITATION, ground.code)))
        if isinstance(found, Met):
            evidence.append(found)
        else:
            missing.append(found)
    return Verdict(tuple(evidence), tuple(missing))


def _judge_ground(ground: Ground, waived_at: datetime | None) -> Met | Missing:
    days = sorted(ground.days, key=lambda day: (day[0], day[1].at))
    for on, met in days:
        if any(claim.holds(on) for claim in ground.claims):
            continue
        if waived_at:
            return Met(Kind.ACCREDITATION, ground.code, waived_at, is_waived=True)
        own = ground.claims[0]
        detail = {"on": on, "kind": met.kind, "code": met.code, "first_day": own.first_day, "last_day": own.last_day}
        return Missing(Kind.ACCREDITATION, ground.code, own.standing(on).value, Who.COUNCIL, detail)
    last_on, last = days[-1]
    covering = next(claim for claim in ground.claims if claim.holds(last_on))
    return Met(Kind.ACCREDITATION, ground.code, last.at, claim=covering)


def no_longer_holding(
    recorded: Iterable[Met],
    *,
    countable_sessions: frozenset[int],
    modules: Mapping[str, ModuleProgress],
    assessments: Mapping[str, AssessmentProgress],
    waivers: Mapping[tuple[str, str], datetime],
) -> tuple[Met, ...]:
    """Which entries of a recorded completion's evidence the ledger no longer bears out.

    An amendment that leaves the half-day countable (present → late by 5) changes nothing; neither does an earlier
    make-up that is entered afterwards. A completion is never rewritten: whoever asks opens a review.
    """

    def holds(met: Met) -> bool:
        if met.is_waived:
            return (met.kind, met.code) in waivers
        if met.kind == Kind.DAY:
            return set(met.sessions) <= countable_sessions
        if met.kind == Kind.ACCREDITATION:
            return True  # editions are frozen: what held on a day has held
        if met.kind == Kind.MODULE:
            return met.code in modules and modules[met.code].is_done
        return met.code in assessments and bool(set(met.ids) & set(assessments[met.code].ids))

    return tuple(met for met in recorded if not holds(met))
