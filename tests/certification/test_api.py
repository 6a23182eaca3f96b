"""The interface for programs: the answers of the page, masked alike, refused alike."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from certification.operations import examining
from certification.rules import numbering
from tests.certification.credentials import proven_certificate, square_code
from tests.certification.factories import code_on_paper
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db

UNKNOWN = numbering.with_check_symbols("HZ1J652JFW")


@pytest.fixture
def certificate():
    return proven_certificate(PersonFactory(given_name="Çlirim", surname="Gjergjaj"))


def ask(client, **fields):
    return client.post("/api/v1/verify", fields, content_type="application/json")


def send(client, content, kind="application/octet-stream"):
    return client.post("/api/v1/verify", content, content_type=kind)


def test_by_number_the_name_is_masked(client, certificate):
    answer = client.get(f"/api/v1/certificates/{certificate.grouped_number}")

    found = answer.json()
    assert (answer.status_code, found["verdict"], found["why"]) == (200, "valid", "number")
    assert found["certificate"]["initials"] == "Ç. G."
    assert [found["certificate"][name] for name in ("name", "hours", "issuer", "licence_number")] == [None] * 4
    assert [(each["code"], each["passed"]) for each in found["checks"]] == [
        ("facts_unchanged", True),
        ("signature", True),
    ]
    assert "Gjergjaj" not in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"


def test_with_the_code_the_square_code_or_the_file_the_name_is_told(client, certificate):
    answers = [
        ask(client, number=certificate.grouped_number, code=code_on_paper(certificate)),
        ask(client, address=square_code(certificate)),
        send(client, bytes(certificate.document.content), "application/pdf"),
        send(client, bytes(certificate.credential), "application/json"),
        send(client, certificate.credential_jwt, "application/vc+jwt"),
    ]

    assert [each.json()["certificate"]["name"] for each in answers] == ["Çlirim Gjergjaj"] * 5
    assert [each.json()["why"] for each in answers] == [
        "number",
        "issued_code",
        "issued_file",
        "issued_credential",
        "issued_credential",
    ]


def test_a_file_that_was_touched_is_not_genuine_and_its_certificate_is_told_beside(client, certificate):
    found = send(client, bytes(certificate.document.content) + b"\n").json()

    assert (found["verdict"], found["why"]) == ("not_genuine", "other_file")
    assert found["certificate"]["verdict"] == "valid"
    assert found["claimed"]["name"] == "Çlirim Gjergjaj"


def test_an_unknown_number_and_a_wrong_code_answer_alike(client, certificate):
    wrong = ask(client, number=certificate.number, code="0000000000")
    unknown = ask(client, number=UNKNOWN, code="0000000000")

    assert (wrong.status_code, wrong.content) == (unknown.status_code, unknown.content)
    assert (wrong.status_code, wrong["Content-Type"]) == (404, "application/problem+json")


def test_guessing_is_slowed_by_one_count_for_page_and_programs(client, certificate, settings):
    settings.VERIFY_FAILURES_PER_MINUTE = 2
    client.get(f"/v/{UNKNOWN}")
    ask(client, number=UNKNOWN)

    answer = ask(client, number=certificate.number, code="0000000000")

    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert client.get(f"/api/v1/certificates/{certificate.number}").status_code == 200


def test_files_are_counted(client, settings):
    settings.VERIFY_FILES_PER_MINUTE = 1

    assert [send(client, b"{}").status_code for _attempt in range(2)] == [200, 429]


def test_what_cannot_be_answered_says_what_to_do(client):
    mistyped = client.get("/api/v1/certificates/HZ1J652JFWKQ")
    form = client.post("/api/v1/verify", {"file": SimpleUploadedFile("a.pdf", b"%PDF-")})
    large = send(client, b"0" * (examining.MAX_FILE + 1))

    assert [each.status_code for each in (mistyped, form, large)] == [400, 415, 413]
    assert "mistyped" in mistyped.json()["detail"]
    assert "--data-binary" in form.json()["detail"]
    assert [each["Content-Type"] for each in (mistyped, form, large)] == ["application/problem+json"] * 3


def test_the_description_names_every_answer(client):
    described = client.get("/api/v1/openapi.json").json()

    assert set(described["paths"]) == {"/api/v1/certificates/{number}", "/api/v1/verify", "/api/v1/verify/batch"}
    verify = described["paths"]["/api/v1/verify"]["post"]
    assert set(verify["responses"]) == {"200", "400", "404", "413", "415", "429", "503"}
    assert set(verify["requestBody"]["content"]) == {
        "application/octet-stream",
        "application/pdf",
        "application/json",
    }
    verdicts = described["components"]["schemas"]["Verdict"]["enum"]
    assert verdicts == ["valid", "expired", "suspended", "revoked", "replaced", "not_genuine", "cannot_check"]


@pytest.mark.parametrize("body", [b"null", b"[]", b'{"number": 7}', b'{"number": ["a"]}', b"\xff", b'{"code": "x"}'])
def test_bodies_of_other_shapes_are_files_in_which_there_is_nothing(client, body):
    answer = send(client, body, "application/json")

    assert (answer.status_code, json.loads(answer.content)["why"]) in ((200, "nothing"), (200, "foreign"))
