"""Spreadsheets in and out."""

import io
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.kernel import spreadsheets
from lms.kernel.spreadsheets import SpreadsheetError, guarded, read_rows, write_csv, write_xlsx

COLUMNS = ("person", "mark", "remark")


def rows_of(content: bytes, required=("person",)):
    return list(read_rows(io.BytesIO(content), "list.csv", columns=COLUMNS, required=required))


def workbook(*rows) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def test_csv_and_xlsx_with_the_same_cells_give_the_same_rows():
    csv_rows = rows_of("mark;person\npresent;P-1\n\nlate;Çlirim\n".encode("utf-8-sig"))
    xlsx_rows = rows_of(workbook(["mark", "person"], ["present", "P-1"], [None, None], ["late", "Çlirim"]))

    assert csv_rows == xlsx_rows
    assert [(row.line, row.values) for row in csv_rows] == [
        (2, {"person": "P-1", "mark": "present", "remark": ""}),
        (4, {"person": "Çlirim", "mark": "late", "remark": ""}),
    ]


def test_an_unknown_and_a_missing_column_are_both_named():
    with pytest.raises(SpreadsheetError, match=r"unknown columns: pesron; missing columns: person"):
        rows_of(b"pesron,mark\nP-1,present\n")


def test_text_that_is_not_utf8_is_refused_with_the_way_out():
    with pytest.raises(SpreadsheetError, match="CSV UTF-8"):
        rows_of("person\nÇlirim\n".encode("cp1250"))


def test_a_program_renamed_to_csv_is_refused():
    with pytest.raises(SpreadsheetError, match="neither CSV text nor an XLSX"):
        rows_of(b"\x7fELF\x00\x00\x00")


def test_a_formula_is_refused_with_its_line():
    with pytest.raises(SpreadsheetError, match="Line 2 holds a formula"):
        rows_of(workbook(["person"], ['=HYPERLINK("http://example.org","x")']))


def test_an_archive_bomb_is_not_opened():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 50_000_000)

    with pytest.raises(SpreadsheetError, match="unpacks to 47 MB"):
        rows_of(out.getvalue())


def test_a_workbook_with_xml_entities_is_not_read():
    source, out = zipfile.ZipFile(io.BytesIO(workbook(["person"], ["P-1"]))), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            text = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                text = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + text
            archive.writestr(name, text)

    with pytest.raises(SpreadsheetError, match="not a workbook that can be read"):
        rows_of(out.getvalue())


def test_more_cells_than_columns_are_refused():
    with pytest.raises(SpreadsheetError, match="Line 2 has 3 cells, but the header has 2 columns"):
        rows_of(b"person,mark\nP-1,present,oops\n")


def test_an_empty_file_says_so():
    with pytest.raises(SpreadsheetError, match=r"list\.csv is empty"):
        rows_of(b"")


@pytest.mark.parametrize("text", ["=1+1", "+383", "-5", "@cmd", "\tx", "\rx"])
def test_no_exported_cell_begins_a_formula(text):
    assert guarded(text) == f"'{text}"


CELLS = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn", "Zl", "Zp")), max_size=30
)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5))
def test_what_is_written_as_csv_is_read_back(pairs):
    written = "".join(write_csv(["person", "mark"], pairs)).encode()

    read = rows_of(written)

    expected = [(guarded(one).strip(), guarded(two).strip()) for one, two in pairs]
    assert [(row.values["person"], row.values["mark"]) for row in read] == [pair for pair in expected if any(pair)]


def test_what_is_written_as_xlsx_is_read_back():
    read = rows_of(write_xlsx(["person", "mark"], [["P-1", "=2"], ["Đorđe", 3]]))

    assert [(row.values["person"], row.values["mark"]) for row in read] == [("P-1", "'=2"), ("Đorđe", "3")]


def as_programs_write_it(rows) -> bytes:
    """A workbook whose cells refer to shared texts by number, as Excel and LibreOffice write it."""
    numbers: dict[str, int] = {}
    lines = "".join(
        f'<row r="{line}">'
        + "".join(
            f'<c r="{column}{line}" t="s"><v>{numbers.setdefault(text, len(numbers))}</v></c>'
            for column, text in zip("ABC", row, strict=False)
        )
        + "</row>"
        for line, row in enumerate(rows, 1)
    )
    namespace = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    parts = {
        "xl/worksheets/sheet1.xml": f"<worksheet {namespace}><sheetData>{lines}</sheetData></worksheet>",
        "xl/sharedStrings.xml": f"<sst {namespace}>{''.join(f'<si><t>{text}</t></si>' for text in numbers)}</sst>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(["x"]))) as plain, zipfile.ZipFile(out, "w") as written:
        for name in plain.namelist():
            content = plain.read(name).decode()
            if name == "[Content_Types].xml" and "sharedStrings" not in content:
                kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
                part = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/>'
                content = content.replace("</Types>", f"{part}</Types>")
            written.writestr(name, parts.pop(name, content))
        for name, content in parts.items():
            written.writestr(name, content)
    return out.getvalue()


def test_shared_texts_are_read_block_by_block_in_any_order():
    people = [[f"P-{number}", ("present", "late")[number % 2], f"Çlirim {number}"] for number in range(1800)]
    rows = [["person", "mark", "remark"], *people, *reversed(people)]  # comes back to blocks that were read long ago

    found = rows_of(as_programs_write_it(rows))

    assert [list(row.values.values()) for row in found] == rows[1:]


def test_shared_texts_stay_in_memory_up_to_a_number_of_blocks(monkeypatch):
    monkeypatch.setattr(spreadsheets._SharedTexts, "_BLOCK", 10)
    monkeypatch.setattr(spreadsheets._SharedTexts, "_KEPT", 3)
    texts = "".join(f"<si><t>text {number}</t></si>" for number in range(95))
    source = f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{texts}</sst>'

    shared = spreadsheets._SharedTexts(io.BytesIO(source.encode()))

    asked = [0, 94, 50, 33, 7, 94, 10, 9]
    assert [shared[number] for number in asked] == [f"text {number}" for number in asked]
    assert len(shared._blocks) == 3
