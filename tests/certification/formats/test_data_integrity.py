"""Both proofs, seen by ourselves and by three others; what was changed or is not ours is refused, and nothing fetched."""

import copy
import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from datetime import datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import assume, given
from hypothesis import strategies as st
from openbadgeslib.ob3.ldp import OB3LdpVerifier
from openbadgeslib.ob3.verifier import OB3VerificationError
from openvc.proof.di_jcs import EddsaJcsProofSuite
from openvc.proof.errors import SignatureInvalid

from certification.formats import contexts, credential, data_integrity, did
from certification.formats.data_integrity import JCS, RDFC, Refused, UnknownKey
from certification.formats.signer import Signer
from tests.certification.formats.samples import (
    CREATED,
    DID,
    KEY_ID,
    KEYS,
    PEM,
    PUBLIC,
    SIGNER,
    did_document,
    some_facts,
    unsigned,
    valid_now,
)
from tests.certification.formats.test_contexts import W3C_DOCUMENT

pytestmark = pytest.mark.once

JWK = did.jwk(did.PublishedKey(KEY_ID, PUBLIC))


def secured(frozen=None):
    return data_integrity.secure(unsigned(frozen, with_licence=True), SIGNER, created=CREATED)


def with_only(document, suite):
    """``document`` with one proof alone, as a verifier that knows no proof sets wants it."""
    (proof,) = (proof for proof in document["proof"] if proof["cryptosuite"] == suite)
    return document | {"proof": proof}


def changed(document, path, value):
    document = copy.deepcopy(document)
    *way, last = path
    place = document
    for step in way:
        place = place[step]
    place[last] = value
    return document


def test_a_credential_carries_both_proofs_and_both_hold():
    document = secured()

    assert [proof["cryptosuite"] for proof in document["proof"]] == [RDFC, JCS]
    for proved in (data_integrity.verify(document, KEYS), data_integrity.verify_own(document, KEYS)):
        assert proved == data_integrity.Proved(unsigned(with_licence=True), KEY_ID, CREATED)


def test_a_credential_read_back_from_its_bytes_holds():
    raw = json.dumps(secured(some_facts("sr")), ensure_ascii=False).encode()

    assert data_integrity.verify(credential.parse(raw), KEYS).verification_method == KEY_ID


def test_w3cs_published_eddsa_jcs_2022_signature_comes_out():
    """Data Integrity EdDSA Cryptosuites 1.0, appendix B.2, with the key pair that is published there."""
    seed = did.from_multibase("z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq").removeprefix(b"\x80\x26")
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public = key.public_key().public_bytes_raw()
    multikey = did.multikey(public)
    signer = Signer(f"did:key:{multikey}#{multikey}", public, key.sign)

    proof = data_integrity.prove(
        W3C_DOCUMENT, signer, created=datetime.fromisoformat("2023-02-24T23:36:38Z"), suite=JCS
    )

    assert multikey == "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
    assert proof["@context"] == W3C_DOCUMENT["@context"]
    assert proof["proofValue"] == (
        "z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCzpvJpwTWd3GAVFuUfjoJdcnTMuVor51aX"
    )


def test_openbadgeslib_accepts_the_credential_by_our_key_and_by_our_did_document():
    document = json.dumps(secured(valid_now()))
    asked = []

    def download(url, *_args, **_rest):
        asked.append(url)
        return json.dumps(did_document()).encode()

    by_key = OB3LdpVerifier(PEM).verify(document)
    by_did = OB3LdpVerifier.for_issuer_did(DID).verify(document, download=download)

    assert (by_key.name, by_did.issuer.id) == ("Refresher ë ç", DID)
    assert asked == [did.document_url(DID)]


def test_openbadgeslib_refuses_a_changed_name_and_an_added_member():
    document = secured(valid_now())
    name = ["credentialSubject", "identifier", 0, "identityHash"]

    for other in (changed(document, name, "Agim Gjergjaj"), document | {"gradePoints": "5"}):
        with pytest.raises(OB3VerificationError):
            OB3LdpVerifier(PEM).verify(json.dumps(other))


def test_openvc_accepts_the_jcs_proof_and_refuses_a_changed_document():
    document = with_only(secured(valid_now()), JCS)

    verified = EddsaJcsProofSuite().verify(document, public_key_jwk=JWK)

    assert (verified.issuer, verified.expired) == (DID, False)
    with pytest.raises(SignatureInvalid):
        EddsaJcsProofSuite().verify(document | {"name": "Another course"}, public_key_jwk=JWK)


NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="Node is not installed: the JavaScript verifier did not give its opinion")
@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (lambda document: document, "valid"),
        (lambda document: with_only(document, JCS), "valid"),
        (lambda document: dict(reversed(document.items())), "valid"),
        (lambda document: document | {"name": "Another"}, "invalid: the signature does not fit"),
        (lambda document: document | {"gradePoints": "5"}, "invalid: the signature does not fit"),
        (lambda document: changed(document, ["proof", 1, "created"], "2020-01-01T00:00:00Z"), "invalid: the signature"),
        (lambda document: with_only(document, RDFC), "invalid: no eddsa-jcs-2022 proof"),
    ],
)
def test_a_javascript_verifier_of_its_own_says_the_same(change, verdict):
    document = change(secured(some_facts("sr")))
    asked = {"document": document, "keys": {KEY_ID: did.multikey(PUBLIC)}}

    answer = subprocess.run(
        [NODE, Path(__file__).with_name("verify_jcs.mjs")],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert answer.stdout.startswith(verdict)
    ours = "valid"
    try:
        data_integrity.verify(document, KEYS)
    except Refused:
        ours = "invalid"
    assert answer.stdout.split(":")[0].strip() == ours


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["credentialSubject", "identifier", 0, "identityHash"], "Agim Gjergjaj"),
        (["validFrom"], "2020-01-01T00:00:00+01:00"),
        (["credentialStatus", "statusListIndex"], "1"),
        (["gradePoints"], "5"),
        (["credentialSubject", "note"], "unknown to every context"),
        (["@context"], [contexts.CREDENTIALS]),
        (["proof", 1, "created"], "2020-01-01T00:00:00Z"),
        (["proof", 1, "created"], "yesterday"),
        (["proof", 1, "created"], "2026-11-22"),
        (["proof", 1, "proofPurpose"], "authentication"),
        (["proof", 1, "proofValue"], "z111"),
        (["proof", 1, "proofValue"], "u" + "A" * 86),
        (["proof", 1, "proofValue"], 7),
        (["proof", 1, "@context"], [contexts.CREDENTIALS]),
        (["proof", 1, "expires"], "2099-01-01T00:00:00Z"),
        (["proof", 1, "cryptosuite"], "eddsa-jcs-2023"),
        (["proof", 1, "type"], "Ed25519Signature2020"),
        (["proof"], []),
        (["proof"], "signed"),
        (["proof"], None),
        (["issuer", "id"], "did:web:evil.example"),
        (["issuer"], 7),
        (["value"], 2**60),
        (["value"], float("inf")),
    ],
)
def test_any_change_is_refused(path, value):
    with pytest.raises(Refused):
        data_integrity.verify(changed(secured(), path, value), KEYS)


def leaves(value, way=()):
    """The path of every text, number and truth value in ``value``."""
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(each, (*way, key))
    else:
        yield way


SECURED = secured()
LEAVES = [path for path in leaves(SECURED) if path[:2] != ("proof", 0)]  # the other proof is not looked at
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(st.sampled_from(LEAVES), ANYTHING)
def test_any_leaf_that_is_anything_else_is_refused(path, value):
    other = changed(SECURED, path, value)
    assume(json.dumps(other) != json.dumps(SECURED))

    with pytest.raises((Refused, UnknownKey)):
        data_integrity.verify(other, KEYS)


def test_two_proofs_of_a_kind_are_refused_and_other_kinds_are_not_looked_at():
    document = secured()
    stranger = {"type": "DataIntegrityProof", "cryptosuite": "bbs-2023", "proofValue": "u"}

    with pytest.raises(Refused, match="2 proofs of the kind eddsa-jcs-2022"):
        data_integrity.verify(document | {"proof": [document["proof"][1]] * 2}, KEYS)
    assert data_integrity.verify(document | {"proof": [stranger, document["proof"][1]]}, KEYS).document == unsigned(
        with_licence=True
    )


def test_a_key_we_do_not_know_is_told_apart_from_a_false_signature():
    document = secured()

    with pytest.raises(UnknownKey, match="key-2026-1") as unknown:
        data_integrity.verify(document, {f"{DID}#key-2025-1": PUBLIC})
    assert unknown.value.key_id == KEY_ID
    with pytest.raises(Refused, match="another key signed it"):
        data_integrity.verify(document, {KEY_ID: Ed25519PrivateKey.generate().public_key().public_bytes_raw()})


def test_a_known_key_of_another_issuer_does_not_speak_for_this_one():
    other = Signer("did:web:other.example#key-1", PUBLIC, SIGNER.sign)
    proof = data_integrity.prove(unsigned(), other, created=CREATED, suite=JCS)

    with pytest.raises(Refused, match="does not belong to the issuer"):
        data_integrity.verify(unsigned() | {"proof": proof}, KEYS | {other.verification_method: PUBLIC})
    with pytest.raises(ValueError, match="does not belong to the issuer"):
        data_integrity.secure(unsigned(), other, created=CREATED)


def test_we_sign_over_no_member_that_the_contexts_do_not_know():
    with pytest.raises(contexts.MemberLost, match="gradePoints"):
        data_integrity.secure(unsigned() | {"gradePoints": "5"}, SIGNER, created=CREATED)


def test_what_is_signed_is_not_signed_again_and_a_moment_has_a_zone():
    with pytest.raises(ValueError, match="signed already"):
        data_integrity.secure(secured(), SIGNER, created=CREATED)
    with pytest.raises(ValueError, match="no time zone"):
        data_integrity.secure(unsigned(), SIGNER, created=CREATED.replace(tzinfo=None))


@pytest.fixture
def hasty_threads():
    """Threads that take turns at every few instructions: then pyld without a lock fails in most runs."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("hasty_threads")
def test_eight_threads_sign_the_same_bytes():
    expected, document = secured(), unsigned(with_licence=True)
    found, failed = [], []

    def sign():
        try:
            for _ in range(10):
                found.append(data_integrity.secure(document, SIGNER, created=CREATED))
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=sign) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert found == [expected] * 80


def test_signing_and_verifying_ask_the_network_for_nothing(monkeypatch):
    def refuse(*args, **rest):
        raise AssertionError(f"The network was asked: {args}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    contexts.content.cache_clear()
    elsewhere = changed(secured(), ["@context", 1], "https://evil.example/context.json")

    assert data_integrity.verify_own(secured(), KEYS).created == CREATED
    with pytest.raises(Refused):
        data_integrity.verify(elsewhere, KEYS)


def test_a_poisoned_document_is_answered_at_once():
    """Nine blank nodes that point at each other: canonicalising their meaning takes minutes, hashing them does not."""
    names = [f"_:b{number}" for number in range(9)]
    nodes = [{"id": name, "type": "Profile", "endorsement": [{"id": other} for other in names]} for name in names]
    poison = json.dumps(secured() | {"credentialSubject": nodes})

    started = time.process_time()
    with pytest.raises(Refused):
        data_integrity.verify(credential.parse(poison), KEYS)

    assert time.process_time() - started < 0.5
