"""Importing a list of participants: persons are found or entered and enrolled in their groups, all or none."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from courses import identify
from courses.models import Enrolment, Round
from courses.operations.enrolling import Enrolled, EnrolmentRefused, Newcomer, enrol_many
from courses.operations.importing import ImportRefused, Problem
from lms.kernel import clock
from lms.kernel.search_names import fold, place_keys
from lms.kernel.spreadsheets import Row, SpreadsheetError, read_rows
from lms.people.models import Municipality, Person

COLUMNS = (
    "given_name",
    "surname",
    "father_name",
    "birth_date",
    "email",
    "municipality",
    "licence_number",
    "person",
    "group",
)
_LENGTHS = {"given_name": 200, "surname": 200, "father_name": 200, "email": 254}  # of Person
_CHUNK = 5000


@dataclass(frozen=True, slots=True)
class Joining:
    """What one line does: the person as they are known, the group, and whether either is new."""

    line: int
    person: str
    group: str
    enters_person: bool
    enrols: bool


@dataclass(frozen=True, slots=True)
class Result:
    lines: int
    persons: int  # entered anew
    enrolled: int
    already: int
    joining: tuple[Joining, ...]
    written: bool


class _DryRun(Exception):
    """Takes the transaction back."""


def import_enrolments(file: BinaryIO, name: str, round: Round, *, by, dry_run: bool = False) -> Result:
    """Enrol everybody in ``file`` in the groups of ``round``, or only say what would happen.

    A person is found by licence number, by person reference, else by the same name with the same date of birth or
    e-mail address; who is not found is entered. Running the same file again changes nothing. Raises ImportRefused with every fault
    and its line, in which case nothing was written.
    """
    try:
        rows = list(read_rows(file, name, columns=COLUMNS, required=("group",)))
    except SpreadsheetError as error:
        raise ImportRefused([Problem(error.line or 0, str(error))]) from None
    if not rows:
        raise ImportRefused([Problem(0, _("The file %(name)s has a header but no lines.") % {"name": name})])
    try:
        with transaction.atomic():
            outcome, joining = _enrol(rows, round, by)
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    except EnrolmentRefused as refused:
        raise ImportRefused([Problem(0, str(refused))]) from None
    return Result(len(rows), outcome.persons, outcome.enrolled, outcome.already, joining, written=not dry_run)


def _enrol(rows: list[Row], round: Round, by) -> tuple[Enrolled, tuple[Joining, ...]]:
    problems: list[Problem] = []
    # Two lists for one round wait for each other, so that the second finds whom the first has entered.
    Round.objects.select_for_update().get(pk=round.pk)
    places = _municipalities()
    groups = {group.code: group for group in round.groups.all()}
    needs_group = round.edition.days.exists()
    newcomers: list[Newcomer] = []
    seen: dict[int, int] = {}  # line of each person
    for row, person in zip(rows, _persons(rows, places, problems), strict=True):
        code = row.values["group"]
        group = groups.get(code)
        if code and group is None:
            problems.append(
                Problem(
                    row.line,
                    _("round %(round)s has no group %(group)s; its groups are: %(groups)s")
                    % {"round": round.code, "group": code, "groups": ", ".join(sorted(groups)) or "–"},
                )
            )
        elif not code and needs_group:
            problems.append(Problem(row.line, _("the programme has training days: give the group")))
        if person is None:
            continue
        twin = seen.setdefault(id(person) if person.pk is None else person.pk, row.line)
        if twin != row.line:
            problems.append(Problem(row.line, _("this is the person of line %(line)d again") % {"line": twin}))
        newcomers.append(Newcomer(person, group))
    if problems:
        raise ImportRefused(problems)
    are_new = [each.person.pk is None for each in newcomers]
    outcome = enrol_many(newcomers, round.edition, by=by, source=Enrolment.Source.IMPORT)
    joining = tuple(
        Joining(
            row.line,
            each.person.full_name_with_father,
            each.group.code if each.group else "",
            enters_person=is_new,
            enrols=each.person.pk in outcome.who,
        )
        for row, each, is_new in zip(rows, newcomers, are_new, strict=True)
    )
    return outcome, joining


def _persons(rows: list[Row], places: dict[str, set[int]], problems: list[Problem]) -> list[Person | None]:
    """The person of each row, saved or new; None where the row has a fault, which is added to ``problems``."""
    written = [_written(row, places, problems) for row in rows]
    holders = identify.holders_of({row.values["licence_number"] for row in rows} - {""})
    known = _known("reference", {row.values["person"] for row in rows} - {""})
    known |= _known("pk", {pk for pks in holders.values() for pk in pks})
    namesakes = _namesakes(person for person in written if person)
    new: dict[tuple, Person] = {}
    persons: list[Person | None] = []
    for row, person in zip(rows, written, strict=True):
        found, fault = None, ""
        if row.values["person"] or row.values["licence_number"]:
            found, fault = _named(row, known, holders)
        elif person is not None:
            twins = {
                twin.pk: twin
                for key in _keys(person)
                for twin in namesakes.get(key, ())
                if not _other_father(person, twin)
            }
            if len(twins) > 1:
                fault = _("several persons have this name and date of birth or address; give the person reference")
            # The same new person twice in one file is one person; the repetition is reported by the caller.
            keys = [(*key, fold(person.father_name)) for key in _keys(person)]
            found = next(iter(twins.values()), None) or next((new[key] for key in keys if key in new), person)
            new |= dict.fromkeys(keys, found)
        if fault:
            problems.append(Problem(row.line, fault))
        persons.append(None if fault else found)
    return persons


def _named(row: Row, known: dict, holders) -> tuple[Person | None, str]:
    """The person a row names by reference or licence number, or what is wrong."""
    reference, number = row.values["person"], row.values["licence_number"]
    fitting: list[Person] = []
    if reference:
        fitting = [known[reference]] if reference in known else []
        if not fitting:
            return None, _("there is no person %(reference)s") % {"reference": reference}
    if number:
        held_by = holders.get(number, set())
        fitting = [person for person in fitting if person.pk in held_by] if reference else [known[pk] for pk in held_by]
        if not fitting:
            return None, _("licence number %(number)s is nobody's, or another person's") % {"number": number}
    if len(fitting) > 1:
        return None, _("%(number)s is the number of several licences; give the person reference too") % {
            "number": number
        }
    words = fold(f"{row.values['given_name']} {row.values['surname']}").split()
    if not all(word in fitting[0].search_key for word in words):
        return None, _("the name here is not the name of %(reference)s") % {"reference": fitting[0].reference}
    return fitting[0], ""


def _written(row: Row, places: dict[str, set[int]], problems: list[Problem]) -> Person | None:
    """The person as the row describes them, not saved. None where only a number or reference names them, or it fails."""
    values = row.values
    if values["person"] or values["licence_number"]:
        return None
    fault, born, place = "", None, None
    if not values["given_name"]:
        fault = _("the given name is missing")
    elif not values["birth_date"] and not values["email"]:
        fault = _("give the date of birth or the e-mail address, so that the person is found again next time")
    if values["birth_date"]:
        born = _day(values["birth_date"])
        if born is None:
            fault = _("%(text)s is no date; write 24.05.1988 or 1988-05-24") % {"text": values["birth_date"]}
        elif not date(1900, 1, 1) <= born <= clock.local_day():
            fault = _("the date of birth %(text)s cannot be right") % {"text": values["birth_date"]}
    if values["email"]:
        try:
            validate_email(values["email"])
        except ValidationError:
            fault = _("%(text)s is no e-mail address") % {"text": values["email"]}
    if values["municipality"]:
        meant = places.get(fold(values["municipality"]), set())
        if len(meant) == 1:
            place = next(iter(meant))
        else:
            fault = _("the municipality %(text)s is unknown or not the only one of this name; give its key") % {
                "text": values["municipality"]
            }
    for column, most in _LENGTHS.items():
        if len(values[column]) > most:
            fault = _("%(column)s is longer than %(most)d characters") % {"column": column, "most": most}
    if fault:
        problems.append(Problem(row.line, fault))
        return None
    return Person(
        given_name=values["given_name"],
        surname=values["surname"],
        father_name=values["father_name"],
        birth_date=born,
        email=values["email"],
        municipality_id=place,
    )


def _day(text: str) -> date | None:
    """A date written ISO or as day.month.year."""
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None


def _municipalities() -> dict[str, set[int]]:
    """Every way to write a municipality, folded, and which ones it may be: names alone are not always enough."""
    found: dict[str, set[int]] = defaultdict(set)
    for place in Municipality.objects.all():
        spellings = {fold(place.key)}
        for name in (*place.names.values(), place.name_definite):
            spellings |= place_keys(name) if name else set()
        for spelling in spellings:
            found[spelling].add(place.pk)
    return found


def _other_father(one: Person, other: Person) -> bool:
    """Two people after all: both name their father, and differently."""
    return bool(one.father_name and other.father_name) and fold(one.father_name) != fold(other.father_name)


def _keys(person: Person) -> list[tuple]:
    """What makes two rows the same person: the same name with the same date of birth, or the same address."""
    name = (fold(person.given_name), fold(person.surname))
    keys: list[tuple] = []
    if person.birth_date:
        keys.append((*name, person.birth_date))
    if person.email:
        keys.append((*name, person.email.lower()))
    return keys


def _namesakes(persons: Iterable[Person]) -> dict[tuple, list[Person]]:
    """Persons in the database by the keys of ``persons``, read in a few queries."""
    persons = list(persons)
    found: dict[tuple, list[Person]] = defaultdict(list)
    for field, values in (
        ("birth_date", {person.birth_date for person in persons if person.birth_date}),
        ("address", {person.email.lower() for person in persons if person.email}),
    ):
        for person in _known(field, values, by="pk").values():
            for key in _keys(person):
                if person not in found[key]:
                    found[key].append(person)
    return found


def _known(field: str, values: Iterable, by: str | None = None) -> dict:
    """Persons whose ``field`` is one of ``values``, by that field (or by ``by``)."""
    values = sorted(values)
    found = {}
    for start in range(0, len(values), _CHUNK):
        chunk = {f"{field}__in": values[start : start + _CHUNK]}
        for person in Person.objects.annotate(address=Lower("email")).filter(**chunk).order_by():
            found[getattr(person, by or field)] = person
    return found
