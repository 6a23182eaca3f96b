"""A list of certificates at once: each line gets the page's answer, and nobody gets more guesses by list than by hand."""

import io
import time
import zipfile

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from certification.operations import checking_lists, revoking
from certification.operations.checking_lists import Outcome, asked_in, asked_in_rows, check
from certification.rules import numbering
from certification.rules.verdicts import Verdict
from certification.verification import NoSuchCertificate, look_up, look_up_many
from lms.kernel import clock
from tests.certification.factories import (
    code_on_paper,
    commission_member,
    group_with,
    issued_batch,
    issued_certificate,
    licence_for,
    officer,
)
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db

UNKNOWN = numbering.with_check_symbols("HZ1J652JFW")
WRONG = "0000000000"
CODE = "7K2M9QXD0R"


@pytest.fixture
def certificate():
    person = PersonFactory(given_name="Çlirim", surname="Gjergjaj")
    licence_for(person, "L-1")
    return issued_certificate(person)


def outcomes(lines):
    return [(line.outcome, line.verdict) for line in lines]


@pytest.mark.parametrize(
    "line",
    [
        "HZ1J-652J-FWKP",
        "  hz1j 652j fwkp  ",
        "HZ1J652JFWKP, 7K2M9QXD0R",
        "HZ1J-652J-FWKP;7k2m9-qxd0r",
        "HZ1J-652J-FWKP\t7K2M9QXD0R",
        "HZ1J-652J-FWKP 7K2M9QXD0R",
        "https://certificates.example/v/HZ1J652JFWKP?c=7K2M9QXD0R",
    ],
)
def test_a_line_is_read_as_people_write_it(line):
    [asked] = asked_in(f"\n{line}\n\n")

    assert asked.number == "HZ1J652JFWKP"
    assert numbering.normalise(asked.code or CODE) == CODE
    assert (asked.code is None) == ("7" not in line)


def test_the_address_of_a_square_code_is_taken_whole():
    address = f"https://certificates.example/v/HZ1J652JFWKP#{'A' * 200}"

    [asked] = asked_in(address)

    assert asked.address == address


def test_of_a_sheet_the_header_is_left_out_and_other_columns_too():
    rows = [["Emri", "Numri", "Kodi"], ["Arta", "HZ1J-652J-FWKP", CODE], ["", "", ""], ["Agim", "HZ1J652JFWKP", ""]]

    assert [(each.number, each.code) for each in asked_in_rows(rows)] == [
        ("HZ1J652JFWKP", CODE),
        ("HZ1J652JFWKP", None),
    ]


def test_each_line_is_answered_by_itself(certificate):
    code = code_on_paper(certificate)
    text = "\n".join(
        [
            certificate.number,
            f"{certificate.number},{code}",
            f"{certificate.number},{WRONG}",
            UNKNOWN,
            "ABCD",
            "J" + UNKNOWN[1:],
        ]
    )

    lines = check(asked_in(text), may_fail=10)

    assert outcomes(lines) == [
        (Outcome.ANSWERED, Verdict.VALID),
        (Outcome.ANSWERED, Verdict.VALID),
        (Outcome.UNKNOWN, None),
        (Outcome.UNKNOWN, None),
        (Outcome.MISTYPED, None),
        (Outcome.MISTYPED, None),
    ]
    assert [line.problem for line in lines[4:]] == ["length 4", "group 1"]
    assert lines[0].found.facts is None
    assert lines[1].found.facts["holder"]["printed"] == "Çlirim Gjergjaj"
    assert lines[1].found.licence.number == "L-1"
    assert [line.same_as for line in lines[:2]] == [None, 1]


def test_a_list_answers_as_the_page_does(certificate):
    code = code_on_paper(certificate)

    [by_number, in_full, wrong] = look_up_many(
        [(certificate.number, None), (certificate.number, code), (UNKNOWN, code)]
    )

    for found, alone in ((by_number, look_up(certificate.number)), (in_full, look_up(certificate.number, code))):
        assert (found.verdict, found.facts, found.licence, found.checks) == (
            alone.verdict,
            alone.facts,
            alone.licence,
            alone.checks,
        )
    assert wrong is None
    with pytest.raises(NoSuchCertificate):
        look_up(UNKNOWN, code)


def test_when_the_failures_are_used_up_neither_codes_are_compared_nor_unknown_numbers_told(certificate):
    code = code_on_paper(certificate)
    text = "\n".join([UNKNOWN, f"{certificate.number},{WRONG}", f"{certificate.number},{code}", certificate.number])

    assert outcomes(check(asked_in(text), may_fail=2))[2] == (Outcome.WAIT, None)
    assert [line.outcome for line in check(asked_in(text), may_fail=0)] == [
        *[Outcome.WAIT] * 3,
        Outcome.ANSWERED,
    ]


def test_three_lines_ask_as_few_statements_as_one(certificate):
    def statements(text):
        asked = asked_in(text)
        with CaptureQueriesContext(connection) as done:
            check(asked, may_fail=10)
        return len(done)

    code = code_on_paper(certificate)
    one = statements(f"{certificate.number},{code}")

    assert statements("\n".join([f"{certificate.number},{code}", UNKNOWN, certificate.number])) == one


def test_files_sheets_and_archives_are_examined_in_one_limited_process():
    group = group_with(PersonFactory(surname="Gjergjaj"), PersonFactory(surname="Hoxha"))
    certificate, other = issued_batch(group).certificates.order_by("person__surname")
    revoking.revoke(
        other,
        revoking.Grounds(
            effective_on=clock.local_day(), reason_code="issued_in_error", public_text={"en": "In error."}
        ),
        by=officer("second@example.org"),
        approver=commission_member("third@example.org"),
    )
    issued = bytes(certificate.document.content)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/issued.pdf", issued)
        archive.writestr("saved-anew.pdf", issued + b"\n% more\n")
        archive.writestr("revoked.jwt", other.credential_jwt)
        archive.writestr("forged.json", bytes(certificate.credential).replace(b"Gjergjaj", b"Somebody"))
    sheet, out = openpyxl.Workbook(), io.BytesIO()
    sheet.active.append(["Number", "Code"])
    sheet.active.append([certificate.number, WRONG])
    sheet.save(out)
    files = [
        ("all.zip", packed.getvalue()),
        ("list.xlsx", out.getvalue()),
        ("list.csv", f"number;code\n{certificate.number};\n".encode()),
        ("issued.pdf", issued),
    ]

    lines = check([], files, may_fail=10)

    assert [(line.shown, line.outcome, line.verdict) for line in lines] == [
        (certificate.grouped_number, Outcome.ANSWERED, Verdict.VALID),
        (certificate.number, Outcome.UNKNOWN, None),
        ("issued.pdf", Outcome.ANSWERED, Verdict.VALID),
        ("all.zip/a/issued.pdf", Outcome.ANSWERED, Verdict.VALID),
        ("all.zip/saved-anew.pdf", Outcome.ANSWERED, Verdict.NOT_GENUINE),
        ("all.zip/revoked.jwt", Outcome.ANSWERED, Verdict.REVOKED),
        ("all.zip/forged.json", Outcome.ANSWERED, Verdict.NOT_GENUINE),
    ]
    assert lines[3].examined.why == "issued_file"
    assert lines[4].examined.why == "other_file"


def test_a_text_without_any_number_is_a_line_of_its_own():
    [line] = check([], [("hello.txt", b"hello\n")], may_fail=10)

    assert (line.shown, line.verdict) == ("hello.txt", Verdict.NOT_GENUINE)


def test_a_bomb_in_an_archive_costs_its_own_line_and_not_the_others(certificate):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.json", b"[" * 9_000_000)
        archive.writestr("zeros.pdf", b"\0" * 100_000_000)
        archive.writestr("issued.pdf", bytes(certificate.document.content))
    started = time.monotonic()

    lines = check([], [("bombs.zip", packed.getvalue())], may_fail=10)

    assert time.monotonic() - started < 20
    assert [line.verdict for line in lines][-1] is Verdict.VALID
    assert all(line.verdict in (Verdict.NOT_GENUINE, Verdict.CANNOT_CHECK) for line in lines[:-1])
    assert len(lines) == 3


def test_a_list_has_an_end():
    with pytest.raises(checking_lists.TooMany):
        check(asked_in("\n".join([UNKNOWN] * (checking_lists.MOST_LINES + 1))), may_fail=10)
