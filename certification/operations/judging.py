"""Judging: who of a round is due a certificate and who is not, and why; with everything a certificate would state."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from certification.formats.facts import Holder, LicenceFacts
from certification.holdings import standing_of
from certification.models import Certificate, Licence
from certification.rules.eligibility import Case, LicenceOnDays, Reason, Verdict, judge, name_problems
from certification.rules.standing import LicenceStanding
from courses import completions, rounds
from courses.completions import CompletionFacts, CompletionStanding, Missing
from lms.kernel import clock, fonts
from lms.kernel.collation import collation_key
from lms.kernel.languages import localized
from lms.people.models import Person


@dataclass(frozen=True)
class Candidate:
    """One enrolled person as the officer sees them before issuing."""

    registration: UUID
    person_id: int
    person_reference: str
    name: str  # as it would be printed
    group_code: str
    place_names: Mapping[str, str]
    licence_number: str
    verdict: Verdict
    missing: tuple[Missing, ...]  # the courses' own words for what is not met
    completion: CompletionFacts | None
    holder: Holder
    licence: LicenceFacts | None
    licence_id: int | None
    is_fictional: bool
    sort_key: tuple

    @property
    def eligible(self) -> bool:
        return self.verdict.eligible

    @property
    def ready(self) -> bool:
        return self.verdict.ready

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return self.verdict.reasons


@dataclass(frozen=True)
class Preflight:
    round: rounds.RoundFacts
    group_code: str
    candidates: tuple[Candidate, ...]  # by place, group and name

    @property
    def ready(self) -> tuple[Candidate, ...]:
        return tuple(each for each in self.candidates if each.ready)

    @property
    def issued(self) -> tuple[Candidate, ...]:
        return tuple(each for each in self.candidates if each.eligible and not each.ready)

    @property
    def not_ready(self) -> tuple[Candidate, ...]:
        return tuple(each for each in self.candidates if not each.eligible)


def preflight(round_code: str, group_code: str = "") -> Preflight:
    """Everybody enrolled in the round (or one group), judged as of now. Raises rounds.NoSuchRound. Changes nothing."""
    found = rounds.get(round_code, group_code)
    candidates = _judge(completions.standings(round_code, group_code or None), clock.local_day())
    return Preflight(found, group_code, tuple(sorted(candidates, key=lambda each: each.sort_key)))


def judge_registrations(registrations: Iterable[UUID], issued_on: date) -> dict[UUID, Candidate]:
    """The same judgement for some registrations, as of now, for a certificate issued on ``issued_on``."""
    return {each.registration: each for each in _judge(completions.standings_of(registrations), issued_on)}


def _judge(standings: list[CompletionStanding], issued_on: date) -> list[Candidate]:
    person_ids = {standing.person_id for standing in standings}
    persons = Person.objects.prefetch_related("name_forms").in_bulk(person_ids)
    licences = defaultdict(list)
    rows = Licence.objects.filter(person__in=person_ids, kind=Licence.Kind.WORKER)
    for licence in rows.select_related("body").prefetch_related("events"):
        licences[licence.person_id].append(licence)
    live, revoked = _certificates({standing.registration for standing in standings})
    return [
        _candidate(
            standing,
            persons[standing.person_id],
            licences[standing.person_id],
            live.get(standing.registration, ""),
            revoked.get(standing.registration, ""),
            issued_on,
        )
        for standing in standings
    ]


def _certificates(registrations: set[UUID]) -> tuple[dict[UUID, str], dict[UUID, str]]:
    """Serials by registration: of live certificates, and of those that ended without being replaced."""
    live: dict[UUID, str] = {}
    ended: dict[UUID, str] = {}
    rows = Certificate.objects.filter(
        registration__in=registrations, superseded_by__isnull=True, restored_by__isnull=True
    )
    for registration, serial, ended_at in rows.values_list("registration", "serial", "ended_at"):
        (live if ended_at is None else ended)[registration] = serial
    return live, ended


def _candidate(
    standing: CompletionStanding,
    person: Person,
    licences: list[Licence],
    live: str,
    revoked: str,
    issued_on: date,
) -> Candidate:
    completed = standing.completed
    completed_on = completed.completed_on if completed else None
    licence = _licence_that_counts(licences, completed_on or issued_on)
    on_days = None
    if licence is not None:
        on_days = LicenceOnDays(
            licence.number,
            in_force_at_completion=completed_on is not None and _in_force(licence, completed_on),
            in_force_at_issue=_in_force(licence, issued_on),
        )
    holder = holder_of(person)
    verdict = judge(
        Case(
            completed_on=completed_on,
            missing=tuple(Reason(gap.reason, gap.code, str(gap.who)) for gap in standing.missing),
            licence_must_be_in_force=bool(completed and completed.licence_in_force),
            licence=on_days,
            live_certificate=live,
            revoked_certificate=revoked,
            name_problems=problems_of_name(holder.printed),
        )
    )
    return Candidate(
        registration=standing.registration,
        person_id=person.pk,
        person_reference=person.reference,
        name=holder.printed,
        group_code=standing.group_code,
        place_names=standing.place_names,
        licence_number=licence.number if licence else "",
        verdict=verdict,
        missing=standing.missing,
        completion=completed,
        holder=holder,
        licence=licence_facts(licence, completed_on or issued_on) if licence else None,
        licence_id=licence.pk if licence else None,
        is_fictional=person.is_fictional,
        sort_key=(
            collation_key(localized(dict(standing.place_names), "sq")),
            _natural(standing.group_code),
            collation_key(holder.surname, holder.given_name),
            person.pk,
        ),
    )


def _natural(code: str) -> tuple[str, int]:
    """G2 before G10."""
    digits = "".join(letter for letter in code if letter.isdigit())
    return code.rstrip("0123456789"), int(digits or 0)


def holder_of(person: Person) -> Holder:
    """The name forms of ``person``: printed is the one in the language of documents, where a document has it."""
    forms = [form for form in person.name_forms.all() if form.used_until is None]
    own = next((form for form in forms if form.language == person.language), person)
    return Holder(
        reference=person.reference,
        given_name=own.given_name,
        surname=own.surname,
        father_name=own.father_name or person.father_name,
        language=person.language,
        forms=tuple(
            {"language": form.language, "given_name": form.given_name, "surname": form.surname} for form in forms
        ),
    )


def problems_of_name(name: str) -> tuple[Reason, ...]:
    """Everything that keeps ``name`` from being printed: doubtful letters, and letters the fonts do not have."""
    found = name_problems(name)
    told = {reason.detail for reason in found}
    missing = sorted(fonts.missing_characters(name, fonts.SERIF))
    return found + tuple(
        Reason("missing_glyph", f"U+{ord(letter):04X}") for letter in missing if f"U+{ord(letter):04X}" not in told
    )


def licence_facts(licence: Licence, on: date) -> LicenceFacts:
    return LicenceFacts(
        number=licence.number,
        kind=licence.kind,
        level=licence.level,
        category=licence.category,
        body=licence.body.names,
        standing=standing_of(licence, on).value,
    )


def _in_force(licence: Licence, on: date) -> bool:
    return standing_of(licence, on) is LicenceStanding.VALID


def _licence_that_counts(licences: list[Licence], on: date) -> Licence | None:
    """The licence in force on the day; among several, or when none is, the one that runs longest."""
    return max(
        licences,
        key=lambda licence: (_in_force(licence, on), licence.valid_to or date.max, licence.number),
        default=None,
    )
