"""One line of a register file, checked: its values as the register keeps them, or every reason why not."""

import sqlite3
import unicodedata
import zlib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from certification.rules import register_words as words
from lms.kernel.search_names import fold
from lms.kernel.spreadsheets import Row
from lms.people import personal_numbers
from lms.people.models import Municipality, Organisation
from lms.people.places import Places, UnknownPlace
from lms.people.rules import names

PERSON_COLUMNS = (
    "given_name",
    "surname",
    "father_name",
    "birth_date",
    "personal_number",
    "municipality",
    "organisation",
    "email",
    "language",
)
_LENGTHS = {"licence_number": 40, "personal_number": 40, "level": 40, "category": 60, "email": 254}


# Nothing of it outlives the import, so it is neither journalled nor synchronised; four megabytes stay in memory.
_SEEN = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA cache_size = -4096;
    CREATE TABLE number (hash INTEGER PRIMARY KEY, line INTEGER);
    CREATE TABLE person (hash INTEGER PRIMARY KEY, line INTEGER, has_number INTEGER, digest BLOB);
    CREATE TABLE refusal (line INTEGER PRIMARY KEY, reason TEXT);
    BEGIN;
"""


class LineRefused(ValueError):
    """The line cannot be taken over; the message has every reason, each a sentence."""


@dataclass(slots=True)
class Line:
    """What a line says, checked. Empty text and None mean: the line says nothing about it (but ``valid_to``: no end)."""

    line: int
    number: str
    given_name: str
    surname: str
    father_name: str
    birth_date: date | None
    personal_number: str
    level: str
    category: str
    valid_from: date
    valid_to: date | None
    status: str
    state: str | None  # None: the status speaks of dates only
    municipality: Municipality | None
    organisation: Organisation | None
    email: str
    language: str
    name_key: str
    number_index: str  # blind index of the personal number
    warnings: list[str] = field(default_factory=list)


def tidy(text: str) -> str:
    """A name as it is stored: composed letters and single blanks, nothing else changed."""
    return " ".join(unicodedata.normalize("NFC", text).split())


class LineReader:
    """Checks lines against the municipalities and organisations there are; these are read once, at the beginning."""

    def __init__(self, today: date):
        self.today = today
        self.places = Places()
        self._organisations: dict[str, set[Organisation]] = defaultdict(set)
        for organisation in Organisation.objects.all():
            self._organisations[organisation.code.casefold()].add(organisation)
            for name in organisation.names.values():
                self._organisations[fold(name)].add(organisation)

    def read(self, row: Row) -> Line:
        """``row`` as a checked line. Raises LineRefused with everything that is wrong with it."""
        said = row.values
        wrong: list[str] = []
        warnings: list[str] = []
        for column, most in _LENGTHS.items():
            if len(said[column]) > most:
                wrong.append(_("%(column)s is longer than %(most)d characters.") % {"column": column, "most": most})
        number = words.licence_number(said["licence_number"])
        if not number:
            wrong.append(_("licence_number is empty."))
        name_parts = self._names(said, wrong, warnings)
        birth_date = self._date(said, "birth_date", wrong)
        if birth_date and not date(1900, 1, 1) <= birth_date <= self.today:
            wrong.append(_("birth_date %(value)s cannot be right.") % {"value": said["birth_date"]})
        personal_number = "".join(said["personal_number"].split())
        if personal_number and not personal_numbers.looks_right(personal_number):
            warnings.append(_("The personal number does not have the usual ten digits or its check digit is wrong."))
        valid_from, valid_to, status = self._term(said, wrong, warnings)
        municipality = self._municipality(said, wrong)
        organisation = self._organisation(said, warnings)
        language = words.language(said["language"]) if said["language"] else ""
        if language is None:
            wrong.append(
                _("language “%(value)s” is not known. Write one of: %(allowed)s.")
                % {"value": said["language"], "allowed": "sq, sr-latn, sr, en"}
            )
        email = self._email(said, warnings)
        if wrong or valid_from is None or status is None:
            raise LineRefused(" ".join(wrong))
        return Line(
            line=row.line,
            number=number,
            given_name=name_parts["given_name"],
            surname=name_parts["surname"],
            father_name=name_parts["father_name"],
            birth_date=birth_date,
            personal_number=personal_number,
            level=words.level(fold(said["level"]), tidy(said["level"])),
            category=words.category(fold(said["category"].replace("_", " ")), tidy(said["category"])),
            valid_from=valid_from,
            valid_to=valid_to,
            status=status,
            state=words.STATUSES[status],
            municipality=municipality,
            organisation=organisation,
            email=email,
            language=language or "",
            name_key=fold(f"{name_parts['given_name']} {name_parts['surname']}")[:500],
            number_index=personal_numbers.blind_index(personal_number) if personal_number else "",
            warnings=warnings,
        )

    def _names(self, said: dict[str, str], wrong: list[str], warnings: list[str]) -> dict[str, str]:
        parts = {}
        for column in ("given_name", "surname", "father_name"):
            name = parts[column] = tidy(said[column])
            if not name:
                if column == "given_name":
                    wrong.append(_("given_name is empty."))
                continue
            if len(name) > 200:
                wrong.append(_("%(column)s is longer than %(most)d characters.") % {"column": column, "most": 200})
            if hidden := names.hidden_characters(name):
                wrong.append(
                    _("%(column)s holds characters that cannot be seen: %(characters)s.")
                    % {"column": column, "characters": hidden}
                )
            if mixed := names.mixed_scripts(name):
                wrong.append(
                    _("%(column)s mixes two scripts in the word “%(word)s”: %(characters)s.")
                    % {"column": column, "word": mixed[0], "characters": mixed[1]}
                )
            if mistaken := names.mistaken_letters(name):
                warnings.append(
                    _("%(column)s may have a wrong letter: %(characters)s.")
                    % {"column": column, "characters": mistaken}
                )
        return parts

    def _date(self, said: dict[str, str], column: str, wrong: list[str]) -> date | None:
        day = words.a_date(said[column]) if said[column] else None
        if said[column] and day is None:
            wrong.append(
                _("%(column)s “%(value)s” is not a date. Write 2026-03-31 or 31.3.2026.")
                % {"column": column, "value": said[column]}
            )
        return day

    def _term(self, said, wrong, warnings) -> tuple[date | None, date | None, str | None]:
        valid_from, valid_to = self._date(said, "valid_from", wrong), self._date(said, "valid_to", wrong)
        if not said["valid_from"]:
            wrong.append(_("valid_from is empty."))
        if not said["valid_to"]:
            warnings.append(_("valid_to is empty: the licence has no last day."))
        if valid_from and valid_to and valid_to < valid_from:
            wrong.append(_("valid_to is before valid_from."))
        status = words.status(said["status"])
        if status is None:
            wrong.append(
                _("status “%(value)s” is not known. Write one of: %(allowed)s.")
                % {"value": said["status"], "allowed": ", ".join(words.STATUSES)}
            )
        elif status == "expired" and (valid_to or self.today) >= self.today:
            wrong.append(_("status is expired, but valid_to has not passed."))
        elif status == "valid" and valid_to and valid_to < self.today:
            warnings.append(_("status is valid, but valid_to has passed: the licence stands as expired."))
        elif status == "renewal_pending":
            warnings.append(_("A renewal is pending: until it is decided the licence runs to its last day."))
        return valid_from, valid_to, status

    def _municipality(self, said: dict[str, str], wrong: list[str]) -> Municipality | None:
        if said["municipality"]:
            try:
                return self.places.find(said["municipality"])
            except UnknownPlace as error:
                wrong.append(str(error))
        return None

    def _organisation(self, said: dict[str, str], warnings: list[str]) -> Organisation | None:
        if not said["organisation"]:
            return None
        found = self._organisations.get(said["organisation"].casefold()) or self._organisations.get(
            fold(said["organisation"]), set()
        )
        if len(found) == 1:
            return next(iter(found))
        warnings.append(
            _("organisation “%(value)s” is not known; the place of work was left as it is.")
            % {"value": said["organisation"]}
            if not found
            else _("organisation “%(value)s” may mean several; write the code. The place of work was left as it is.")
            % {"value": said["organisation"]}
        )
        return None

    def _email(self, said: dict[str, str], warnings: list[str]) -> str:
        if not said["email"]:
            return ""
        try:
            validate_email(said["email"])
        except ValidationError:
            warnings.append(_("email “%(value)s” is not an address and was not taken over.") % {"value": said["email"]})
            return ""
        return said["email"].lower()


class Survey:
    """A first walk through the whole file: how many lines, which lines contradict each other.

    The same licence number twice, or one person described in two ways, would make the file change the register back
    and forth at every import; such lines are all refused. What was seen is kept as hashes in a temporary file, so that
    memory does not grow with the file. To be used by one thread, like the file it walks through.
    """

    def __init__(self) -> None:
        self.total = 0
        # The empty name is SQLite's for a file that nobody else sees and that is gone when it is closed.
        self._seen = sqlite3.connect("", isolation_level=None)
        self._seen.executescript(_SEEN)

    def __del__(self) -> None:
        self._seen.close()

    def add(self, row: Row) -> None:
        self.total += 1
        number = words.licence_number(row.values["licence_number"])
        first = self._first_line(number, row.line) if number else row.line
        if first != row.line:
            reason = _("Licence number %(number)s stands in lines %(first)d and %(second)d; it may stand in one only.")
            self._refuse(reason % {"number": number, "first": first, "second": row.line}, first, row.line)
            return
        self._compare_person(row)

    def refusal(self, line: int) -> str:
        """Why ``line`` contradicts another line; "" where it does not."""
        found = self._seen.execute("SELECT reason FROM refusal WHERE line = ?", (line,)).fetchone()
        return found[0] if found else ""

    def _first_line(self, number: str, line: int) -> int:
        key = hash(number)
        if self._seen.execute("INSERT OR IGNORE INTO number VALUES (?, ?)", (key, line)).rowcount:
            return line
        return self._seen.execute("SELECT line FROM number WHERE hash = ?", (key,)).fetchone()[0]

    def _first_said(self, key: str, entry: tuple[int, bool, bytes]) -> tuple[int, bool, bytes]:
        """What the first line with this key said, which is ``entry`` itself when it is the first."""
        # Eight bytes of hash: a clash in a hundred thousand lines has a chance of one in four thousand million.
        if self._seen.execute("INSERT OR IGNORE INTO person VALUES (?, ?, ?, ?)", (hash(key), *entry)).rowcount:
            return entry
        found = self._seen.execute("SELECT line, has_number, digest FROM person WHERE hash = ?", (hash(key),))
        line, has_number, digest = found.fetchone()
        return line, bool(has_number), digest

    def _compare_person(self, row: Row) -> None:
        said = row.values
        personal_number = "".join(said["personal_number"].split())
        keys = [f"number {personal_number}"] if personal_number else []
        if birth_date := words.a_date(said["birth_date"]):
            keys.append(f"name {fold(said['given_name'] + ' ' + said['surname'])} {birth_date}")
        digest = b"".join(
            zlib.crc32(tidy(said[column]).encode()).to_bytes(4, "big") if said[column] else b"\0\0\0\0"
            for column in PERSON_COLUMNS
        )
        entry = (row.line, bool(personal_number), digest)
        for key in keys:
            line, has_number, known = self._first_said(key, entry)
            if line == row.line or (key.startswith("name") and has_number and personal_number):
                continue  # two numbers: two persons who share name and birthday
            for position, column in enumerate(PERSON_COLUMNS):
                one, other = known[position * 4 : position * 4 + 4], digest[position * 4 : position * 4 + 4]
                if one != other and any(one) and any(other):
                    reason = _(
                        "Lines %(first)d and %(second)d seem to be one person but differ in %(column)s. "
                        "Make them agree, or add the personal numbers to tell two persons apart."
                    )
                    self._refuse(reason % {"first": line, "second": row.line, "column": column}, line, row.line)
                    return

    def _refuse(self, reason: str, *lines: int) -> None:
        self._seen.executemany("INSERT OR IGNORE INTO refusal VALUES (?, ?)", [(line, reason) for line in lines])
