"""Checking a whole list at once: numbers with or without access codes, square codes, files, archives of files.

Nothing is stored: what was brought is read, judged line by line and forgotten, and the report is the answer itself. A
mistyped number is told before anything is looked up. A wrong line is a failed look-up like one on the page: whoever has
used up the failures of the minute is told to wait, by list as by hand.
"""

import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from certification import verification
from certification.formats import strangers_file
from certification.formats.strangers_batch import ARCHIVE
from certification.formats.strangers_file import Told
from certification.operations import counting, examining
from certification.operations.examining import Busy, Examined
from certification.rules import numbering
from certification.rules.verdicts import Verdict
from certification.verification import Verified
from lms.kernel import spreadsheets

__all__ = [
    "MOST_BYTES",
    "MOST_LINES",
    "Asked",
    "Busy",
    "Line",
    "Outcome",
    "TooMany",
    "asked_in",
    "asked_in_rows",
    "check",
    "counted",
]

MOST_LINES = 500
MOST_BYTES = 20 * 1024 * 1024  # of all files together
_MOST_LIST = 1024 * 1024  # bytes of a list as text
_SECONDS = 25.0  # for the files of one list
_MOST_TEXT = 400  # characters of a pasted line; the signed address of a square code has up to 300
_SEPARATORS = re.compile(r"[;,\t|]")
_CODE = re.compile(r"/v/([^/?#]+)/?\?(?:.*&)?c=([^&#]+)")
_ADDRESS = re.compile(r"https?://\S+")
_HEADINGS_OF_CODES = ("code", "kod", "код", "pin", "приступ", "pristup")


class TooMany(ValueError):
    """The list has more lines than are checked at once."""


class Outcome(StrEnum):
    ANSWERED = "answered"
    MISTYPED = "mistyped"  # told without a look-up
    UNKNOWN = "unknown"  # no such certificate, or the code does not fit it: not told apart
    WAIT = "wait"  # not looked up: too many failures from this network in this minute
    NOT_EXAMINED = "not_examined"  # the time for one list was used up


@dataclass(frozen=True)
class Asked:
    """One line of a list, as it was read. Of number, address and file one is given."""

    shown: str  # what the report calls it: the number as typed, the file's name
    number: str = ""  # normalised
    code: str | None = None
    address: str = ""


@dataclass(frozen=True)
class Line:
    """What is answered to one line. ``same_as`` is the place of an earlier line that asks for the same."""

    place: int  # from 1
    shown: str
    outcome: Outcome
    verdict: Verdict | None = None
    found: Verified | None = None
    examined: Examined | None = None
    same_as: int | None = None
    problem: str = ""  # with a number: how it is mistyped; with a file: why it could not be read


# --- What was asked --------------------------------------------------------------------------------


def asked_in(text: str) -> list[Asked]:
    """The lines of a pasted ``text``: a number, a number and its access code, or what a square code says."""
    found = []
    for line in text.splitlines():
        written = line.strip()[:_MOST_TEXT]
        if written:
            found.append(_asked([part.strip() for part in _SEPARATORS.split(written)], written))
    return found


def asked_in_rows(rows: Iterable[Sequence[str]]) -> list[Asked]:
    """The lines of a sheet. A first line without a number is its header; a column of codes follows that of numbers."""
    found = []
    for place, cells in enumerate(rows):
        written = [cell.strip() for cell in cells]
        is_header = place == 0 and not any(_looks_like_a_number(cell) or "://" in cell for cell in written)
        if any(written) and not is_header:
            found.append(_asked(written, next(filter(None, written))))
    return found


def _asked(parts: list[str], written: str) -> Asked:
    address = _ADDRESS.search(written) if "://" in written else None
    if address:
        in_address = _CODE.search(address[0])
        if in_address:
            number = numbering.normalise(in_address[1][:80])
            return Asked(in_address[1][:40], number, in_address[2][:40])
        return Asked(f"{address[0][:40]}…", address=address[0])
    place = next((place for place, part in enumerate(parts) if _looks_like_a_number(part)), None)
    if place is None:
        together = numbering.normalise(written)
        if len(together) == numbering.LENGTH + numbering.RANDOM_SYMBOLS:  # a number and its code with a blank between
            number, code = together[: numbering.LENGTH], together[numbering.LENGTH :]
            return Asked(numbering.grouped(number), number, code)
        return Asked(written[:40], numbering.normalise(parts[0][:80]))
    after = parts[place + 1] if place + 1 < len(parts) else ""
    return Asked(parts[place][:40], numbering.normalise(parts[place]), after if _looks_like_a_code(after) else None)


def _looks_like_a_number(part: str) -> bool:
    return len(part) <= 40 and len(numbering.normalise(part)) == numbering.LENGTH


def _looks_like_a_code(part: str) -> bool:
    code = numbering.normalise(part[:40])
    return len(code) == numbering.RANDOM_SYMBOLS and set(code) <= set(numbering.ALPHABET)


# --- What is answered ------------------------------------------------------------------------------


def check(asked: Sequence[Asked], files: Sequence[tuple[str, bytes]] = (), *, may_fail: int) -> list[Line]:
    """An answer to each line and each file; archives and workbooks among ``files`` give a line for each thing in them.

    ``may_fail`` is how many look-ups may still fail in this minute. Raises TooMany, Busy.
    """
    answered, more = _files(files)
    every = [*asked, *more]
    if len(every) + len(answered) > MOST_LINES:
        raise TooMany(f"{len(every) + len(answered)} lines; at most {MOST_LINES} are checked at once.")
    lines = [*_numbers(every, may_fail), *answered]
    return list(_with_places(lines))


def counted(lines: Iterable[Line]) -> None:
    """Count ``lines`` for the day, and each certificate among them once for its holder."""
    told = [line for line in lines if line.outcome in (Outcome.ANSWERED, Outcome.UNKNOWN)]
    verdicts = Counter(line.verdict.value if line.verdict else counting.UNKNOWN for line in told)
    counting.count(counting.Channel.LIST, verdicts, (line.found.number for line in told if line.found))


def _numbers(asked: Sequence[Asked], may_fail: int) -> Iterator[Line]:
    right = [each for each in asked if each.number and numbering.check(each.number)]
    # With a code nobody gets more guesses by list than by hand; the rest is not even looked up.
    found = iter(verification.look_up_many([(each.number, each.code if may_fail > 0 else None) for each in right]))
    for each in asked:
        if each.address:
            yield _of_examined(each.shown, examining.examine_address(each.address))
            continue
        if not numbering.check(each.number):
            yield Line(0, each.shown, Outcome.MISTYPED, problem=_mistake(each.number))
            continue
        answer = next(found)
        if may_fail <= 0 and (each.code is not None or answer is None):
            yield Line(0, each.shown, Outcome.WAIT)
        elif answer is None:
            may_fail -= 1
            yield Line(0, each.shown, Outcome.UNKNOWN)
        else:
            yield Line(0, numbering.grouped(each.number), Outcome.ANSWERED, answer.verdict, answer)


def _mistake(number: str) -> str:
    """``length`` and how many symbols were typed, ``group`` and which one holds the mistake, or nothing."""
    if len(number) != numbering.LENGTH:
        return f"length {len(number)}"
    group = numbering.suspect_group(number)
    return f"group {group}" if group else ""


def _files(files: Sequence[tuple[str, bytes]]) -> tuple[list[Line], list[Asked]]:
    """The answers to files, and the lines of workbooks and lists among them. Issued files no parser touches."""
    answered: list[Line] = []
    asked: list[Asked] = []
    unknown: list[tuple[str, bytes]] = []
    for name, content in files:
        if content.startswith(ARCHIVE):
            unknown.append((name, content))
            continue
        examined = examining.examine_issued(hashlib.sha256(content).hexdigest())
        if examined is not None:
            answered.append(_of_examined(name, examined))
        elif len(content) <= _MOST_LIST and not strangers_file.kind_of(content):
            try:
                rows = [cells for _line, cells in spreadsheets.read_lines(io.BytesIO(content), name)]
                found = asked_in_rows(rows)
                asked += found
                if not found:
                    answered.append(_unread(name, "unreadable"))
            except spreadsheets.SpreadsheetError:
                answered.append(_unread(name, "unreadable"))
        else:
            unknown.append((name, content))
    results = examining.tell_many(unknown, seconds=_SECONDS) if unknown else ()
    for result in results:
        if "rows" in result:
            found = asked_in_rows(cells for _line, cells in result["rows"])
            asked += found
            if not found:
                answered.append(_unread(result["name"], "unreadable"))
        elif result.get("problem") == "out_of_time":
            answered.append(Line(0, "…", Outcome.NOT_EXAMINED))
        elif "told" not in result:
            answered.append(_unread(result["name"], result["problem"]))
        else:
            told = Told(**result["told"])
            examined = examining.examine_issued(result["sha256"]) or examining.examine_told(told)
            answered.append(_of_examined(result["name"], examined))
    return answered, asked


def _unread(name: str, problem: str) -> Line:
    why = "too_much" if problem == "too_much" else "nothing"
    verdict = Verdict.CANNOT_CHECK if problem in ("too_much", "too_many", "locked") else Verdict.NOT_GENUINE
    return _of_examined(name or "…", Examined(verdict, why, "", detail=problem))


def _of_examined(shown: str, examined: Examined) -> Line:
    return Line(0, shown, Outcome.ANSWERED, examined.verdict, examined.found, examined)


def _with_places(lines: Iterable[Line]) -> Iterator[Line]:
    first: dict[str, int] = {}
    for place, line in enumerate(lines, start=1):
        key = line.found.number if line.found else line.shown
        same_as = first.get(key)
        first.setdefault(key, place)
        yield replace(line, place=place, same_as=same_as)
