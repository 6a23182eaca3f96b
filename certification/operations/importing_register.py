"""Laying a register file before the register: what each line would change, and writing it, chunk by chunk.

A chunk costs a handful of statements and is one transaction. Lines that are refused are never written; reading the
same file again finds nothing to do. Empty cells say nothing and change nothing, except ``valid_to``: no last day.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import BinaryIO

from django.db import reset_queries, transaction
from django.utils.translation import gettext as _

from certification.models import IssuingBody, Licence, LicenceEvent
from certification.operations import registering
from certification.operations.register_lines import Line, LineReader, LineRefused, Survey
from certification.operations.register_matching import Known
from certification.rules import register_words as words
from certification.rules import standing as rules
from certification.rules.standing import Act
from lms.kernel import clock
from lms.kernel.spreadsheets import Row, read_rows
from lms.people import personal_numbers
from lms.people.models import Employment, Municipality, NameForm, Person
from lms.people.operations import loading_municipalities, recording

CHUNK = 2000
HIDDEN = "*"  # stands for a personal number wherever a change is shown
_PERSON_FIELDS = ("given_name", "surname", "father_name", "birth_date", "email", "language")
_LICENCE_FIELDS = ["valid_from", "term_from", "valid_to", "state", "state_from", "level", "category"]


@dataclass
class Result:
    """What became of one line, and what is to be written for it."""

    line: int
    outcome: str  # new, changed, same, refused
    number: str = ""
    changes: dict[str, list[str]] = field(default_factory=dict)  # column: [old, new]
    reason: str = ""
    warnings: list[str] = field(default_factory=list)
    said: Line | None = None
    person: Person | None = None
    licence: Licence | None = None
    acts: list[Act] = field(default_factory=list)


def rows_of(file: BinaryIO, name: str) -> Generator[Row]:
    """The rows of a register file, from its beginning. Raises SpreadsheetError, also while they are being taken."""
    file.seek(0)
    yield from read_rows(file, name, columns=words.COLUMNS, required=words.REQUIRED)


def survey(file: BinaryIO, name: str) -> Survey:
    """Walk through the whole file once. Raises SpreadsheetError when any of it cannot be read."""
    found = Survey()
    with closing(rows_of(file, name)) as rows:
        for row in rows:
            found.add(row)
    return found


def chunks_of(rows: Iterable[Row], size: int = CHUNK) -> Iterator[list[Row]]:
    rows = iter(rows)
    while chunk := list(islice(rows, size)):
        yield chunk


class RegisterFile:
    """One file on its way into the register of ``body``: examines chunks of rows and writes what it found."""

    def __init__(self, body: IssuingBody, survey: Survey, *, source: str, by=None):
        if not Municipality.objects.exists():
            loading_municipalities.load_municipalities()
        self.body, self.survey, self.by = body, survey, by
        self.today = clock.local_day()
        self.source = source[:100]
        self.reader = LineReader(self.today)

    def run(self, rows: Iterable[Row], *, write: bool, on_chunk: Callable[[list[Result]], None]) -> Counter:
        """Examine all ``rows`` and, with ``write``, write each chunk. Returns how many lines had which outcome."""
        counts: Counter = Counter()
        for chunk in chunks_of(rows):
            counts.update(self._take(chunk, write, on_chunk))
            del chunk  # or it would stay while the next one is read
            reset_queries()  # in development every statement is kept, and memory would grow with the file
        return counts

    def _take(self, chunk: list[Row], write: bool, on_chunk: Callable[[list[Result]], None]) -> Counter:
        """Examine one chunk and, with ``write``, write it. Nothing of it is left afterwards but the counts."""
        if write:
            with transaction.atomic():
                results = self.examine(chunk, lock=True)
                on_chunk(results)
                self.write(results)
        else:
            results = self.examine(chunk)
            on_chunk(results)
        counts = Counter(result.outcome for result in results)
        counts["warned"] = sum(bool(result.warnings) for result in results)
        return counts

    # --- What would change ---------------------------------------------------------------------------

    def examine(self, chunk: list[Row], *, lock: bool = False) -> list[Result]:
        """What each row of ``chunk`` would change. With ``lock``, inside the transaction that will write it."""
        results, lines = [], []
        for row in chunk:
            try:
                if contradiction := self.survey.refusal(row.line):
                    raise LineRefused(contradiction)
                line = self.reader.read(row)
            except LineRefused as refusal:
                number = words.licence_number(row.values["licence_number"])[:40]
                results.append(Result(row.line, "refused", number, reason=str(refusal)[:500]))
            else:
                lines.append(line)
        known = Known(self.body, lines, self.today, lock=lock)
        for line in lines:
            result = Result(line.line, "same", line.number, said=line, warnings=line.warnings)
            try:
                result.licence, result.person = known.match(line)
                self._compare_licence(result, line)
                self._compare_person(result, line, known)
                known.remember(line, result.person)
            except LineRefused as refusal:
                result = Result(line.line, "refused", line.number, reason=str(refusal)[:500])
            results.append(result)
        results.sort(key=lambda result: result.line)
        return results

    def _compare_licence(self, result: Result, line: Line) -> None:
        said = {
            "level": line.level,
            "category": line.category,
            "valid_from": line.valid_from.isoformat(),
            "valid_to": line.valid_to.isoformat() if line.valid_to else "",
        }
        if result.licence is None:
            result.outcome = "new"
            state = line.state or "granted"
            result.changes = {column: ["", value] for column, value in said.items() if value}
            result.changes["status"] = ["", state]
            result.acts = [Act("granted", line.valid_from, line.valid_from, line.valid_to, line.level, line.category)]
            if state != "granted":
                result.acts.append(Act(state, max(self.today, line.valid_from)))
            return
        terms = result.licence.terms
        result.acts = list(self._state_acts(terms, line)) + list(self._term_acts(terms, line))
        have = {
            "level": terms.level,
            "category": terms.category,
            "valid_from": terms.term_from.isoformat(),
            "valid_to": terms.valid_to.isoformat() if terms.valid_to else "",
        }
        for column, value in said.items():
            if value != have[column] and (value or column == "valid_to"):
                result.changes[column] = [have[column], value]
        for act in result.acts:
            if act.kind in rules.STATE_AFTER:
                result.changes["status"] = [terms.state, rules.STATE_AFTER[act.kind]]

    def _state_acts(self, terms: rules.Terms, line: Line) -> Iterator[Act]:
        now = terms.state if terms.state_from <= self.today else "granted"
        if line.state is None or line.state == now:
            return
        if now in ("revoked", "surrendered"):
            raise LineRefused(
                _("Licence %(number)s is revoked or surrendered, for good. Grant a new one under another number.")
                % {"number": line.number}
            )
        yield Act("reinstated" if line.state == "granted" else line.state, self.today)

    def _term_acts(self, terms: rules.Terms, line: Line) -> Iterator[Act]:
        level, category = line.level or terms.level, line.category or terms.category
        said = (line.valid_from, line.valid_to, level, category)
        if said == (terms.term_from, terms.valid_to, terms.level, terms.category):
            return
        is_longer = (line.valid_to or date.max) > (terms.valid_to or date.max)
        kind = "renewed" if is_longer and line.valid_from >= terms.term_from else "corrected"
        if kind == "renewed" and (line.state or terms.state) != "granted":
            raise LineRefused(
                _("Licence %(number)s is %(state)s and cannot be renewed.")
                % {"number": line.number, "state": Licence.State(line.state or terms.state).label}
            )
        effective_on = line.valid_from if kind == "renewed" else self.today
        yield Act(kind, effective_on, line.valid_from, line.valid_to, level, category)

    def _compare_person(self, result: Result, line: Line, known: Known) -> None:
        person = result.person
        changes = {
            column: [_shown(getattr(person, column)) if person else "", _shown(value)]
            for column in _PERSON_FIELDS
            if (value := getattr(line, column)) and (person is None or getattr(person, column) != value)
        }
        # A surname is said even when it is empty: a name is one thing.
        if person and person.surname != line.surname:
            changes["surname"] = [person.surname, line.surname]
        if line.personal_number and (person is None or person.personal_number_index != line.number_index):
            changes["personal_number"] = [HIDDEN if person and person.personal_number_index else "", HIDDEN]
        if line.municipality and (person is None or person.municipality_id != line.municipality.pk):
            before = person.municipality.key if person and person.municipality else ""
            changes["municipality"] = [before, line.municipality.key]
        if line.organisation:
            employments = known.employments.get(person.pk, []) if person and person.pk else []
            if line.organisation.pk not in [employment.organisation_id for employment in employments]:
                before = employments[0].organisation.code if len(employments) == 1 else ""
                changes["organisation"] = [before, line.organisation.code]
        result.changes = changes | result.changes
        if result.licence and (changes or result.acts):
            result.outcome = "changed"
        if person is None:
            result.person = self._new_person(line)
        elif result.licence is None:
            result.changes["person"] = ["", person.reference]  # the new licence is of somebody we know

    def _new_person(self, line: Line) -> Person:
        return Person(
            given_name=line.given_name,
            surname=line.surname,
            father_name=line.father_name,
            birth_date=line.birth_date,
            email=line.email,
            language=line.language or "sq",
            municipality=line.municipality,
            name_key=line.name_key,
            personal_number_index=line.number_index or None,
        )

    # --- Writing ---------------------------------------------------------------------------------------

    def write(self, results: list[Result]) -> None:
        """Write the new and changed lines of one chunk, inside the transaction in which they were examined."""
        to_write = [result for result in results if result.outcome in ("new", "changed")]
        self._write_persons(to_write)
        self._write_employments(to_write)
        new, changed, events = [], [], []
        for result in to_write:
            licence, terms = result.licence, result.licence.terms if result.licence else None
            for act in result.acts:
                terms = rules.apply(terms, act)
            if licence is None:
                licence = Licence(number=result.number, body=self.body, person=result.person)
                new.append(licence)
            elif result.acts:
                changed.append(licence)
            if result.acts and terms:
                licence.terms = terms
            reason = _("renewal pending") if result.said and result.said.status == "renewal_pending" else ""
            events += [registering.event_of(licence, act, "", reason, self.source, self.by) for act in result.acts]
        Licence.objects.bulk_create(new)
        Licence.objects.bulk_update(changed, _LICENCE_FIELDS)
        LicenceEvent.objects.bulk_create(events)

    def _write_persons(self, results: list[Result]) -> None:
        new: dict[int, Person] = {}
        changed: dict[int, Person] = {}
        forms: list[NameForm] = []
        fields: set[str] = set()
        for result in results:
            person, line = result.person, result.said
            if person is None or line is None:
                continue
            if person.pk is None:
                if id(person) not in new:
                    new[id(person)] = person
                    personal_numbers.seal(person, line.personal_number)
                    person.normalise()
                continue
            touched = set(result.changes) & {*_PERSON_FIELDS, "personal_number", "municipality"}
            if not touched:
                continue
            if touched & {"given_name", "surname", "father_name"}:
                forms.append(recording.former_name(person, self.today, self.source))
                fields |= {"search_key", "name_key"}
            for column in touched - {"personal_number"}:
                setattr(person, column, getattr(line, column))
            if "personal_number" in touched:
                personal_numbers.seal(person, line.personal_number)
                fields |= {"personal_number_sealed", "personal_number_index"}
            person.normalise()
            changed[person.pk] = person
            fields |= touched - {"personal_number"}
        Person.objects.bulk_create(new.values())
        if fields:
            Person.objects.bulk_update(changed.values(), sorted(fields))
        # A change that only adds a father's name or a letter's mark is a former form too: documents were made with it.
        NameForm.objects.bulk_create(forms)

    def _write_employments(self, results: list[Result]) -> None:
        begun, ended = {}, []
        movers = [result for result in results if "organisation" in result.changes]
        current = defaultdict(list)
        for employment in Employment.objects.on(self.today).filter(
            person__in=[result.person.pk for result in movers if result.person]
        ):
            current[employment.person_id].append(employment)
        for result in movers:
            if result.person is None or result.said is None or result.said.organisation is None:
                continue
            key = (result.person.pk, result.said.organisation.pk)
            had = current[result.person.pk]
            # One place of work before and another one now is a move; who has several keeps them.
            if len(had) == 1 and key not in begun:
                had[0].until_on = recording.last_day_before(self.today, had[0])
                ended.append(had[0])
            begun[key] = Employment(
                person=result.person,
                organisation=result.said.organisation,
                from_on=self.today if had else None,
            )
        Employment.objects.bulk_update(ended, ["until_on"])
        Employment.objects.bulk_create(begun.values())


def _shown(value) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "")
