"""Many files that somebody brought, or an archive of them, or a workbook: read in one limited process, one after the other.

Started as ``python -m certification.formats.strangers_batch``. It reads two lines of JSON (whom we trust; the files'
names and sizes, and how many results to pass over) and then the files' bytes; it writes a line of JSON for each file as
soon as it has been read. A file that takes more than its share of the processor ends the process: whoever started it
knows from the lines which one that was, and starts another for the rest.
"""

import hashlib
import io
import json
import signal
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import asdict

from django.conf import settings

from certification.formats import strangers_file
from certification.formats.strangers_file import MAX_FILE, Trusted
from lms.kernel import spreadsheets

PROCESSOR_SECONDS = 20  # for all files together
EACH_SECONDS = 2.5  # for one
MAX_MEMBERS = 200  # entries of an archive
MAX_UNPACKED = 60 * 1024 * 1024  # bytes of an archive's files together
MAX_ROWS = 2000  # of a workbook; more than are checked, so that it can be said how many there are
MAX_CELLS = 20  # of a row

ARCHIVE = b"PK\x03\x04"
_WORKBOOK = "xl/workbook.xml"


def _files(name: str, content: bytes) -> Iterator[tuple[str, bytes | None, str]]:
    """What ``content`` brings: itself or, of an archive, its files. Each with its name, its bytes and a problem."""
    if not content.startswith(ARCHIVE):
        yield name, content, ""
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            unpacked = 0
            for entry in entries[:MAX_MEMBERS]:
                inside = f"{name}/{entry.filename}"[-200:]
                try:
                    # Never more than one file may have, whatever the archive says of it.
                    with archive.open(entry) as member:
                        found = member.read(MAX_FILE + 1)
                except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError):
                    yield inside, None, "locked"
                    continue
                unpacked += len(found)
                if unpacked > MAX_UNPACKED:
                    yield inside, None, "too_much"
                    return
                yield inside, found, ""
            if len(entries) > MAX_MEMBERS:
                yield f"{name}/…", None, "too_many"
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, EOFError):
        yield name, None, "unreadable"


def _is_workbook(content: bytes) -> bool:
    if not content.startswith(ARCHIVE):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _WORKBOOK in archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, EOFError):
        return False


def _rows(name: str, content: bytes) -> dict:
    try:
        found = []
        for line, cells in spreadsheets.read_lines(io.BytesIO(content), name):
            if any(cells):
                found.append([line, [cell[:200] for cell in cells[:MAX_CELLS]]])
            if len(found) >= MAX_ROWS:
                break
    except spreadsheets.SpreadsheetError as error:
        return {"name": name, "problem": "unreadable", "detail": str(error)}
    return {"name": name, "rows": found}


def _results(trusted: Trusted, brought: Iterator[tuple[str, bytes]], passed_over: int) -> Iterator[dict]:
    place = 0
    for name, content in brought:
        if _is_workbook(content):
            place += 1
            if place > passed_over:
                yield _rows(name, content)
            continue
        for inside, found, problem in _files(name, content):
            place += 1
            if place <= passed_over:
                continue
            # Running out of it ends the process, whatever a parser is in the middle of.
            signal.setitimer(signal.ITIMER_PROF, EACH_SECONDS)
            if found is None:
                yield {"name": inside, "problem": problem}
                continue
            told = strangers_file.tell(found, trusted)
            signal.setitimer(signal.ITIMER_PROF, 0)
            yield {"name": inside, "sha256": hashlib.sha256(found).hexdigest(), "told": asdict(told)}


def _brought(header: dict) -> Iterator[tuple[str, bytes]]:
    for name, size in header["files"]:
        yield name, sys.stdin.buffer.read(size)


def main() -> None:
    settings.configure(USE_I18N=False)  # a workbook's reader says what is wrong with it in words
    strangers_file.confine(PROCESSOR_SECONDS)
    trusted = Trusted.load(sys.stdin.buffer.readline())
    header = json.loads(sys.stdin.buffer.readline())
    try:
        for result in _results(trusted, _brought(header), header["passed_over"]):
            sys.stdout.write(json.dumps(result) + "\n")
            sys.stdout.flush()
    except MemoryError:
        sys.exit(1)


if __name__ == "__main__":
    main()
