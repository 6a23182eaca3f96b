"""The page and the interface for lists: no account, nothing kept, lines counted, a report to take along."""

import csv
import io
import json

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from certification.models import AccessNotice, VerificationStat
from certification.rules import numbering
from tests.certification.factories import code_on_paper, issued_certificate
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db

UNKNOWN = numbering.with_check_symbols("HZ1J652JFW")


@pytest.fixture
def certificate():
    return issued_certificate(PersonFactory(given_name="Çlirim", surname="Gjergjaj"))


@pytest.fixture
def strict_client():
    return Client(enforce_csrf_checks=True, headers={"accept-language": "en"})


def sent(client, *lines, **more):
    return client.post("/v/list", {"numbers": "\n".join(lines), **more})


def test_a_list_is_answered_line_by_line_and_by_number_without_names(strict_client, certificate):
    answer = sent(strict_client, certificate.number, UNKNOWN, "ABC")

    text = answer.content.decode()
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies
    for said in ("3 lines checked", "Not all of them hold", "Ç. G.", "Not found", "Mistyped", "you typed 3"):
        assert said in text
    assert "Gjergjaj" not in text
    code = code_on_paper(certificate)
    with_code = sent(strict_client, f"{certificate.number},{code}").content.decode()
    assert "Çlirim Gjergjaj" in with_code
    assert "All of them hold today." in with_code
    assert code not in with_code


def test_the_report_comes_back_as_a_sheet_that_holds_no_formula(strict_client, certificate):
    page = sent(strict_client, "=HYPERLINK(1)", certificate.number)
    report = page.context["report"]

    as_csv = strict_client.post("/v/list/report", {"report": report, "as": "csv"})
    as_xlsx = strict_client.post("/v/list/report", {"report": report, "as": "xlsx"})

    rows = list(csv.reader(io.StringIO(b"".join(as_csv.streaming_content).decode("utf-8-sig"))))
    assert rows[0][:3] == ["Line", "Number or file", "Answer"]
    assert [row[1:4] for row in rows[1:]] == [
        ["'=HYPERLINK(1)", "Mistyped", "mistyped"],
        [certificate.grouped_number, "Valid", "valid"],
    ]
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx.content)).active
    assert [cell.value for cell in sheet[2]][1] == "'=HYPERLINK(1)"
    assert "attachment" in as_csv["Content-Disposition"]


def test_a_report_that_we_did_not_write_is_not_written_out(client):
    answer = client.post("/v/list/report", {"report": "made-up:report", "as": "csv"})

    assert "Check the list again." in answer.content.decode()


def test_wrong_lines_count_like_wrong_attempts_on_the_page(client, certificate, settings):
    settings.VERIFY_FAILURES_PER_MINUTE = 3
    code = code_on_paper(certificate)

    text = sent(client, *[f"{certificate.number},0000000000"] * 3, f"{certificate.number},{code}").content.decode()

    assert text.count("No certificate answers to this line.") == 3
    assert "Not looked up" in text
    assert client.post("/v/", {"number": certificate.number, "code": code}).status_code == 429
    assert "Çlirim" not in sent(client, f"{certificate.number},{code}").content.decode()


def test_the_lines_of_a_minute_are_limited(client, settings):
    settings.VERIFY_LINES_PER_MINUTE = 3

    assert [sent(client, UNKNOWN, "ABC").status_code for _time in range(3)] == [200, 200, 429]


def test_an_empty_list_and_one_that_is_too_long_are_told_what_to_do(client):
    assert "Paste at least one number" in sent(client).content.decode()
    answer = sent(client, *[UNKNOWN] * 501)
    assert answer.status_code == 413
    assert "A list may have 500 lines." in answer.content.decode()


def test_files_and_numbers_go_together_and_are_counted_once_for_the_holder(client, certificate):
    file = SimpleUploadedFile("c.pdf", bytes(certificate.document.content))

    text = sent(client, certificate.number, files=[file]).content.decode()

    assert "The same certificate as in line 1." in text
    assert list(VerificationStat.objects.values_list("channel", "verdict", "count")) == [("list", "valid", 2)]
    assert AccessNotice.objects.get().count == 1


def test_programs_ask_for_lists_too(client, certificate):
    body = {"items": [{"number": certificate.number}, {"number": UNKNOWN, "code": "7K2M9QXD0R"}, {"number": "ABC"}]}

    answer = client.post("/api/v1/verify/batch", json.dumps(body), content_type="application/json")

    lines = answer.json()["lines"]
    assert [line["outcome"] for line in lines] == ["answered", "unknown", "mistyped"]
    assert lines[0]["answer"]["certificate"]["initials"] == "Ç. G."
    assert lines[0]["answer"]["certificate"]["name"] is None
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("body", "status"),
    [("{}", 400), ('{"items": []}', 400), ("[", 400), (json.dumps({"items": [{"number": UNKNOWN}] * 501}), 413)],
)
def test_programs_are_told_what_is_wrong_with_a_list(client, body, status):
    answer = client.post("/api/v1/verify/batch", body, content_type="application/json")

    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"


def test_the_interface_says_how_to_ask_for_a_list(client):
    described = client.get("/api/v1/openapi.json").json()

    asked = described["paths"]["/api/v1/verify/batch"]["post"]["requestBody"]["content"]
    assert set(asked) == {"application/json", "application/zip", "text/csv"}
