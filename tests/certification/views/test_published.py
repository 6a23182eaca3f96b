"""What verifiers fetch of us: at the addresses of the standards, the same for everyone, and enough to check with."""

import base64
import json

import pytest

from certification import signing
from certification.formats import data_integrity, did, jose, log_leaf, tiles
from certification.formats.checkpoints import Checkpoint as Signed
from certification.formats.checkpoints import verify as believed
from certification.models import LogEntry, StatusList
from certification.rules import merkle
from tests.certification.credentials import proven_certificate

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate():
    return proven_certificate()


def test_the_keys_at_our_did_verify_the_credential(client, certificate):
    answer = client.get("/.well-known/did.json")
    document = json.loads(answer.content)
    keys = {each["id"]: did.public_of(each["publicKeyMultibase"]) for each in document["verificationMethod"]}

    assert document["id"] == signing.issuer_did()
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert data_integrity.verify(json.loads(bytes(certificate.credential)), keys).document["id"]
    assert jose.verify(certificate.credential_jwt, keys)[1] in document["assertionMethod"]


def test_the_key_set_names_the_same_keys_and_no_algorithm(client, certificate):
    found = json.loads(client.get("/.well-known/jwks.json").content)["keys"]

    mine = signing.signer("credential")
    public = next(each["x"] for each in found if each["kid"] == mine.verification_method)
    assert base64.urlsafe_b64decode(public + "=") == mine.public
    assert not any("alg" in each or "d" in each for each in found)


def test_a_file_that_was_fetched_before_is_not_sent_again(client):
    first = client.get("/.well-known/did.json")

    again = client.get("/.well-known/did.json", headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")


def test_a_status_list_is_given_as_a_document_and_as_a_token(client):
    StatusList.objects.update_or_create(number=1, defaults={"version": 1, "content": b'{"id": "list"}', "jwt": "a.b.c"})

    assert json.loads(client.get("/status/1").content) == {"id": "list"}
    assert client.get("/status/1").headers["Vary"].startswith("Accept")
    assert client.get("/status/1", headers={"Accept": "application/vc+jwt"}).content == b"a.b.c"
    assert client.get("/status/1.jwt")["Content-Type"] == "application/vc+jwt"
    assert client.get("/status/77").status_code == 404


def test_the_log_is_proven_from_what_is_fetched_alone(client, certificate):
    note = client.get("/log/checkpoint").content.decode()
    checkpoint = believed(note, log_keys=signing.log_keys()).checkpoint

    def fetch(path):
        answer = client.get(f"/log/{path}")
        return answer.content if answer.status_code == 200 else None

    entries = list(tiles.entries(checkpoint.size, fetch))
    assert merkle.stored_root(checkpoint.size, tiles.reader(checkpoint.size, fetch)) == checkpoint.root
    assert tiles.differing(checkpoint.size, fetch) == []
    secured = json.loads(bytes(certificate.credential))
    assert log_leaf.parse(entries[certificate.log_index]).is_opened_by(bytes(certificate.salt), secured)
    assert isinstance(checkpoint, Signed)


def test_tiles_beyond_the_checkpoint_and_other_spellings_are_not_there(client, certificate):
    size = LogEntry.objects.count()

    answers = [
        client.get(f"/log/tile/{path}").status_code
        for path in (f"0/000.p/{size}", f"0/000.p/{size + 1}", "0/0", "0/000.p/01", "9999/000", "entries/x000/000")
    ]

    assert answers == [200, 404, 404, 404, 404, 404]
    assert "immutable" in client.get(f"/log/tile/0/000.p/{size}")["Cache-Control"]


def test_before_anything_was_issued_there_is_no_checkpoint(client):
    assert client.get("/log/checkpoint").status_code == 404
