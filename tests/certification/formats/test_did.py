"""The issuer's document and keys: retired ones stay, compromised ones go, and others read them as we mean them."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import KeySet
from openbadgeslib.ob3.did import did_web_from_url, multikey_from_pem, resolve_verification_method
from openbadgeslib.ob3.verifier import OB3VerificationError

from certification.formats import did
from certification.formats.did import PublishedKey, State
from tests.certification.formats.samples import DID, KEY_ID, PEM, PUBLIC

pytestmark = pytest.mark.once


def a_key(name, state=State.ACTIVE):
    return PublishedKey(f"{DID}#{name}", Ed25519PrivateKey.generate().public_key().public_bytes_raw(), state)


@pytest.mark.parametrize(
    ("host", "path", "name", "address"),
    [
        ("deshmi.org", (), "did:web:deshmi.org", "https://deshmi.org/.well-known/did.json"),
        ("localhost:8000", (), "did:web:localhost%3A8000", "https://localhost:8000/.well-known/did.json"),
        ("deshmi.org", ("i", "council"), "did:web:deshmi.org:i:council", "https://deshmi.org/i/council/did.json"),
    ],
)
def test_a_did_web_and_the_address_of_its_document(host, path, name, address):
    assert did.did_web(host, *path) == name == did_web_from_url("/".join(("https:/", host, *path)))
    assert did.document_url(name) == address


@pytest.mark.parametrize("host", ["", "Deshmi.org", "deshmi.org/path", "https://deshmi.org", "a b", "deshmi.org:x"])
def test_what_is_no_host_makes_no_did(host):
    with pytest.raises(ValueError, match="cannot be a did:web"):
        did.did_web(host)


@pytest.mark.parametrize("name", ["did:key:z6Mk", "did:web:", "https://deshmi.org"])
def test_another_kind_of_did_has_no_address(name):
    with pytest.raises(ValueError, match="is not a did:web"):
        did.document_url(name)


def test_pending_active_and_retired_keys_are_listed_and_may_assert_and_a_compromised_one_is_nowhere():
    keys = [a_key(state.value, state) for state in State]

    document = did.document(DID, keys)

    trusted = [f"{DID}#{name}" for name in ("active", "pending", "retired")]
    assert [method["id"] for method in document["verificationMethod"]] == trusted
    assert document["assertionMethod"] == trusted
    assert [key["kid"] for key in did.jwks(DID, keys)["keys"]] == trusted
    assert "compromised" not in json.dumps([document, did.jwks(DID, keys)])


def test_openbadgeslib_writes_the_same_multikey_and_reads_each_key_from_our_document():
    document = did.document(DID, [PublishedKey(KEY_ID, PUBLIC), a_key("key-2025-1", State.RETIRED)])

    def resolve(method):
        return resolve_verification_method(method, download=lambda *_args: json.dumps(document).encode())

    assert did.multikey(PUBLIC) == multikey_from_pem(PEM)
    assert resolve(KEY_ID) == PEM
    assert resolve(f"{DID}#key-2025-1") != PEM
    with pytest.raises(OB3VerificationError):
        resolve(f"{DID}#key-2024-1")


def test_the_key_set_is_read_by_a_jose_library_and_names_no_algorithm_and_no_secret():
    found = did.jwks(DID, [PublishedKey(KEY_ID, PUBLIC)])

    assert found == {"keys": [did.jwk(PublishedKey(KEY_ID, PUBLIC))]}
    assert set(found["keys"][0]) == {"kty", "crv", "use", "kid", "x"}
    assert KeySet.import_key_set(found).get_by_kid(KEY_ID).as_pem(private=False) == PEM


def test_a_key_of_another_issuer_or_a_name_used_twice_is_refused():
    with pytest.raises(ValueError, match="does not belong to did:web:other"):
        did.document("did:web:other.example", [PublishedKey(KEY_ID, PUBLIC)])
    with pytest.raises(ValueError, match="same id"):
        did.document(DID, [a_key("key-2026-1"), a_key("key-2026-1", State.RETIRED)])


def test_a_multikey_is_read_back_and_another_kind_of_key_is_refused():
    assert did.public_of(did.multikey(PUBLIC)) == PUBLIC
    assert did.multikey(PUBLIC).startswith("z6Mk")
    with pytest.raises(ValueError, match="not an Ed25519 Multikey"):
        did.public_of(did.to_multibase(b"\x80\x24" + bytes(33)))  # P-256
    with pytest.raises(ValueError, match="32 bytes, not 31"):
        did.multikey(PUBLIC[1:])


@given(st.binary(max_size=70))
def test_multibase_reads_back_what_it_wrote(raw):
    text = did.to_multibase(raw)

    if raw:
        assert did.from_multibase(text) == raw
    else:
        assert text == "z"


@pytest.mark.parametrize("text", ["", "z", "u123", "z0", "zO", "zI", "zl", "z é", "z" + "1" * 128])
def test_what_is_no_multibase_is_refused(text):
    with pytest.raises(ValueError, match="Not a base58btc multibase text"):
        did.from_multibase(text)
