"""What is known about enrolments: attendance, lessons, attempts and waivers, read in a constant number of queries.

Shared by the door (``courses.completions``) and by ``operations.completing``, so that a standing on a screen and a
completion in the record can never disagree. Reads only.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple

from django.db.models import Q

from courses import accredited
from courses.covering import coverage_of
from courses.edition_facts import EditionFacts, editions_of
from courses.exemptions import Exemption, exemption_of
from courses.models import (
    Attempt,
    AttendanceMark,
    EditionAssessment,
    Enrolment,
    LessonProgress,
    Session,
    Waiver,
)
from courses.rules.accreditation import Claim
from courses.rules.completion import (
    AssessmentProgress,
    Kind,
    Met,
    Missing,
    ModuleProgress,
    Verdict,
    Waived,
    Who,
    check_accreditation,
    judge,
    no_longer_holding,
    settle,
)
from courses.rules.coverage import Coverage, DayState
from lms.kernel import clock


class SessionFacts(NamedTuple):
    id: int
    edition_id: int
    day_code: str
    half: str
    on: date
    starts_at: datetime
    ends_at: datetime
    zone: str
    group_id: int
    group_code: str
    round_code: str
    place_names: dict[str, str]
    venue: str


_SESSION_FIELDS = (
    "pk",
    "day__edition_id",
    "day__code",
    "half",
    "on",
    "starts_at",
    "ends_at",
    "zone",
    "group_id",
    "group__code",
    "group__round__code",
    "venue__municipality__names",
    "venue__name",
)


@dataclass(slots=True)
class Known:
    """What is known about one enrolment, judged."""

    enrolment: Enrolment
    coverage: Coverage
    modules: dict[str, ModuleProgress]
    assessments: dict[str, AssessmentProgress]
    waivers: dict[tuple[str, str], Waiver]  # proposed and granted ones; those that ended are not here
    verdict: Verdict

    @property
    def granted(self) -> dict[tuple[str, str], Waived]:
        return {key: Waived(each.granted_at, each.expires_on) for key, each in self.waivers.items() if each.granted_at}


@dataclass(slots=True)
class Evidence:
    """Everything about several enrolments, and what a sentence or a record needs to say about it."""

    known: dict[int, Known] = field(default_factory=dict)  # by enrolment
    editions: dict[int, EditionFacts] = field(default_factory=dict)
    sessions: dict[int, SessionFacts] = field(default_factory=dict)
    now: datetime = field(default_factory=clock.now)

    def of(self, enrolment_id: int) -> Known:
        return self.known[enrolment_id]

    def missing(self, enrolment_id: int) -> tuple[Missing, ...]:
        """The gaps of an enrolment with titles, dates, places and make-ups, ready for ``explain``."""
        known = self.known[enrolment_id]
        return tuple(self._described(gap, known.enrolment) for gap in known.verdict.missing)

    def records(self) -> dict[int, list[dict[str, Any]]]:
        """The evidence of every complete enrolment as it goes into the record: plain values that stand on their own."""
        complete = {pk: known for pk, known in self.known.items() if known.verdict.is_complete}
        marks = {
            (enrolment_id, session_id): pk
            for pk, enrolment_id, session_id in AttendanceMark.objects.current()
            .filter(enrolment__in=list(complete))
            .order_by()
            .values_list("pk", "enrolment_id", "session_id")
        }
        return {
            pk: [
                self._entry(met, [marks[pk, session_id] for session_id in met.sessions])
                for met in known.verdict.evidence
            ]
            for pk, known in complete.items()
        }

    def zone_of(self, met: Met) -> str | None:
        return self.sessions[met.sessions[-1]].zone if met.sessions else None

    def days_of(self, met: Met) -> list[date]:
        """The days of a met criterion: of its sessions, where they took place, else of its moment."""
        return [self.sessions[each].on for each in met.sessions] or [clock.local_day(met.at)]

    def lost(self, enrolment_id: int, recorded: Iterable[Met]) -> tuple[Met, ...]:
        """Which entries of a recorded evidence no longer hold."""
        known = self.known[enrolment_id]
        return no_longer_holding(
            recorded,
            countable_sessions=known.coverage.countable_sessions,
            modules=known.modules,
            assessments=known.assessments,
            waivers={key: each.at for key, each in known.granted.items()},
        )

    def exemptions(self, enrolment_id: int) -> tuple[Exemption, ...]:
        """The waivers of an enrolment, ready for ``explain_exemption``."""
        return tuple(self.exemption(each) for each in self.known[enrolment_id].waivers.values())

    def exemption(self, waiver: Waiver) -> Exemption:
        """``waiver`` of one of these enrolments as people read of it, also when it was refused or withdrawn."""
        known = self.known[waiver.enrolment_id]
        return exemption_of(waiver, self.editions[known.enrolment.edition_id], known.verdict)

    def _entry(self, met: Met, marks: list[int]) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "kind": str(met.kind),
            "code": met.code,
            "at": met.at.isoformat(),
            "ids": list(met.ids),
            "waived": met.is_waived,
        }
        if met.claim:
            entry["accreditation"] = met.claim.to_json()
        if met.sessions:
            halves = [self.sessions[session_id] for session_id in met.sessions]
            last = max(halves, key=lambda session: session.ends_at)
            entry |= {
                "ids": marks,
                "sessions": list(met.sessions),
                "on": last.on.isoformat(),
                "place": last.place_names,
                "venue": last.venue,
                "group": last.group_code,
                "round": last.round_code,
                "halves": [
                    {
                        "half": session.half,
                        "on": session.on.isoformat(),
                        "place": session.place_names,
                        "venue": session.venue,
                        "group": session.group_code,
                    }
                    for session in halves
                ],
            }
        return entry

    def _described(self, gap: Missing, enrolment: Enrolment) -> Missing:
        facts = self.editions[enrolment.edition_id]
        detail = dict(gap.detail)
        if waiver := self.known[enrolment.pk].waivers.get((gap.kind, gap.code)):
            detail["waiver"] = {"status": "ended" if waiver.granted_at else "proposed", "until": waiver.expires_on}
        if gap.kind == Kind.MODULE:
            detail["titles"] = facts.titles_of(gap.kind, gap.code)
        elif gap.kind == Kind.ASSESSMENT and gap.code in facts.assessments:
            assessment = facts.assessments[gap.code]
            detail |= {"titles": assessment.titles, "pass_mark": assessment.pass_mark, "id": assessment.pk}
        elif gap.kind == Kind.DAY:
            return self._described_day(gap, detail, enrolment, facts)
        elif gap.kind == Kind.ACCREDITATION:
            detail["is_module"] = gap.code in facts.modules
            detail["titles"] = facts.titles_of(Kind.MODULE, gap.code) or facts.edition.titles
            detail["number"] = facts.days[detail["code"]].position if detail["code"] in facts.days else detail["code"]
            detail["evidence_titles"] = facts.titles_of(detail["kind"], detail["code"])
        return replace(gap, detail=detail)

    def _described_day(self, gap: Missing, detail: dict[str, Any], enrolment: Enrolment, facts: EditionFacts):
        day = facts.days.get(gap.code)
        detail["titles"] = day.titles if day else {}
        detail["number"] = day.position if day else gap.code
        detail["halves"] = [
            half | {"sessions": [self._place_and_time(each) for each in half["sessions"] if each in self.sessions]}
            for half in detail["halves"]
        ]
        who = gap.who
        if gap.status == DayState.CONFLICT:
            detail["elsewhere"] = self._elsewhere(gap, enrolment)
        if gap.status in (DayState.PARTIAL, DayState.MISSING, DayState.UNPLANNED):
            halves = {half["half"] for half in detail["halves"] if half["state"] != "ahead"}
            make_ups = sorted(
                (
                    session
                    for session in self.sessions.values()
                    if session.edition_id == enrolment.edition_id
                    and session.day_code == gap.code
                    and session.half in halves
                    and session.starts_at > self.now
                ),
                key=lambda session: (session.starts_at, session.id),
            )
            detail["make_ups"] = [self._place_and_time(session.id) for session in make_ups]
            if halves <= {session.half for session in make_ups}:
                who = Who.LEARNER
        return replace(gap, who=who, detail=detail)

    def _elsewhere(self, gap: Missing, enrolment: Enrolment) -> list[dict[str, Any]]:
        """The sessions of other days or programmes that the half-days of ``gap`` clash with."""
        own = {each for half in gap.detail["halves"] for each in half["sessions"] if each in self.sessions}
        others = [
            self.sessions[each] for each in self.known[enrolment.pk].coverage.clashing - own if each in self.sessions
        ]
        return [
            {"half": other.half, "state": "conflict", "sessions": [self._place_and_time(other.id)]}
            for other in sorted(others)
            if any(
                other.starts_at < self.sessions[each].ends_at and self.sessions[each].starts_at < other.ends_at
                for each in own
            )
        ]

    def _place_and_time(self, session_id: int) -> dict[str, Any]:
        session = self.sessions[session_id]
        return {
            "id": session.id,
            "half": session.half,
            "on": session.on,
            "place": session.place_names,
            "group": session.group_code,
            "round": session.round_code,
        }


def gather(enrolments: Iterable[Enrolment], *, now: datetime | None = None) -> Evidence:
    """Read and judge everything about ``enrolments``; the number of queries does not depend on how many there are."""
    rows = list(enrolments)
    evidence = Evidence(now=now or clock.now())
    if not rows:
        return evidence
    evidence.editions = editions_of({row.edition_id for row in rows})
    ids = [row.pk for row in rows]
    coverages = coverage_of(ids, at=evidence.now)
    progress = _lesson_progress(ids, evidence.editions.values())
    attempts = _attempts(ids, evidence.editions.values())
    waivers: dict[int, dict[tuple[str, str], Waiver]] = defaultdict(dict)
    for waiver in Waiver.objects.running().filter(enrolment__in=ids).order_by("pk"):
        waivers[waiver.enrolment_id][waiver.kind, waiver.code] = waiver
    for row in rows:
        facts = evidence.editions[row.edition_id]
        evidence.known[row.pk] = Known(
            enrolment=row,
            coverage=coverages[row.pk],
            modules={code: _module(keys, progress[row.pk]) for code, keys in facts.lessons.items()},
            assessments={
                code: _assessment(assessment, attempts[row.pk, assessment.pk])
                for code, assessment in facts.assessments.items()
            },
            waivers=waivers[row.pk],
            verdict=Verdict((), ()),
        )
    evidence.sessions = _sessions(evidence)
    claims = accredited.claims(evidence.editions.values())
    today = clock.local_day(evidence.now)
    for known in evidence.known.values():
        judged = partial(_judged, evidence, known, claims)
        known.verdict = settle(known.granted, judged, today=today, day_of=clock.local_day)
    return evidence


def _judged(
    evidence: Evidence,
    known: Known,
    claims: Mapping[str, Sequence[Claim]],
    waivers: Mapping[tuple[str, str], datetime],
) -> Verdict:
    facts = evidence.editions[known.enrolment.edition_id]
    verdict = judge(
        facts.edition.rule,
        coverage=known.coverage,
        modules=known.modules,
        assessments=known.assessments,
        waivers=waivers,
    )
    return check_accreditation(verdict, accredited.grounds(facts, claims, verdict, evidence.days_of), waivers)


def _sessions(evidence: Evidence) -> dict[int, SessionFacts]:
    """Every session that is spoken of: with a mark or an expectation, and those still to come (make-ups)."""
    if not any(facts.days for facts in evidence.editions.values()):
        return {}
    spoken_of = {
        mark.session_id for known in evidence.known.values() for day in known.coverage.days for mark in day.marks
    }.union(*(known.coverage.clashing for known in evidence.known.values()))
    return {
        values[0]: SessionFacts(*values)
        for values in Session.objects.taking_place()
        .filter(Q(pk__in=spoken_of) | Q(day__edition__in=list(evidence.editions), starts_at__gt=evidence.now))
        .order_by()
        .values_list(*_SESSION_FIELDS)
    }


def _lesson_progress(ids: Sequence[int], editions: Iterable[EditionFacts]):
    """Per enrolment: lesson key → (row, moment), of lessons that are done."""
    done: dict[int, dict[Any, tuple[int, datetime]]] = defaultdict(dict)
    if any(facts.modules for facts in editions):
        for pk, enrolment_id, key, done_at in LessonProgress.objects.filter(enrolment__in=ids).values_list(
            "pk", "enrolment_id", "lesson_key", "done_at"
        ):
            if done_at is not None:
                done[enrolment_id][key] = (pk, done_at)
    return done


def _module(keys: frozenset, done: Mapping[Any, tuple[int, datetime]]) -> ModuleProgress:
    rows = sorted(done[key] for key in keys if key in done)
    is_done = bool(keys) and len(rows) == len(keys)
    return ModuleProgress(
        lessons=len(keys),
        done=len(rows),
        done_at=max(moment for _pk, moment in rows) if is_done else None,
        ids=tuple(pk for pk, _moment in rows) if is_done else (),
    )


def _attempts(ids: Sequence[int], editions: Iterable[EditionFacts]):
    """Per enrolment and assessment: the attempts that count, oldest first."""
    found: dict[tuple[int, int], list[tuple]] = defaultdict(list)
    if any(facts.assessments for facts in editions):
        for pk, enrolment_id, assessment_id, state, passed, finished_at in (
            Attempt.objects.filter(enrolment__in=ids)
            .exclude(state=Attempt.State.VOIDED)
            .order_by("number")
            .values_list("pk", "enrolment_id", "assessment_id", "state", "passed", "finished_at")
        ):
            found[enrolment_id, assessment_id].append((pk, state, passed, finished_at))
    return found


def _assessment(assessment: EditionAssessment, attempts: Sequence[tuple]) -> AssessmentProgress:
    passed = sorted(
        (finished_at, pk) for pk, state, passed, finished_at in attempts if passed and state == Attempt.State.GRADED
    )
    return AssessmentProgress(
        attempts_allowed=assessment.attempts_allowed,
        attempts_used=len(attempts),
        is_open=any(state in (Attempt.State.IN_PROGRESS, Attempt.State.SUBMITTED) for _pk, state, *_rest in attempts),
        passed_at=passed[0][0] if passed else None,
        ids=tuple(pk for _finished_at, pk in passed),
    )
