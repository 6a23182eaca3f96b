"""Spreadsheets in and out: CSV and XLSX read as a stream of checked rows, written so that no cell becomes a formula.

A file is known by its content, not by its name. Archives are checked for bombs before they are opened, XML is read
without entities (openpyxl takes defusedxml where it is installed, as it is here), formulas are never evaluated: a cell with a formula is refused with its address.
"""

import csv
import io
import json
import tempfile
import zipfile
from array import array
from collections import OrderedDict
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import BinaryIO

import openpyxl
from django.utils.translation import gettext as _
from openpyxl.cell.text import Text
from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

MAX_UNPACKED = 600 * 1024 * 1024  # bytes; a register of 100,000 rows unpacks to about 60 MB
MAX_RATIO = 200  # unpacked to packed; ordinary sheets stay below 30
MAX_CELL = 5000  # characters
BYTE_ORDER_MARK = "\ufeff"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


Lines = Generator[tuple[int, list[str]], None, None]  # numbers as a person sees them, and the cells


class SpreadsheetError(ValueError):
    """The file, or one line of it, cannot be read. ``line`` is the number a person sees, or None for the whole file."""

    def __init__(self, message: str, line: int | None = None):
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Row:
    line: int  # as a spreadsheet program counts: the header is line 1
    values: dict[str, str]  # every expected column; "" where the file has none


def read_rows(file: BinaryIO, name: str, *, columns: Sequence[str], required: Sequence[str] = ()) -> Iterator[Row]:
    """The rows of a CSV or XLSX ``file`` (opened in binary mode), one at a time, empty lines left out.

    The header may come in any order and case; a column that is not in ``columns`` or a missing one of ``required``
    is refused with its name. Raises SpreadsheetError, also while the rows are being taken.
    """
    head = file.read(4)
    file.seek(0)
    if not head:
        raise SpreadsheetError(_("The file %(name)s is empty.") % {"name": name})
    lines = _xlsx_lines(file, name) if head.startswith(b"PK\x03\x04") else _csv_lines(file, name)
    with closing(lines):  # before the file is closed, also when a line is refused
        first = next(lines, None)
        if first is None:
            raise SpreadsheetError(_("The file %(name)s has no header line.") % {"name": name})
        header = _checked_header(first[1], name, columns, required)
        blank = dict.fromkeys(columns, "")
        for line, cells in lines:
            if not any(cells):
                continue
            if len(cells) > len(header) and any(cells[len(header) :]):
                raise SpreadsheetError(
                    _("Line %(line)d has %(cells)d cells, but the header has %(columns)d columns.")
                    % {"line": line, "cells": len(cells), "columns": len(header)},
                    line,
                )
            yield Row(line, blank | {column: cell for column, cell in zip(header, cells, strict=False) if column})


def _checked_header(cells: list[str], name: str, columns: Sequence[str], required: Sequence[str]) -> list[str]:
    header = [cell.strip().lower().replace(" ", "_") for cell in cells]
    while header and not header[-1]:
        header.pop()
    unknown = [column for column in header if column not in columns]
    missing = [column for column in required if column not in header]
    twice = sorted({column for column in header if header.count(column) > 1})
    if unknown or missing or twice:
        said = []
        if unknown:
            said.append(
                _("unknown columns: %(columns)s") % {"columns": ", ".join(column or "“”" for column in unknown)}
            )
        if missing:
            said.append(_("missing columns: %(columns)s") % {"columns": ", ".join(missing)})
        if twice:
            said.append(_("columns that occur twice: %(columns)s") % {"columns": ", ".join(twice)})
        raise SpreadsheetError(
            _("The header of %(name)s does not fit (%(problems)s). The columns are: %(columns)s.")
            % {"name": name, "problems": "; ".join(said), "columns": ", ".join(columns)},
            1,
        )
    return header


def _csv_lines(file: BinaryIO, name: str) -> Lines:
    sample = file.read(65536)
    file.seek(0)
    if b"\x00" in sample:
        raise SpreadsheetError(
            _("The file %(name)s is neither CSV text nor an XLSX workbook. Save it as one of these.") % {"name": name}
        )
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    first_line = sample.decode("utf-8-sig", errors="replace").split("\n", 1)[0]
    delimiter = max((",", ";", "\t"), key=first_line.count)
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    line = 0
    try:
        for cells in reader:
            line = reader.line_num
            if any(len(cell) > MAX_CELL for cell in cells):
                raise SpreadsheetError(
                    _("Line %(line)d has a cell of more than %(most)d characters.") % {"line": line, "most": MAX_CELL},
                    line,
                )
            yield line, [cell.strip() for cell in cells]
    except UnicodeDecodeError:
        raise SpreadsheetError(
            _("The file %(name)s is not UTF-8 text after line %(line)d. Save it as “CSV UTF-8” or as XLSX.")
            % {"name": name, "line": line}
        ) from None
    except csv.Error as error:
        raise SpreadsheetError(
            _("Line %(line)d cannot be read as CSV: %(error)s.") % {"line": line + 1, "error": error}, line + 1
        ) from None
    finally:
        text.detach()


def _xlsx_lines(file: BinaryIO, name: str) -> Lines:
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
        unpacked, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
        if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * max(packed, 1):
            raise SpreadsheetError(
                _("The workbook %(name)s unpacks to %(size)d MB, which no list of people does. It was not opened.")
                % {"name": name, "size": unpacked // (1024 * 1024)}
            )
        file.seek(0)
        reader = _WorkbookReader(file, read_only=True, data_only=False, keep_links=False)
        reader.read()
    except (zipfile.BadZipFile, InvalidFileException, KeyError, OSError, ValueError) as error:
        if isinstance(error, SpreadsheetError):
            raise
        raise SpreadsheetError(
            _("The file %(name)s is not a workbook that can be read. Save it again as XLSX or CSV.") % {"name": name}
        ) from None
    workbook = reader.wb
    try:
        sheet = workbook.worksheets[0]
        for line, cells in enumerate(sheet.iter_rows(), start=1):
            texts = []
            for cell in cells:
                if getattr(cell, "data_type", "") == "f":
                    raise SpreadsheetError(
                        _("Line %(line)d holds a formula. Replace formulas by their values and try again.")
                        % {"line": line},
                        line,
                    )
                texts.append(_as_text(cell.value))
            yield line, texts
    finally:
        workbook.close()


class _WorkbookReader(ExcelReader):
    """openpyxl's reader, which keeps every text of a workbook in memory, without that."""

    def read_strings(self):
        part = self.package.find(SHARED_STRINGS)
        if part is not None:
            with self.archive.open(part.PartName[1:]) as source:
                self.shared_strings = _SharedTexts(source)


class _SharedTexts:
    """The texts of a workbook by their numbers, in a temporary file, block by block.

    Cells refer to texts by number, and programs number them as they first meet them, so that a block is read once or
    stays in memory. A register of 100,000 lines has 400,000 texts, 60 MB when all of them are kept.
    """

    _BLOCK, _KEPT = 1000, 64

    def __init__(self, source):
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the workbook and goes with it
        self._ends = array("Q", [0])
        self._blocks: OrderedDict[int, list[str]] = OrderedDict()
        block: list[str] = []
        for text in _texts_of(source):
            block.append(text)
            if len(block) == self._BLOCK:
                self._put(block)
                block = []
        self._put(block)

    def __getitem__(self, number: int) -> str:
        place = number // self._BLOCK
        if place not in self._blocks:
            self._blocks[place] = self._take(place)
            if len(self._blocks) > self._KEPT:
                self._blocks.popitem(last=False)
        self._blocks.move_to_end(place)
        return self._blocks[place][number % self._BLOCK]

    def _put(self, block: list[str]) -> None:
        self._file.write(json.dumps(block).encode())
        self._ends.append(self._file.tell())

    def _take(self, place: int) -> list[str]:
        self._file.seek(self._ends[place])
        return json.loads(self._file.read(self._ends[place + 1] - self._ends[place]))


def _texts_of(source) -> Iterator[str]:
    """As openpyxl reads them, but what was read is let go."""
    elements = iterparse(source, events=("start", "end"))
    _event, root = next(elements)
    for event, element in elements:
        if event == "end" and element.tag == f"{{{SHEET_MAIN_NS}}}si":
            yield Text.from_tree(element).content.replace("x005F_", "")
            root.clear()


def _as_text(value) -> str:
    """A cell as a person would have typed it: dates ISO, whole numbers without a decimal point."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()[:MAX_CELL]


def guarded(value) -> str:
    """A cell for export that no spreadsheet program takes for a formula (OWASP, CSV injection)."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def write_csv(header: Sequence[str], rows: Iterable[Sequence]) -> Iterator[str]:
    """The lines of a CSV that opens rightly in Excel: byte order mark, guarded cells. For a streaming response."""
    line = io.StringIO()
    writer = csv.writer(line)
    yield BYTE_ORDER_MARK
    writer.writerow([guarded(cell) for cell in header])
    for cells in rows:
        writer.writerow([guarded(cell) for cell in cells])
        if line.tell() > 16384:
            yield line.getvalue()
            line.seek(0)
            line.truncate()
    yield line.getvalue()


def write_xlsx(header: Sequence[str], rows: Iterable[Sequence], title: str = "Sheet") -> bytes:
    """A workbook with one sheet of guarded text cells; numbers and dates keep their type."""
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet(title[:31])
    sheet.append([guarded(cell) for cell in header])
    for cells in rows:
        sheet.append([cell if isinstance(cell, (int, float, date, datetime)) else guarded(cell) for cell in cells])
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()
