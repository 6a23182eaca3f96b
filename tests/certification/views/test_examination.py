"""Handing over a file on the public page: with or without a script, told in words, kept by nobody."""

import json
import logging

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from certification.operations import examining
from tests.certification.credentials import proven_certificate, square_code
from tests.certification.factories import code_on_paper
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate():
    return proven_certificate(PersonFactory(given_name="Çlirim", surname="Gjergjaj"))


@pytest.fixture
def stranger():
    """A browser whose forms are checked for forgery, as in production."""
    return Client(enforce_csrf_checks=True, headers={"accept-language": "en"})


def hand_over(client, content: bytes, name="certificate.pdf"):
    return client.post("/v/file", {"file": SimpleUploadedFile(name, content)})


def test_the_form_takes_a_file_without_a_script_and_the_answer_is_kept_by_nobody(stranger, certificate):
    form = stranger.get("/v/").content.decode()
    answer = hand_over(stranger, bytes(certificate.document.content))

    text = answer.content.decode()
    assert 'action="/v/file" method="post" enctype="multipart/form-data"' in form
    assert answer.status_code == 200
    assert '<h1 class="standing__word">Valid</h1>' in text
    assert "Çlirim Gjergjaj" in text
    assert "byte by byte" in text
    assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert not answer.cookies


def test_a_file_that_was_touched_is_told_apart_from_its_data(stranger, certificate):
    text = hand_over(stranger, bytes(certificate.document.content) + b"\n").content.decode()

    assert '<h1 class="standing__word">Not genuine</h1>' in text
    assert "The data in this file are genuine, but this is not the issued file" in text
    assert "As recorded it is: <strong>Valid</strong>" in text
    assert "Çlirim Gjergjaj" in text


def test_an_altered_credential_shows_what_it_claims_and_nothing_of_ours(stranger, certificate):
    document = json.loads(bytes(certificate.credential))
    document["credentialSubject"]["identifier"][0]["identityHash"] = "<b>Somebody</b> Else"

    text = hand_over(stranger, json.dumps(document).encode(), "credential.json").content.decode()

    assert "Not genuine" in text
    assert "&lt;b&gt;Somebody&lt;/b&gt; Else" in text
    assert "Gjergjaj" not in text


def test_a_text_that_holds_a_nul_is_examined_like_any_other(stranger):
    answer = hand_over(stranger, b"\x00\x00")

    assert answer.status_code == 200
    assert "Nothing in this file could have been issued here." in answer.content.decode()


def test_without_a_file_the_form_says_what_to_choose(stranger):
    answer = stranger.post("/v/file", {})

    assert answer.status_code == 400
    assert "Choose a file first" in answer.content.decode()
    assert stranger.get("/v/file").url == "/v/"


def test_a_file_beyond_ten_megabytes_is_refused_before_it_is_read(stranger, monkeypatch):
    monkeypatch.setattr(examining, "examine", lambda _content: pytest.fail("it was read"))

    answer = hand_over(stranger, b"%PDF-" + b"0" * (examining.MAX_FILE + 20_000))

    assert answer.status_code == 413
    assert "larger than 10 MB" in answer.content.decode()


def test_a_square_code_is_handed_over_in_the_body(stranger, certificate):
    answer = stranger.post("/v/code", {"address": square_code(certificate, "https://deshmi.example")})

    assert "Çlirim Gjergjaj" in answer.content.decode()
    assert "The square code was signed here" in answer.content.decode()
    assert stranger.get("/v/code").url == "/v/"


def test_files_are_counted_and_too_many_are_slowed(stranger, settings):
    settings.VERIFY_FILES_PER_MINUTE = 2

    answers = [stranger.post("/v/code", {"address": "x"}).status_code for _attempt in range(3)]

    assert answers == [200, 200, 429]
    assert hand_over(stranger, b"{}").status_code == 429
    assert stranger.get("/v/").status_code == 200


# How often a day, and for a holder on which: neither says who asked (test_counting).
COUNTS_BY_DAY = ("certification_verificationstat", "certification_accessnotice")


def test_after_many_verifications_neither_log_nor_database_knows_who_was_asked_for(stranger, certificate, caplog):
    caplog.set_level(logging.DEBUG)
    code = code_on_paper(certificate)
    secrets = ("Gjergjaj", certificate.number, code, "127.0.0.1", certificate.credential_jwt[-40:])
    with connection.cursor() as cursor:
        tables = sorted(connection.introspection.table_names(cursor))

    def counts():
        with connection.cursor() as cursor:
            return {
                table: cursor.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]
                if connection.vendor == "sqlite"
                else (cursor.execute(f'SELECT count(*) FROM "{table}"'), cursor.fetchone()[0])[1]
                for table in tables
                if "cache" not in table and table not in COUNTS_BY_DAY
            }

    before = counts()
    caplog.clear()

    for _time in range(25):
        stranger.post("/v/", {"number": certificate.number, "code": code})
        stranger.post(f"/v/{certificate.number}", {"code": code})
        stranger.post("/v/code", {"address": square_code(certificate)})
        hand_over(stranger, bytes(certificate.document.content))
    hand_over(stranger, certificate.credential_jwt.encode())

    said = "\n".join(
        record.getMessage() for record in caplog.records if not record.name.startswith(("django.db", "fontTools"))
    )
    assert counts() == before
    assert [secret for secret in secrets if secret in said] == []
