"""Importing attendance: a file of marks is read whole, every fault is named with its line, and all or nothing is written."""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from courses import identify
from courses.models import AttendanceMark, DayEquivalence, Enrolment, Session
from courses.operations.attendance_lines import Identified, Line, Problem, Value, parse
from courses.rules import punctuality
from lms.kernel import clock, queue
from lms.kernel.search_names import fold
from lms.kernel.spreadsheets import Row, SpreadsheetError, read_rows
from lms.people.models import NameForm, Person

log = logging.getLogger(__name__)

COLUMNS = ("session", "licence_number", "person", "given_name", "surname", "mark", "arrived", "left", "remark")
REQUIRED = ("session", "mark")
_CHUNK = 5000  # values in one IN (…)


class ImportRefused(Exception):
    """The file has faults, and nothing of it was written."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True, slots=True)
class Change:
    """One line that would add a mark. ``before`` is the value that holds now; empty when there is none."""

    line: int
    session: str
    person: str
    before: str
    value: str
    minutes_late: int
    minutes_early: int

    @property
    def before_label(self) -> str:
        return str(Value(self.before).label) if self.before else ""

    @property
    def value_label(self) -> str:
        return str(Value(self.value).label)


@dataclass(frozen=True, slots=True)
class Result:
    new: int
    changed: int
    same: int
    changes: tuple[Change, ...]
    written: bool


@transaction.atomic
def import_attendance(file: BinaryIO, name: str, *, by, dry_run: bool = False) -> Result:
    """Write the marks of ``file``, or only say what writing it would do. Raises ImportRefused with every fault.

    Running the same file again writes nothing: marks that say the same already are left alone, and an empty time or
    remark leaves what was known. A changed mark supersedes the old one for the reason "import".
    """
    problems: list[Problem] = []
    try:
        rows = list(read_rows(file, name, columns=COLUMNS, required=REQUIRED))
    except SpreadsheetError as error:
        raise ImportRefused([Problem(error.line or 0, str(error))]) from None
    lines = parse(rows, problems)
    _identify(lines, problems)
    lines = [line for line in lines if line.person is not None]
    _find_enrolments(lines, problems)
    _refuse_twice(lines, problems)
    _refuse_own(lines, by, problems)
    if problems:
        raise ImportRefused(problems)
    if not rows:
        raise ImportRefused([Problem(0, _("The file %(name)s has a header but no lines.") % {"name": name})])

    sessions = sorted({line.session.pk for line in lines})
    if not dry_run:
        # Phones that are marking these sheets right now wait until the import is through.
        list(Session.objects.select_for_update().filter(pk__in=sessions).order_by("pk").values_list("pk", flat=True))
    current = _current(sessions)
    new_rows, changes, same = [], [], 0
    moment = clock.now()
    for line in lines:
        before = current.get((line.session.pk, line.enrolment_id))
        said = _said(line, before)
        if before is not None and said == before[1:]:
            same += 1
            continue
        value, late, early, remark = said
        changes.append(
            Change(
                line.row.line,
                line.row.values["session"],
                line.person.name if line.person else "",
                before[1] if before and before[1] != Value.UNMARKED else "",
                value,
                late,
                early,
            )
        )
        new_rows.append(
            AttendanceMark(
                session_id=line.session.pk,
                enrolment_id=line.enrolment_id,
                value=value,
                minutes_late=late,
                minutes_early=early,
                remark=remark,
                source=AttendanceMark.Source.IMPORT,
                policy_version=punctuality.CURRENT.version,
                recorded_at=moment,
                recorded_by=by,
                supersedes_id=before[0] if before else None,
                reason="import" if before else "",
            )
        )
    if not dry_run:
        AttendanceMark.objects.bulk_create(new_rows, batch_size=2000)
        if new_rows:
            # One task for the whole file: whoever has everything now is completed.
            queue.enqueue(
                "courses.tasks.consider", list(dict.fromkeys(row.enrolment_id for row in new_rows)), group="completing"
            )
    changed = sum(1 for change in changes if change.before)
    result = Result(len(changes) - changed, changed, same, tuple(changes), written=not dry_run)
    if result.written:
        log.info("Imported attendance: %d new, %d changed, %d the same", result.new, result.changed, result.same)
    return result


# --- Who and where ---------------------------------------------------------------------------------


def _identify(lines: list[Line], problems: list[Problem]) -> None:
    references = {line.row.values["person"] for line in lines} - {""}
    numbers = {line.row.values["licence_number"] for line in lines} - {""}
    holders = identify.holders_of(numbers)
    people = _people(references, {pk for pks in holders.values() for pk in pks})
    by_reference = {person.reference: person for person in people.values()}
    for line in lines:
        reference, number = line.row.values["person"], line.row.values["licence_number"]
        fault = ""
        person = by_reference.get(reference) if reference else None
        held_by = holders.get(number, set()) if number else set()
        if not reference and not number:
            fault = _("who is it? Give a licence number or a person reference")
        elif reference and person is None:
            fault = _("there is no person %(reference)s") % {"reference": reference}
        elif number and not held_by:
            fault = _("no licence has the number %(number)s") % {"number": number}
        elif number and person is None and len(held_by) > 1:
            fault = _("%(number)s is the number of several licences; give the person reference too") % {
                "number": number
            }
        elif number and person is not None and person.pk not in held_by:
            fault = _("licence %(number)s does not belong to person %(reference)s") % {
                "number": number,
                "reference": reference,
            }
        else:
            person = person or people[next(iter(held_by))]
            fault = _other_name(line.row, person)
        if fault:
            problems.append(Problem(line.row.line, fault))
        else:
            line.person = person


def _people(references: Collection[str], pks: Collection[int]) -> dict[int, Identified]:
    rows: dict[int, dict] = {}
    fields = ("pk", "reference", "user_id", "given_name", "surname")
    for chunk in _chunks(references):
        rows |= {row["pk"]: row for row in Person.objects.filter(reference__in=chunk).order_by().values(*fields)}
    for chunk in _chunks([pk for pk in pks if pk not in rows]):
        rows |= {row["pk"]: row for row in Person.objects.filter(pk__in=chunk).order_by().values(*fields)}
    forms = defaultdict(set)
    for chunk in _chunks(rows):
        for pk, given, surname in NameForm.objects.filter(person__in=chunk).values_list(
            "person_id", "given_name", "surname"
        ):
            forms[pk].add((fold(given), fold(surname)))
    return {
        pk: Identified(
            pk,
            row["reference"],
            row["user_id"],
            f"{row['given_name']} {row['surname']}".strip(),
            frozenset(forms[pk] | {(fold(row["given_name"]), fold(row["surname"]))}),
        )
        for pk, row in rows.items()
    }


def _other_name(row: Row, person: Identified) -> str:
    """What to say when the file gives another name than the person has; empty when it fits or gives none."""
    given, surname = fold(row.values["given_name"]), fold(row.values["surname"])
    for form_given, form_surname in person.forms:
        if given in ("", form_given) and surname in ("", form_surname):
            return ""
    written = f"{row.values['given_name']} {row.values['surname']}".strip()
    return _("the file says “%(written)s”, but %(reference)s is “%(name)s”") % {
        "written": written,
        "reference": row.values["licence_number"] or row.values["person"],
        "name": person.name,
    }


def _find_enrolments(lines: list[Line], problems: list[Problem]) -> None:
    """The registration each mark hangs on: the active one of the session's edition, else the last one that ended."""
    days = {line.session.day_id for line in lines}
    editions = {line.session.day.edition_id for line in lines}
    also = defaultdict(set)
    for day, edition in DayEquivalence.objects.filter(day__in=days).values_list("day_id", "counts_as__edition_id"):
        also[day].add(edition)
        editions.add(edition)
    found: dict[tuple[int, int], int] = {}
    for chunk in _chunks({line.person.pk for line in lines if line.person}):
        registrations = (
            Enrolment.objects.filter(person__in=chunk, edition__in=editions)
            .order_by("enrolled_at", "pk")
            .values_list("person_id", "edition_id", "pk", "ended_at")
        )
        for person, edition, pk, _ended_at in sorted(registrations, key=lambda row: row[3] is None):
            # Ended ones come first, so that the active one takes their place.
            found[person, edition] = pk
    for line in lines:
        assert line.person is not None  # noqa: S101 - lines without a person were left behind with their fault
        for edition in (line.session.day.edition_id, *sorted(also[line.session.day_id])):
            if (line.person.pk, edition) in found:
                line.enrolment_id = found[line.person.pk, edition]
                break
        else:
            problems.append(
                Problem(
                    line.row.line,
                    _("%(name)s is not enrolled in the programme of %(session)s")
                    % {"name": line.person.name, "session": line.row.values["session"]},
                )
            )


def _refuse_twice(lines: list[Line], problems: list[Problem]) -> None:
    first: dict[tuple[int, int], int] = {}
    for line in lines:
        if line.person is None:
            continue
        key = (line.session.pk, line.person.pk)
        if key in first:
            problems.append(
                Problem(
                    line.row.line,
                    _("%(name)s stands in line %(line)d already for %(session)s")
                    % {"name": line.person.name, "line": first[key], "session": line.row.values["session"]},
                )
            )
        else:
            first[key] = line.row.line


def _refuse_own(lines: list[Line], by, problems: list[Problem]) -> None:
    for line in lines:
        if by is not None and line.person is not None and line.person.user_id == by.pk:
            problems.append(
                Problem(
                    line.row.line,
                    _("nobody marks themselves; let somebody else import the lines of %(name)s")
                    % {"name": line.person.name},
                )
            )


# --- What holds now --------------------------------------------------------------------------------


def _current(sessions: Iterable[int]) -> dict[tuple[int, int], tuple]:
    current = {}
    for chunk in _chunks(sessions):
        rows = (
            AttendanceMark.objects.current()
            .filter(session__in=chunk)
            .order_by()
            .values_list("session_id", "enrolment_id", "pk", "value", "minutes_late", "minutes_early", "remark")
        )
        for session, enrolment, *mark in rows:
            current[session, enrolment] = tuple(mark)
    return current


def _said(line: Line, before: tuple | None) -> tuple[str, int, int, str]:
    """What the line says; where it is silent about minutes or a remark, what was known under the same mark stays."""
    late, early, remark = line.minutes_late, line.minutes_early, line.row.values["remark"][:300]
    if before is not None and before[1] == line.value:
        late = before[2] if late is None else late
        early = before[3] if early is None else early
        remark = remark or before[4]
    return line.value, late or 0, early or 0, remark


def _chunks(values: Iterable) -> Iterator[list]:
    values = sorted(values)
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
