"""The token: what it carries, who else accepts it, and every way to point it at another key refused unfetched."""

import hashlib
import hmac
import json
import socket

import jwt
import pytest
from openbadgeslib.ob3.verifier import OB3Verifier

from certification.formats import data_integrity, jose
from certification.formats.data_integrity import Refused, UnknownKey
from certification.formats.signer import Signer
from tests.certification.formats.samples import (
    CREATED,
    CREDENTIAL_ID,
    DID,
    KEY_ID,
    KEYS,
    PEM,
    PUBLIC,
    SIGNER,
    SUBJECT_ID,
    base64url,
    did_document,
    private,
    some_facts,
    unsigned,
    valid_now,
)

pytestmark = pytest.mark.once

HEADER = {"alg": "EdDSA", "cty": "vc", "kid": KEY_ID, "typ": "vc+jwt"}


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*args, **rest):
        raise AssertionError(f"The network was asked: {args}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


def payload_of(token):
    return json.loads(jwt.utils.base64url_decode(token.split(".")[1]))


def forged(header, payload=None, sign=private.sign):
    """A token with this header and payload, truly signed by our key unless said otherwise."""
    payload = payload or payload_of(jose.sign(unsigned(), SIGNER))
    start = ".".join(base64url(json.dumps(part).encode()) for part in (header, payload))
    return f"{start}.{base64url(sign(start.encode()))}"


def test_a_token_gives_back_the_credential_and_its_key():
    document = unsigned(some_facts("sr"), with_licence=True)

    assert jose.verify(jose.sign(document, SIGNER), KEYS) == (document, KEY_ID)
    assert jose.sign(document, SIGNER) == jose.sign(document, SIGNER)


def test_the_header_and_the_claims_are_those_of_the_standards():
    token = jose.sign(unsigned(), SIGNER)

    assert jwt.get_unverified_header(token) == HEADER
    claims = {name: payload_of(token)[name] for name in ("iss", "sub", "jti", "nbf", "exp")}
    assert claims == {
        "iss": DID,
        "sub": SUBJECT_ID,
        "jti": CREDENTIAL_ID,
        "nbf": 1795302000,  # 2026-11-22T00:00:00+01:00
        "exp": 1889996399,  # 2029-11-21T23:59:59+01:00
    }
    assert "vc" not in payload_of(token)


def test_a_certificate_for_life_has_no_exp():
    assert "exp" not in payload_of(jose.sign(unsigned(some_facts(months=None)), SIGNER))


def test_openbadgeslib_and_pyjwt_accept_it():
    token = jose.sign(unsigned(valid_now()), SIGNER)

    by_did = OB3Verifier.for_issuer_did(DID, download=lambda *_args: json.dumps(did_document()).encode())

    assert by_did.verify(token).recipient_id == SUBJECT_ID
    assert jwt.decode(token, PEM, algorithms=["EdDSA"])["id"] == CREDENTIAL_ID


def test_forging_with_our_own_key_and_header_is_accepted_so_the_refusals_below_have_other_reasons():
    assert jose.verify(forged(HEADER), KEYS) == (unsigned(), KEY_ID)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"alg": "none"}, "signed with 'none'"),
        ({"alg": "HS256"}, "signed with 'HS256'"),
        ({"alg": "ES256"}, "signed with 'ES256'"),
        ({"alg": ["EdDSA"]}, "signed with"),
        ({"jku": "https://evil.example/jwks.json"}, "header has jku"),
        ({"x5u": "https://evil.example/cert.pem"}, "header has x5u"),
        ({"x5c": ["AAAA"]}, "header has x5c"),
        ({"jwk": {"kty": "OKP", "crv": "Ed25519", "x": base64url(PUBLIC)}}, "header has jwk"),
        ({"crit": ["b64"], "b64": False}, "header has b64, crit"),
        ({"typ": "JWT"}, "of type 'JWT'"),
        ({"typ": None}, "of type None"),
        ({"cty": "application/json"}, "of type"),
        ({"kid": "https://evil.example/key.jwk"}, "does not belong to the issuer"),
        ({"kid": "did:web:evil.example#key-1"}, "does not belong to the issuer"),
        ({"kid": DID}, "key"),
        ({"kid": ["did"]}, "does not name its key"),
    ],
)
def test_a_header_that_points_elsewhere_is_refused_even_when_the_signature_is_ours(change, words):
    with pytest.raises((Refused, UnknownKey), match=words):
        jose.verify(forged(HEADER | change), KEYS)


def test_the_public_key_as_a_shared_secret_signs_nothing():
    def sign(content):
        return hmac.new(PEM, content, hashlib.sha256).digest()

    for algorithm in ("HS256", "EdDSA"):
        with pytest.raises(Refused):
            jose.verify(forged(HEADER | {"alg": algorithm}, sign=sign), KEYS)


def test_a_token_without_signature_is_refused():
    for token in (forged(HEADER, sign=lambda _content: b""), forged(HEADER | {"alg": "none"}, sign=lambda _c: b"")):
        with pytest.raises(Refused):
            jose.verify(token, KEYS)


def test_a_key_of_ours_that_is_not_known_is_told_apart():
    with pytest.raises(UnknownKey) as unknown:
        jose.verify(forged(HEADER | {"kid": f"{DID}#key-2031-1"}), KEYS)

    assert unknown.value.key_id == f"{DID}#key-2031-1"


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "did:web:evil.example"},
        {"sub": "urn:uuid:1"},
        {"jti": "urn:uuid:1"},
        {"nbf": 1},
        {"exp": 4_000_000_000},
        {"validUntil": "2099-01-01T00:00:00Z"},
        {"validFrom": "soon"},
        {"validFrom": "2026-11-22T00:00:00"},
        {"issuer": {"id": "did:web:evil.example"}},
    ],
)
def test_claims_that_say_something_else_than_the_credential_are_refused(change):
    with pytest.raises(Refused):
        jose.verify(forged(HEADER, payload_of(jose.sign(unsigned(), SIGNER)) | change), KEYS)


def test_missing_claims_are_refused():
    payload = payload_of(jose.sign(unsigned(), SIGNER))
    del payload["iss"]

    with pytest.raises(Refused, match="claims say something else"):
        jose.verify(forged(HEADER, payload), KEYS)


def test_a_changed_payload_is_refused():
    header, _payload, signature = jose.sign(unsigned(), SIGNER).split(".")
    payload = payload_of(jose.sign(unsigned(), SIGNER)) | {"name": "Another course"}

    with pytest.raises(Refused, match="signature does not hold"):
        jose.verify(f"{header}.{base64url(json.dumps(payload).encode())}.{signature}", KEYS)


@pytest.mark.parametrize(
    "twist",
    [
        lambda token: token + "=",
        lambda token: token + ".",
        lambda token: token.rsplit(".", 1)[0],
        lambda token: "." + token,
        lambda token: token.replace(".", ".\n", 1),
        lambda token: token.replace("e", "é", 1),
        lambda token: "e30" + token[token.index(".") :],
        lambda token: "!!!" + token[token.index(".") :],
        lambda token: token[:-1] + {"A": "B", "Q": "R", "g": "h", "w": "x"}[token[-1]],
        lambda token: "a" * 300_000 + "." + "a" * 300_000 + ".a",
        lambda token: f"{base64url(b'[' * 100_000)}.{base64url(b'{}')}.AA",
        lambda token: "",
    ],
)
def test_a_token_written_in_any_other_way_is_refused(twist):
    with pytest.raises(Refused):
        jose.verify(twist(jose.sign(unsigned(), SIGNER)), KEYS)


def test_only_a_bare_credential_of_the_keys_owner_is_signed():
    with pytest.raises(ValueError, match="without proof"):
        jose.sign(data_integrity.secure(unsigned(), SIGNER, created=CREATED), SIGNER)
    with pytest.raises(ValueError, match="without proof and without claims"):
        jose.sign(unsigned() | {"nbf": 1}, SIGNER)
    with pytest.raises(ValueError, match="does not belong to the issuer"):
        jose.sign(unsigned(), Signer("did:web:other.example#key-1", PUBLIC, private.sign))
