"""The signer as a process of its own: what it signs, what it refuses, and what happens when it is not there."""

import json
import os
import socket
import struct
import threading
import time
from base64 import b64encode
from datetime import timedelta

import pytest
from django.test import override_settings

from certification import signing, tasks
from certification.formats import data_integrity, jose, sealed_file
from certification.formats.checkpoints import Checkpoint
from certification.keyholding.desk import Desk, RequestRefused, utc_now
from certification.keyholding.wire import LONGEST, Client, Server, SignerRefused, SignerUnavailable
from certification.models import Certificate, IssueBatch, IssueRow, LogEntry, SigningKey
from certification.operations import issuing, publishing_lists, revoking
from certification.rules import merkle
from lms.kernel import clock
from tests.certification.credentials import square_code, unsigned
from tests.certification.factories import (
    SignatoryFactory,
    commission_member,
    completed_group,
    issued_certificate,
    officer,
)
from tests.certification.keyholding.process import SEEDS, Signer

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def signer(tmp_path_factory):
    started = Signer(tmp_path_factory.mktemp("signer")).start()
    yield started
    started.stop()


@pytest.fixture
def asked(signer, settings):
    """Web and worker as they are where a signer signs: none of its keys can be derived here."""
    settings.SIGNER_SOCKET, settings.DERIVE_KEYS = str(signer.path), False
    # The tests before have logged other things.
    for leftover in (signer.folder / "state").glob("*"):
        leftover.unlink()
    return Client(str(signer.path))


# --- What it signs ---------------------------------------------------------------------------------


def test_a_certificate_is_issued_along_the_whole_road_by_the_signer(asked, client):
    certificate = issued_certificate()

    document = json.loads(bytes(certificate.credential))
    keys = signing.public_keys("credential")
    assert data_integrity.verify(document, keys).document["id"] == certificate.credential_id
    assert data_integrity.verify_own(document, keys).document["id"] == certificate.credential_id
    assert jose.verify(certificate.credential_jwt, keys)[0]["id"] == certificate.credential_id
    ((own, chain),) = signing.seal_certificates()
    seal = sealed_file.verify_seal(bytes(certificate.document.content), roots=chain, at=certificate.issued_at)
    assert (seal.intact, seal.trusted, seal.entire_file, bool(own)) == (True, True, True, True)
    assert square_code(certificate).startswith("https://deshmi.example/v/")
    assert client.get("/readyz").json()["parts"]["keys"] == {"status": "ok"}


def test_eight_threads_sign_at_once_and_every_signature_holds(asked):
    document = unsigned(issued_certificate())
    key, keys, made, failed = signing.in_use("credential").kid, signing.public_keys("credential"), [], []

    def sign():
        mine = Client(asked._path)
        for _time in range(4):
            try:
                made.append(mine.ask("credential", key=key, document=document, created=clock.now().isoformat()))
            except (SignerRefused, SignerUnavailable) as error:
                failed.append(error)

    threads = [threading.Thread(target=sign) for _thread in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert (failed, len(made)) == ([], 32)
    for each in made:
        assert data_integrity.verify_own(each["document"], keys).document == document
        assert jose.verify(each["jwt"], keys)[0] == document


# --- What it refuses -------------------------------------------------------------------------------


def refused(client, kind, **fields) -> str:
    with pytest.raises(SignerRefused) as said:
        client.ask(kind, **fields)
    return str(said.value)


def test_nothing_signs_bytes(asked):
    key = signing.in_use("credential").kid

    assert "is nothing that is signed here" in refused(asked, "sign", key=key, message="AAAA")
    assert "no square code" in refused(asked, "token", key=key, body=b64encode(b"anything").decode())
    assert "kit's manifest begins with" in refused(asked, "manifest", key=signing.in_use("status").kid, text="x\ny\n")
    assert "no seal of ours" in refused(asked, "seal", key=signing.in_use("seal").kid, attributes="MAA=")
    assert "no checkpoint" in refused(asked, "checkpoint", key=signing.in_use("log").kid, text="anything")
    assert "not complete" in refused(asked, "credential", key=key)


def test_a_key_signs_for_its_own_purpose_only(asked):
    document, status = unsigned(issued_certificate()), signing.in_use("status").kid

    said = refused(asked, "credential", key=status, document=document, created=clock.now().isoformat())

    assert f"The private half of the key {status} for credential is not here" in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"issuer": {"id": "did:web:elsewhere.example", "type": ["Profile"]}},
            "The document is of 'did:web:elsewhere.example'",
        ),
        ({"type": ["VerifiableCredential"]}, "is no certificate"),
        ({"proof": []}, "signed already"),
        ({"unheard_of": "x"}, "unheard_of"),
        ({"credentialStatus": None}, "a place on a status list"),
    ],
)
def test_a_document_that_is_no_certificate_of_ours_is_not_signed(asked, change, said):
    document = unsigned(issued_certificate()) | change

    key = signing.in_use("credential").kid
    assert said in refused(asked, "credential", key=key, document=document, created=clock.now().isoformat())


def test_the_log_only_grows(asked):
    log, leaves = signing.in_use("log").kid, [merkle.leaf_hash(bytes([number])) for number in range(20)]

    def ask(hashes, after=0, path=()):
        checkpoint = Checkpoint(signing.log_origin(), len(hashes), merkle.root(hashes))
        fields = {"from": after, "path": [each.hex() for each in path]}
        return asked.ask("checkpoint", key=log, text=str(checkpoint), **fields)

    def published(hashes):
        asked.ask("published", size=len(hashes), root=merkle.root(hashes).hex())

    ask(leaves[:8])
    published(leaves[:8])
    ask(leaves[:13], 8, merkle.consistency_path(8, leaves[:13]))
    other = [*leaves[:8], *reversed(leaves[8:13])]
    ask(other, 8, merkle.consistency_path(8, other))  # the first thirteen were signed and never published
    published(other)

    for hashes, after, path, said in (
        (leaves[:5], 13, (), "entries are missing"),
        (leaves[:13], 13, (), "another root than the one that was published"),
        (leaves[:20], 13, merkle.consistency_path(13, leaves), "It is not shown that the log of 20 entries keeps"),
        (leaves[:20], -1, (), "It is not shown"),
    ):
        with pytest.raises(SignerRefused, match=said):
            ask(hashes, after, path)
    grown = [*other, *leaves[13:]]
    ask(grown, 13, merkle.consistency_path(13, grown))  # which says by itself that the thirteen are published
    with pytest.raises(SignerRefused, match=r"another root|entries are missing"):
        ask([*leaves[:8], *leaves[8:13]], 13)


def test_what_was_signed_and_not_published_is_written_down_when_it_is_replaced(asked, signer):
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(4)]
    for hashes in (leaves[:3], [*leaves[:2], leaves[3]]):
        checkpoint = Checkpoint(signing.log_origin(), len(hashes), merkle.root(hashes))
        asked.ask("checkpoint", key=signing.in_use("log").kid, text=str(checkpoint), **{"from": -1, "path": []})

    (line,) = (signer.folder / "state" / "log.replaced").read_text().splitlines()[-1:]
    assert line.endswith(f" 3 {merkle.root(leaves[:3]).hex()}")


def test_a_log_that_lost_entries_gets_no_checkpoint_and_nothing_is_saved(asked):
    issued_certificate()
    here = [bytes(leaf) for leaf in LogEntry.objects.order_by("index").values_list("leaf_hash", flat=True)]
    leaves = here + [merkle.leaf_hash(b"one that the database has lost")] * (50 - len(here))
    root, path = merkle.root(leaves), [each.hex() for each in merkle.consistency_path(len(here), leaves)]
    checkpoint = Checkpoint(signing.log_origin(), 50, root)
    asked.ask("checkpoint", key=signing.in_use("log").kid, text=str(checkpoint), **{"from": len(here), "path": path})
    asked.ask("published", size=50, root=root.hex())
    before = Certificate.objects.count(), LogEntry.objects.count()

    with pytest.raises(signing.CannotSign, match="entries are missing"):
        issued_certificate_again()

    assert (Certificate.objects.count(), LogEntry.objects.count()) == before


def issued_certificate_again():
    group = completed_group(1)
    batch = issuing.request(group.round.code, by=officer("again@example.org"))
    issuing.approve(batch, by=commission_member("again2@example.org"), through_queue=False)
    issuing.issue_rows(batch.pk, issuing.waiting_rows(batch))


# --- Strangers at the socket -----------------------------------------------------------------------


def raw(signer, content: bytes) -> dict:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(str(signer.path))
        connection.sendall(content)
        length = struct.unpack(">I", connection.recv(4))[0]
        return json.loads(connection.recv(length))


def test_the_socket_is_for_user_and_group_only(signer):
    assert signer.path.stat().st_mode & 0o777 == 0o660


def test_a_user_that_was_not_named_is_told_so(tmp_path):
    desk = Desk(signing.keys_of_settings(), issuer=signing.issuer_did(), origin=signing.log_origin())
    with Server(tmp_path / "s", desk) as server:
        server.allowed = {os.getuid() + 1}
        threading.Thread(target=server.serve_forever, daemon=True).start()

        with pytest.raises(SignerUnavailable, match=f"User {os.getuid()} may not ask here; name it in SIGNER_CLIENTS"):
            Client(str(tmp_path / "s")).ask("head")
        with pytest.raises(ValueError, match="A signer already answers"):
            Server(tmp_path / "s", desk)
        server.shutdown()
    with pytest.raises(ValueError, match="there is no such user"):
        Server(tmp_path / "s", desk, clients=["nobody-of-that-name"])


@pytest.mark.parametrize(
    "content",
    [
        struct.pack(">I", LONGEST + 1),
        struct.pack(">I", 3) + b"{{{",
        struct.pack(">I", 2) + b"[]",
        struct.pack(">I", 40_000) + b"[" * 40_000,
    ],
)
def test_what_cannot_be_read_gets_a_sentence_and_the_signer_lives(signer, asked, content):
    assert raw(signer, content)["error"] == "unreadable"
    assert asked.ask("head")["signed"]["size"] >= 0


def test_a_request_that_does_not_end_is_not_waited_for(signer, asked):
    begun = time.monotonic()

    assert raw(signer, struct.pack(">I", 100) + b"{")["error"] == "too_slow"
    assert 9 < time.monotonic() - begun < 20


# --- In earnest ------------------------------------------------------------------------------------


def test_production_refuses_a_seal_for_demonstrations_and_keys_that_are_missing(tmp_path):
    signer = Signer(tmp_path).in_earnest()
    said = signer.run("--check")
    assert (said.returncode, "is a certificate for demonstrations" in said.stderr) == (1, True)

    signer.environment |= {"CREDENTIAL_KEY": "", "LOG_KEY": SEEDS["STATUS"]}
    said = signer.run("--check")
    assert (said.returncode, "Traceback" in said.stderr) == (1, False)
    assert "CREDENTIAL_KEY is not an Ed25519 seed" in said.stderr
    assert "LOG_KEY and STATUS_KEY are the same key" in said.stderr


def test_the_signer_wants_an_environment_of_its_own(tmp_path):
    signer = Signer(tmp_path).in_earnest()
    signer.environment |= dict.fromkeys(("SECRET_KEY", "SIGNING_KEY", "ACCESS_CODE_KEY", "PERSONAL_NUMBER_KEY"), "x")
    signer.environment["DJANGO_SETTINGS_MODULE"] = "lms.settings.base"

    assert "Run the signer with DJANGO_SETTINGS_MODULE=lms.settings.signer" in signer.run().stderr


# --- Without it ------------------------------------------------------------------------------------


def test_without_the_signer_issuing_waits_and_goes_on_when_it_is_back(asked, signer, client, client_for, run_queue):
    SignatoryFactory()
    batch = issuing.request(completed_group(2).round.code, by=officer())
    issuing.approve(batch, by=commission_member(), through_queue=False)
    rows = issuing.waiting_rows(batch)
    with override_settings(SIGNER_SOCKET=str(signer.path) + "-nobody"):
        assert tasks.issue_rows(batch.pk, rows) == 0
        answer = client.get("/readyz")

        assert answer.status_code == 503
        assert answer.json()["parts"]["keys"] == {"status": "failing", "problem": "CannotSign"}
        assert (Certificate.objects.count(), LogEntry.objects.count()) == (0, 0)
        assert set(IssueRow.objects.values_list("state", flat=True)) == {IssueRow.State.PENDING}
        waiting = client_for(officer("looks@example.org")).get(f"/office/certificates/lists/{batch.pk}/")
        assert "Nothing can be signed now; issuing waits and goes on by itself." in waiting.content.decode()
        assert client.get("/.well-known/did.json").status_code == 200  # whoever verifies needs no signer

    issuing.resume()
    run_queue()

    assert Certificate.objects.count() == 2
    assert IssueBatch.objects.get().state == IssueBatch.State.DONE
    assert SigningKey.objects.filter(state="active").count() == 4


def test_a_clock_that_was_turned_back_is_noticed():
    document, key = unsigned(issued_certificate()), signing.in_use("credential").kid
    desk = Desk(signing.keys_of_settings(), issuer=signing.issuer_did(), origin=signing.log_origin(), clock=utc_now)

    for moved in (timedelta(days=-365), timedelta(minutes=6)):
        with pytest.raises(RequestRefused, match="by the signer's clock it is"):
            desk.answer(
                {"kind": "credential", "key": key, "document": document, "created": (utc_now() + moved).isoformat()}
            )


def test_without_the_signer_a_decision_in_the_office_is_not_half_taken(asked, signer, client, client_for):
    certificate = issued_certificate()
    publishing_lists.publish()
    asked_for = revoking.request(
        certificate, "revoked", revoking.Grounds("fraud", clock.local_day()), by=officer("asks@example.org")
    )
    decides = client_for(commission_member("decides@example.org"))

    # After ten minutes an entry waits for no other: its checkpoint is signed with it.
    later = clock.now() + timedelta(minutes=11)
    with clock.standing_at(later), override_settings(SIGNER_SOCKET=str(signer.path) + "-nobody"):
        address = f"/office/certificates/requests/{asked_for.pk}/"
        page = decides.post(address, {"answer": "approve"}, follow=True).content.decode()
        assert client.get("/v/kit.zip").status_code == 503

    assert "does not answer" in page
    assert list(certificate.events.values_list("kind", flat=True)) == ["issued"]
    assert revoking.ActRequest.objects.get().state == "requested"
