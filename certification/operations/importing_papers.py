"""Certificates on paper from before this register, laid as a file: what each line would enter, and entering it.

The same road as a register file (``laying_register_files``): examined chunk by chunk, shown, then written. A line is
new, the same as what is there, or refused; what was entered once is never changed by a file.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import date
from typing import BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from certification.models import Licence, PaperCertificate
from certification.models.papers import paper_key
from certification.operations.importing_register import Result, chunks_of
from certification.rules import register_words as words
from lms.kernel import clock
from lms.kernel.search_names import fold, search_key
from lms.kernel.spreadsheets import Row, read_rows
from lms.people.models import Person

COLUMNS = (
    "series",
    "number",
    "year",
    "holder",
    "award",
    "hours",
    "issuer",
    "issued_on",
    "valid_until",
    "licence_number",
    "person",
    "checked_by",
    "checked_on",
    "checked_against",
)
REQUIRED = ("number", "holder", "award", "issued_on", "checked_by", "checked_on", "checked_against")
_FIRST_YEAR = 1900
# The columns that are kept as they are written, with how many characters they may have.
_LONGEST = {
    "series": 40,
    "number": 40,
    "holder": 200,
    "award": 300,
    "hours": 20,
    "issuer": 200,
    "checked_by": 200,
    "checked_against": 200,
}
_SHOWN = (
    "holder",
    "award",
    "hours",
    "issuer",
    "issued_on",
    "valid_until",
    "checked_by",
    "checked_on",
    "checked_against",
)

Key = tuple[str, str, int]


class LineRefused(ValueError):
    """The line cannot be entered; the message says why, with the value."""


@dataclass
class PaperResult(Result):
    """What became of one line, and the row that is to be written for it."""

    paper: PaperCertificate | None = None


@dataclass
class Survey:
    """What a walk through the whole file found: how many lines, and which papers stand in it twice."""

    total: int = 0
    lines: dict[Key, list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, row: Row) -> None:
        self.total += 1
        with suppress(LineRefused):  # said when the line itself is read
            self.lines[_key(row)].append(row.line)

    def refusal(self, key: Key) -> str:
        lines = self.lines.get(key, [])
        if len(lines) < 2:
            return ""
        return _("Lines %(lines)s name the same series, number and year. Keep one of them.") % {
            "lines": ", ".join(map(str, lines))
        }


def rows_of(file: BinaryIO, name: str) -> Generator[Row]:
    """The rows of a file, from its beginning. Raises SpreadsheetError, also while they are being taken."""
    file.seek(0)
    yield from read_rows(file, name, columns=COLUMNS, required=REQUIRED)


def survey(file: BinaryIO, name: str) -> Survey:
    """Walk through the whole file once. Raises SpreadsheetError when any of it cannot be read."""
    found = Survey()
    with closing(rows_of(file, name)) as rows:
        for row in rows:
            found.add(row)
    return found


class PaperFile:
    """One file of paper certificates on its way in: examines chunks of rows and writes what it found."""

    def __init__(self, survey: Survey, *, source: str, by=None, is_demo: bool = False):
        self.survey, self.source, self.by, self.is_demo = survey, source[:200], by, is_demo
        self.today = clock.local_day()

    def run(self, rows: Iterable[Row], *, write: bool, on_chunk: Callable[[list[Result]], None]) -> Counter:
        """Examine all ``rows`` and, with ``write``, enter each chunk. Returns how many lines had which outcome."""
        counts: Counter = Counter()
        for chunk in chunks_of(rows):
            with transaction.atomic():
                results = self.examine(chunk)
                on_chunk(results)
                if write:
                    self.write(results)
            counts.update(result.outcome for result in results)
            counts["warned"] += sum(bool(result.warnings) for result in results)
        return counts

    def examine(self, chunk: list[Row], *, lock: bool = False) -> list[Result]:
        """What each row of ``chunk`` would enter. The database itself refuses a paper that another enters meanwhile."""
        persons = _persons(chunk)
        read: list[PaperResult] = []
        for row in chunk:
            try:
                read.append(self._read(row, persons))
            except LineRefused as refusal:
                label = f"{row.values['series']} {row.values['number']}/{row.values['year']}".strip()
                read.append(PaperResult(row.line, "refused", label[:120], reason=str(refusal)[:500]))
        known = _known([result.paper for result in read if result.paper])
        for result in read:
            if result.paper is not None and (there := known.get(_key_of(result.paper))):
                self._compare(result, there)
        return list(read)

    def write(self, results: Iterable[Result]) -> None:
        """Enter what is new. Called inside a transaction."""
        now = clock.now()
        new = [each.paper for each in results if isinstance(each, PaperResult) and each.outcome == "new" and each.paper]
        for paper in new:
            paper.entered_at, paper.entered_by = now, self.by
        PaperCertificate.objects.bulk_create(new, batch_size=200)

    # --- One line --------------------------------------------------------------------------------------

    def _read(self, row: Row, persons: "_Persons") -> PaperResult:
        key = _key(row)
        if contradiction := self.survey.refusal(key):
            raise LineRefused(contradiction)
        values = row.values
        for column in REQUIRED:
            if not values[column]:
                raise LineRefused(_("%(column)s is empty.") % {"column": column})
        for column, most in _LONGEST.items():
            if len(values[column]) > most:
                raise LineRefused(_("%(column)s has more than %(most)d characters.") % {"column": column, "most": most})
        issued_on, checked_on = self._day(values, "issued_on"), self._day(values, "checked_on")
        valid_until = _date(values, "valid_until") if values["valid_until"] else None
        if valid_until and valid_until < issued_on:
            raise LineRefused(_("valid_until %(until)s is before issued_on.") % {"until": values["valid_until"]})
        if checked_on < issued_on:
            raise LineRefused(_("checked_on %(day)s is before issued_on.") % {"day": values["checked_on"]})
        person, warnings = persons.of(values)
        paper = PaperCertificate(
            **{column: values[column] for column in _LONGEST},
            series_key=key[0],
            number_key=key[1],
            year=key[2],
            holder_key=search_key(values["holder"])[:1000],
            person=person,
            issued_on=issued_on,
            valid_until=valid_until,
            checked_on=checked_on,
            source=self.source,
            is_demo=self.is_demo,
        )
        changes = {column: ["", _shown(paper, column)] for column in _SHOWN if _shown(paper, column)}
        if person is not None:
            changes["person"] = ["", person.reference]
        return PaperResult(row.line, "new", paper.label[:120], changes, warnings=warnings, paper=paper)

    def _day(self, values: dict[str, str], column: str) -> date:
        day = _date(values, column)
        if day > self.today:
            raise LineRefused(_("%(column)s %(value)s lies ahead.") % {"column": column, "value": values[column]})
        return day

    def _compare(self, result: PaperResult, there: PaperCertificate) -> None:
        """The paper is known already: the same, or something else that a file does not change."""
        new = result.paper
        differs = [column for column in _SHOWN if new is not None and _shown(new, column) != _shown(there, column)]
        result.outcome, result.paper, result.changes = ("refused" if differs else "same"), None, {}
        if differs:
            result.reason = _(
                "%(paper)s was entered before with other values (%(columns)s). Compare it with the paper; to enter it "
                "anew, withdraw the old entry first."
            ) % {"paper": there.label, "columns": ", ".join(differs)}


class _Persons:
    """Whom the lines of a chunk may mean, read in two queries."""

    def __init__(self, references: set[str], licences: set[str]):
        self.by_reference = {each.reference: each for each in Person.objects.filter(reference__in=references)}
        holders: dict[str, dict[int, Person]] = defaultdict(dict)
        for licence in Licence.objects.filter(number__in=licences).select_related("person"):
            holders[licence.number][licence.person_id] = licence.person
        self.by_licence = {number: next(iter(each.values())) for number, each in holders.items() if len(each) == 1}

    def of(self, values: dict[str, str]) -> tuple[Person | None, list[str]]:
        """The person of a line, and remarks about it. Raises LineRefused for a reference that nobody has."""
        reference, number = values["person"].upper(), words.licence_number(values["licence_number"])
        if reference and reference not in self.by_reference:
            raise LineRefused(_("Nobody has the person reference %(value)s.") % {"value": values["person"]})
        person = self.by_reference.get(reference) or self.by_licence.get(number)
        if person is None:
            return None, [
                _("No licence %(number)s is on record; nobody is linked.") % {"number": number}
            ] if number else []
        if fold(person.full_name) != fold(values["holder"]):
            return person, [
                _("%(person)s is recorded as %(name)s.") % {"person": person.reference, "name": person.full_name}
            ]
        return person, []


def _persons(chunk: list[Row]) -> _Persons:
    return _Persons(
        {row.values["person"].upper() for row in chunk if row.values["person"]},
        {words.licence_number(row.values["licence_number"]) for row in chunk if row.values["licence_number"]},
    )


def _known(papers: list[PaperCertificate]) -> dict[Key, PaperCertificate]:
    numbers = {paper.number_key for paper in papers}
    years = {paper.year for paper in papers}
    rows = PaperCertificate.objects.filter(number_key__in=numbers, year__in=years, withdrawn_at__isnull=True)
    return {_key_of(row): row for row in rows}


def _key(row: Row) -> Key:
    """Series, number and year of a line. Raises LineRefused."""
    values = row.values
    number = paper_key(values["number"])
    if not number:
        raise LineRefused(_("The number %(value)r has neither letters nor digits.") % {"value": values["number"]})
    year = values["year"] or str(getattr(words.a_date(values["issued_on"]), "year", ""))
    if not year.isdecimal() or not _FIRST_YEAR <= int(year) <= clock.local_day().year:
        raise LineRefused(_("%(value)r is no year in which a certificate can have been issued.") % {"value": year})
    return paper_key(values["series"])[:40], number[:40], int(year)


def _key_of(paper: PaperCertificate) -> Key:
    return paper.series_key, paper.number_key, paper.year


def _date(values: dict[str, str], column: str) -> date:
    day = words.a_date(values[column])
    if day is None:
        raise LineRefused(
            _("%(column)s %(value)r is no date. Write 2026-03-31 or 31.3.2026.")
            % {"column": column, "value": values[column]}
        )
    return day


def _shown(paper: PaperCertificate, column: str) -> str:
    value = getattr(paper, column)
    return value.isoformat() if isinstance(value, date) else str(value or "")
