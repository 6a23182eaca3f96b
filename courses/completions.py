"""The door out of courses: who completed what, on which evidence, and what the others still miss.

Other rooms ask here and receive frozen values; they never read this room's tables.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.dispatch import Signal

from courses.evidence import Evidence, gather
from courses.exemptions import Exemption
from courses.explanations import explain, explain_all, explain_exemption
from courses.models import (
    Completion,
    Edition,
    EditionAssessment,
    EditionDay,
    EditionModule,
    Enrolment,
    Group,
)
from courses.rules.accreditation import Accreditation, Claim
from courses.rules.completion import Kind, Missing, Who

__all__ = [
    "AssessmentFact",
    "CompletionFacts",
    "CompletionStanding",
    "DayFact",
    "Exemption",
    "Missing",
    "ModuleFact",
    "NotCompleted",
    "Who",
    "course_completed",
    "explain",
    "explain_all",
    "explain_exemption",
    "get",
    "of",
    "since",
    "standings",
    "standings_of_programme",
]

# Sent after commit with ``registration`` (a UUID) only; receivers fetch the facts with ``get``.
course_completed = Signal()


class NotCompleted(LookupError):
    """No completion is recorded under that registration."""


@dataclass(frozen=True, slots=True)
class DayFact:
    code: str
    titles: Mapping[str, str]
    on: date | None  # the venue's day; empty when the day was waived
    place_names: Mapping[str, str]
    venue: str
    hours: Decimal
    is_waived: bool = False


@dataclass(frozen=True, slots=True)
class ModuleFact:
    code: str
    titles: Mapping[str, str]
    hours: Decimal
    done_at: datetime
    is_waived: bool = False


@dataclass(frozen=True, slots=True)
class AssessmentFact:
    code: str
    titles: Mapping[str, str]
    pass_mark: Decimal
    passed_at: datetime
    is_waived: bool = False


@dataclass(frozen=True, slots=True)
class CompletionFacts:
    """A completion with everything a certificate may state about it, as it was published and recorded."""

    registration: UUID
    enrolment_id: int
    person_id: int
    edition_id: int
    programme_code: str
    edition_number: int
    completed_at: datetime  # evidence time: when the last criterion was met
    completed_on: date  # that moment's day at the venue
    titles: Mapping[str, str]
    hours: Decimal
    outcomes: tuple[Mapping[str, str], ...]
    valid_months: int | None  # empty: for life
    licence_in_force: bool
    accreditation: Mapping[str, Any]
    days: tuple[DayFact, ...]
    modules: tuple[ModuleFact, ...]
    assessments: tuple[AssessmentFact, ...]
    evidence: tuple[Mapping[str, Any], ...]
    rule: Mapping[str, Any]
    round_code: str  # empty: no round (online)
    group_code: str
    group_place: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CompletionStanding:
    """Where one enrolled person stands. Ready when completed and nothing is missing.

    Both filled means: a completion is recorded, but the evidence no longer bears it out.
    """

    registration: UUID
    enrolment_id: int
    person_id: int
    person_reference: str
    group_code: str
    place_names: Mapping[str, str]
    completed: CompletionFacts | None
    missing: tuple[Missing, ...]
    exemptions: tuple[Exemption, ...] = ()  # waivers, proposed and granted

    @property
    def is_ready(self) -> bool:
        return self.completed is not None and not self.missing


def get(registration: UUID | str) -> CompletionFacts:
    """The recorded completion of ``registration``. Raises NotCompleted when there is none."""
    found = _facts(Completion.objects.filter(enrolment__registration=registration))
    if not found:
        raise NotCompleted(f"No completion is recorded under the registration {registration}.")
    return found[0]


def get_many(registrations: Iterable[UUID | str]) -> dict[UUID, CompletionFacts]:
    """The recorded completions of ``registrations`` in a constant number of queries; those without are left out."""
    found = _facts(Completion.objects.filter(enrolment__registration__in=list(registrations)))
    return {facts.registration: facts for facts in found}


def of(person_id: int) -> list[CompletionFacts]:
    """All completions of a person, newest first."""
    return _facts(Completion.objects.filter(enrolment__person=person_id))


def since(moment: datetime) -> list[CompletionFacts]:
    """Completions recorded at or after ``moment`` (by the time of recording, so that late entries are found too)."""
    return _facts(Completion.objects.filter(recorded_at__gte=moment))


def standings(round_code: str, group_code: str | None = None) -> list[CompletionStanding]:
    """Where everybody enrolled in a round (or one group of it) stands, by group and name.

    The rule is evaluated now; what is recorded is told beside it. Withdrawn people are listed if they completed.
    """
    enrolments = Enrolment.objects.filter(group__round__code=round_code)
    if group_code is not None:
        enrolments = enrolments.filter(group__code=group_code)
    return _standings(enrolments)


def standings_of_programme(programme_code: str) -> list[CompletionStanding]:
    """Where everybody enrolled in a programme outside any round stands (online programmes)."""
    return _standings(Enrolment.objects.filter(programme_code=programme_code, group__isnull=True))


def standings_of(registrations: Iterable[UUID | str]) -> list[CompletionStanding]:
    """Where the given registrations stand, whatever round they belong to."""
    wanted = list(registrations)
    return _standings(Enrolment.objects.filter(registration__in=wanted)) if wanted else []


def _standings(enrolments: QuerySet[Enrolment]) -> list[CompletionStanding]:
    rows = list(
        enrolments.filter(Q(ended_at__isnull=True) | Q(completion__isnull=False))
        .select_related("person")
        .order_by("group__code", "person__surname", "person__given_name", "pk")
    )
    evidence = gather(rows)
    recorded = {
        facts.enrolment_id: facts for facts in _facts(Completion.objects.filter(enrolment__in=[row.pk for row in rows]))
    }
    groups = Group.objects.select_related("municipality").in_bulk({row.group_id for row in rows if row.group_id})
    return [_standing(row, evidence, recorded.get(row.pk), groups.get(row.group_id)) for row in rows]


def _standing(
    row: Enrolment, evidence: Evidence, completed: CompletionFacts | None, group: Group | None
) -> CompletionStanding:
    missing = evidence.missing(row.pk)
    if not missing and completed is None:
        missing = (Missing(Kind.RECORD, "", "unrecorded", Who.NOBODY),)
    return CompletionStanding(
        registration=row.registration,
        enrolment_id=row.pk,
        person_id=row.person_id,
        person_reference=row.person.reference,
        group_code=group.code if group else "",
        place_names=group.municipality.names if group else {},
        completed=completed,
        missing=missing,
        exemptions=evidence.exemptions(row.pk),
    )


def _facts(completions: QuerySet[Completion]) -> list[CompletionFacts]:
    rows = list(
        completions.select_related("enrolment__edition", "enrolment__group__round", "enrolment__group__municipality")
    )
    if not rows:
        return []
    editions = {row.enrolment.edition_id for row in rows}
    days = {(day.edition_id, day.code): day for day in EditionDay.objects.filter(edition__in=editions)}
    modules = {(one.edition_id, one.code): one for one in EditionModule.objects.filter(edition__in=editions)}
    assessments = {(one.edition_id, one.code): one for one in EditionAssessment.objects.filter(edition__in=editions)}
    return [_facts_of(row, days, modules, assessments) for row in rows]


def _accreditation(edition: Edition, row: Completion, entries: Mapping[tuple[str, str], Mapping[str, Any]]):
    """The accreditation of the programme that a certificate may state: the one that held when it was completed.

    Where that was a renewal, the renewal; where none held and the Council decided, none.
    """
    own = Claim.of(edition.accreditation)
    if own.status != Accreditation.ACCREDITED:
        return edition.accreditation
    entry = entries.get((Kind.ACCREDITATION, edition.programme_code), {})
    if entry.get("accreditation"):
        return entry["accreditation"]
    return edition.accreditation | {"status": own.standing(row.completed_on).value}


def _facts_of(row: Completion, days, modules, assessments) -> CompletionFacts:
    enrolment, edition, group = row.enrolment, row.enrolment.edition, row.enrolment.group
    entries = {(entry["kind"], entry["code"]): entry for entry in row.evidence}

    def met(kind: Kind):
        return [(entry, (edition.pk, code)) for (known, code), entry in entries.items() if known == kind]

    return CompletionFacts(
        registration=enrolment.registration,
        enrolment_id=enrolment.pk,
        person_id=enrolment.person_id,
        edition_id=edition.pk,
        programme_code=edition.programme_code,
        edition_number=edition.number,
        completed_at=row.completed_at,
        completed_on=row.completed_on,
        titles=edition.titles,
        hours=edition.hours,
        outcomes=tuple(edition.outcomes),
        valid_months=edition.valid_months,
        licence_in_force=edition.licence_in_force,
        accreditation=_accreditation(edition, row, entries),
        days=tuple(
            DayFact(
                code=entry["code"],
                titles=days[key].titles,
                on=date.fromisoformat(entry["on"]) if entry.get("on") else None,
                place_names=entry.get("place") or {},
                venue=entry.get("venue") or "",
                hours=days[key].hours,
                is_waived=entry["waived"],
            )
            for entry, key in met(Kind.DAY)
        ),
        modules=tuple(
            ModuleFact(
                code=entry["code"],
                titles=modules[key].titles,
                hours=modules[key].hours,
                done_at=datetime.fromisoformat(entry["at"]),
                is_waived=entry["waived"],
            )
            for entry, key in met(Kind.MODULE)
        ),
        assessments=tuple(
            AssessmentFact(
                code=entry["code"],
                titles=assessments[key].titles,
                pass_mark=assessments[key].pass_mark,
                passed_at=datetime.fromisoformat(entry["at"]),
                is_waived=entry["waived"],
            )
            for entry, key in met(Kind.ASSESSMENT)
        ),
        evidence=tuple(row.evidence),
        rule=row.rule,
        round_code=group.round.code if group else "",
        group_code=group.code if group else "",
        group_place=group.municipality.names if group else {},
    )
