"""A stranger brings a file: what is said of it, what is never said of it, and what it can never do to us."""

import base64
import io
import json
import resource
import time
import zlib

import pikepdf
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction

from certification import signing
from certification.formats import badge_image, badge_seal, data_integrity, jose, strangers_file
from certification.formats.signer import Signer
from certification.models import Certificate, CertificateDocument, SigningKey
from certification.operations import examining, revoking
from certification.operations.revoking import Grounds
from certification.rules.verdicts import Verdict
from lms.kernel import clock
from tests.certification.credentials import (
    given_a_credential,
    log_entry_changed,
    proven_certificate,
    square_code,
    unsigned,
)
from tests.certification.factories import commission_member, issued_certificate, officer
from tests.certification.tampering import database_in_hand
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate():
    return proven_certificate(PersonFactory(given_name="Çlirim", surname="Gjergjaj"))


def file_of(certificate) -> bytes:
    return bytes(certificate.document.content)


def document_of(certificate) -> dict:
    return json.loads(bytes(certificate.credential))


def passed(examined) -> dict:
    return {check.code: check.passed for check in examined.checks}


def processor_seconds(content: bytes):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = examining.tell(content)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return told, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def revoke(certificate):
    grounds = Grounds(reason_code="issued_in_error", effective_on=clock.local_day())
    revoking.revoke(certificate, grounds, by=officer("a@b.c"), approver=commission_member("d@e.f"))


# --- The issued file -------------------------------------------------------------------------------


def test_the_issued_file_is_valid_and_is_not_even_read(certificate, monkeypatch):
    monkeypatch.setattr(examining, "tell", lambda _content: pytest.fail("a parser was given the file"))

    examined = examining.examine(file_of(certificate))

    assert (examined.verdict, examined.why) == (Verdict.VALID, "issued_file")
    assert examined.found.facts["holder"]["printed"] == "Çlirim Gjergjaj"
    assert passed(examined) == {"same_file": True, "logged": True, "facts_unchanged": True, "signature": True}


def test_the_issued_file_of_a_revoked_certificate_is_revoked(certificate):
    revoke(certificate)

    assert examining.examine(file_of(certificate)).verdict == Verdict.REVOKED


@pytest.mark.parametrize("change", ["trailing", "info", "saved_anew", "page"])
def test_a_file_that_was_touched_is_not_the_issued_one_though_its_data_are_genuine(certificate, change):
    content = file_of(certificate)
    if change == "trailing":
        content += b"\n%junk\n"
    else:
        with pikepdf.open(io.BytesIO(content)) as file:
            if change == "info":
                file.docinfo["/Title"] = "Another title"
            if change == "page":
                over = file.make_stream(b"BT /F0 24 Tf 100 300 Td (Somebody else) Tj ET")
                file.pages[0].contents_add(over)
            output = io.BytesIO()
            file.save(output)
        content = output.getvalue()

    examined = examining.examine(content)

    assert (examined.verdict, examined.why) == (Verdict.NOT_GENUINE, "other_file")
    assert examined.found.verdict == Verdict.VALID
    assert examined.claimed["name"] == "Çlirim Gjergjaj"
    assert passed(examined)["same_file"] is False
    assert passed(examined)["file_signature"] is True


def test_a_pdf_of_somebody_else_with_the_genuine_credential_is_not_the_issued_file(certificate):
    file = pikepdf.new()
    file.add_blank_page()
    file.attachments["credential.json"] = bytes(certificate.credential)
    output = io.BytesIO()
    file.save(output)

    examined = examining.examine(output.getvalue())

    assert (examined.verdict, examined.why) == (Verdict.NOT_GENUINE, "other_file")
    assert passed(examined)["council_seal"] is False


# --- Credentials -----------------------------------------------------------------------------------


def badge(certificate, bake, draw) -> bytes:
    seal = badge_seal.Seal("A course", "The Council", "36 h", certificate.grouped_number, certificate.facts_sha256)
    return bake(draw(seal), certificate.credential_jwt)


@pytest.mark.parametrize("form", ["json", "spaced", "bom", "jwt", "png", "svg"])
def test_the_issued_credential_is_valid_in_every_form(certificate, form):
    raw = bytes(certificate.credential)
    content = {
        "json": lambda: raw,
        "spaced": lambda: json.dumps(document_of(certificate), indent=4).encode(),
        "bom": lambda: b"\xef\xbb\xbf" + raw,
        "jwt": lambda: certificate.credential_jwt.encode() + b"\n",
        "png": lambda: badge(certificate, badge_image.bake_png, badge_seal.png),
        "svg": lambda: badge(certificate, badge_image.bake_svg, badge_seal.svg),
    }[form]()

    examined = examining.examine(content)

    assert (examined.verdict, examined.why) == (Verdict.VALID, "issued_credential")
    assert examined.found.number == certificate.number
    assert passed(examined) == {
        "file_signature": True,
        "recorded": True,
        "key": True,
        "logged": True,
        "facts_unchanged": True,
        "signature": True,
    }


@pytest.mark.parametrize(
    "change",
    [
        {"name": "A better course"},
        {"invented": "a member that no context knows"},
        {"validUntil": "2199-12-31T23:59:59Z"},
        {"proof": []},
    ],
)
def test_a_changed_or_added_member_is_altered_and_the_register_says_nothing_of_it(certificate, change):
    examined = examining.examine(json.dumps(document_of(certificate) | change).encode())

    assert (examined.verdict, examined.why, examined.found) == (Verdict.NOT_GENUINE, "altered", None)


def test_a_member_named_twice_is_refused(certificate):
    twice = bytes(certificate.credential).replace(b"{", b'{"name": "Another", ', 1)

    examined = examining.examine(twice)

    assert (examined.verdict, examined.why) == (Verdict.NOT_GENUINE, "nothing")
    assert "named twice" in examined.detail


def stranger(did="did:web:elsewhere.example", fragment="key-1"):
    private = Ed25519PrivateKey.generate()
    return Signer(f"{did}#{fragment}", private.public_key().public_bytes_raw(), private.sign)


def test_a_key_that_is_none_of_ours_is_not_genuine_under_our_name_and_foreign_under_its_own(certificate):
    ours = unsigned(certificate)
    theirs = ours | {"issuer": ours["issuer"] | {"id": "did:web:elsewhere.example"}}
    forged = data_integrity.secure(ours, stranger(signing.issuer_did()), created=clock.now())
    foreign = data_integrity.secure(theirs, stranger(), created=clock.now())

    answers = [examining.examine(json.dumps(each).encode()) for each in (forged, foreign)]
    tokens = [examining.examine(jose.sign(*each).encode()) for each in ((theirs, stranger()),)]

    assert [(each.verdict, each.why) for each in answers] == [("not_genuine", "other_key"), ("not_genuine", "foreign")]
    assert [each.why for each in tokens] == ["foreign"]


def base64url(value) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "EdDSA", "jku": "https://attacker.example/keys"},
        {"alg": "EdDSA", "jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}},
        {"alg": "EdDSA", "kid": "https://attacker.example/key"},
    ],
)
def test_a_token_chooses_neither_its_algorithm_nor_its_key(certificate, header):
    _old, payload, signature = certificate.credential_jwt.split(".")
    kid = signing.signer("credential").verification_method
    full = {"typ": "vc+jwt", "cty": "vc", "kid": kid} | header

    examined = examining.examine(f"{base64url(full)}.{payload}.{signature}".encode())

    assert (examined.verdict, examined.found) == (Verdict.NOT_GENUINE, None)


def test_what_our_key_signed_and_the_register_does_not_know_is_not_genuine(certificate):
    invented = unsigned(certificate)
    signed = data_integrity.secure(invented, signing.signer("credential"), created=clock.now())

    examined = examining.examine(json.dumps(signed).encode())

    assert (examined.verdict, examined.why, examined.found) == (Verdict.NOT_GENUINE, "not_recorded", None)


def test_what_is_in_the_register_and_not_in_the_log_is_not_called_valid(certificate):
    with database_in_hand():
        Certificate.objects.update(log_index=None)

    for content in (file_of(certificate), bytes(certificate.credential)):
        examined = examining.examine(content)
        assert (examined.verdict, passed(examined)["logged"]) == (Verdict.CANNOT_CHECK, None)


def test_a_log_that_says_something_else_at_its_place_makes_it_not_genuine(certificate):
    log_entry_changed(certificate)

    assert examining.examine(bytes(certificate.credential)).verdict == Verdict.NOT_GENUINE
    assert examining.examine(file_of(certificate)).verdict == Verdict.NOT_GENUINE


def key_becomes(state, **fields):
    SigningKey.objects.filter(purpose="credential").update(state=state, **fields)


def test_a_retired_key_still_vouches_for_what_it_signed(certificate):
    key_becomes("retired", retired_at=clock.now())

    assert examining.examine(bytes(certificate.credential)).verdict == Verdict.VALID


def test_a_compromised_key_vouches_only_for_what_was_logged_before(certificate):
    key_becomes("compromised", compromised_at=clock.now(), compromised_tree_size=certificate.log_index + 1)
    before = examining.examine(bytes(certificate.credential))
    key_becomes("compromised", compromised_at=clock.now(), compromised_tree_size=certificate.log_index)
    after = examining.examine(bytes(certificate.credential))

    assert before.verdict == Verdict.VALID
    assert (after.verdict, after.why, after.found) == (Verdict.NOT_GENUINE, "other_key", None)


def test_the_key_of_the_status_lists_issues_nothing(certificate):
    signed = data_integrity.secure(unsigned(certificate), signing.signer("status"), created=clock.now())

    assert examining.examine(json.dumps(signed).encode()).why == "other_key"


# --- Square codes ----------------------------------------------------------------------------------


def test_a_square_code_says_as_much_as_the_access_code(certificate):
    address = square_code(certificate)

    for examined in (examining.examine_address(address), examining.examine(address.encode())):
        assert (examined.verdict, examined.why) == (Verdict.VALID, "issued_code")
        assert examined.found.facts["holder"]["printed"] == "Çlirim Gjergjaj"


def test_a_square_code_of_another_number_or_place_is_not_recorded(certificate):
    moved = square_code(certificate, index=(certificate.status_index + 1) % 131_072)
    address = square_code(certificate)
    altered = address[:-2] + ("AA" if address[-2:] != "AA" else "BA")

    assert examining.examine_address(moved).why == "not_recorded"
    assert examining.examine_address(altered).verdict == Verdict.NOT_GENUINE
    assert examining.examine_address("https://deshmi.example/v/X").why == "nothing"


# --- Hostile files ---------------------------------------------------------------------------------


def linked_profiles(count=9) -> dict:
    """Blank nodes that all point at each other: canonicalising their RDF takes minutes."""
    names = [f"_:b{number}" for number in range(count)]
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential"],
        "issuer": {
            "id": signing.issuer_did(),
            "knows": [{"id": one, "type": "Profile", "knows": [{"id": other} for other in names]} for one in names],
        },
        "proof": {"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022", "proofPurpose": "assertionMethod"},
    }


def pdf_with(name: str, stream: bytes) -> bytes:
    file = pikepdf.new()
    file.add_blank_page()
    file.attachments[name] = stream
    output = io.BytesIO()
    file.save(output, compress_streams=True)
    return output.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"a": "b" * 300_000}).encode(),
        b"[" * 200 + b"]" * 200,
        b'{"a":' * 200_000,
        b'{"a": 1' + b"0" * 100_000 + b"}",
        b"\x89PNG\r\n\x1a\n" + b"\xff" * 1000,
        b"<!DOCTYPE svg [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]><svg>&b;</svg>",
        b"<svg>" * 100_000,
        b"\x00" * 1000,
        b"A" * 5_000_000 + b"." + b"A" * 4_000_000 + b".A",
        b"",
    ],
    ids=["long", "list", "deep", "number", "png", "entities", "svg", "zeros", "token", "empty"],
)
def test_a_hostile_text_is_answered_within_a_second_of_work(content):
    told, seconds = processor_seconds(content)

    assert told.problem
    assert seconds < 1


def test_the_poisoned_credential_is_answered_within_a_second_of_work():
    told, seconds = processor_seconds(json.dumps(linked_profiles()).encode())

    assert told.signature == strangers_file.BAD
    assert seconds < 1


def test_an_attachment_that_unpacks_to_a_gigabyte_is_not_unpacked():
    packer = zlib.compressobj(9)
    bomb = b"".join(packer.compress(b"\0" * 1_000_000) for _megabyte in range(300)) + packer.flush()
    file = pikepdf.new()
    file.add_blank_page()
    file.attachments["credential.json"] = b"{}"
    stream = file.attachments["credential.json"].obj["/EF"]["/F"]
    stream.write(bomb, filter=pikepdf.Name("/FlateDecode"))
    output = io.BytesIO()
    file.save(output)

    told, _seconds = processor_seconds(output.getvalue())

    assert "larger than 262144 bytes" in told.problem


def test_a_file_beyond_ten_megabytes_is_not_begun():
    with pytest.raises(examining.TooLarge):
        examining.examine(b"%PDF-" + b"0" * strangers_file.MAX_FILE)


def test_a_process_that_runs_away_is_ended_and_its_file_cannot_be_checked(certificate, settings, tmp_path):
    folder = tmp_path / "certification" / "formats"
    folder.mkdir(parents=True)
    (folder / "strangers_file.py").write_text(
        "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass\n"
    )
    settings.BASE_DIR = tmp_path
    started = time.monotonic()

    examined = examining.examine(b"{}")

    assert (examined.verdict, examined.why) == (Verdict.CANNOT_CHECK, "too_much")
    assert time.monotonic() - started < examining._WALL_SECONDS


def test_nothing_is_stored_whatever_is_brought(certificate):
    def rows():
        return [model.objects.count() for model in (Certificate, CertificateDocument, SigningKey)]

    before = rows()
    with transaction.atomic():
        examining.examine(b"{}")

    assert rows() == before


def test_a_certificate_of_before_there_were_credentials_is_known_by_its_file():
    certificate = issued_certificate()
    with database_in_hand():
        Certificate.objects.update(
            credential=None, credential_jwt="", credential_id="", log_index=None, status_list=None, status_index=None
        )

    examined = examining.examine(file_of(certificate))

    assert (examined.verdict, examined.why) == (Verdict.VALID, "issued_file")


def test_a_row_that_was_added_behind_the_logs_back_is_not_called_valid():
    certificate = issued_certificate()
    if not certificate.credential:
        certificate = given_a_credential(certificate, logged=False)
    else:
        with database_in_hand():
            Certificate.objects.update(log_index=None)

    assert examining.examine(bytes(certificate.credential)).verdict == Verdict.CANNOT_CHECK
