"""The same credential as a signed token, ``vc+jwt``: W3C Securing Verifiable Credentials using JOSE and COSE 1.0.

The payload is the credential itself (section 3.1.1), with the registered claims that Open Badges 3.0 asks for beside its
members (section 8.2.4.1); they say nothing of their own and must agree with it.
"""

import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc import errors, jws
from joserfc.jwk import OKPKey
from joserfc.util import json_b64encode, urlsafe_b64decode, urlsafe_b64encode

from certification.formats.credential import NotACredential, issuer_of, parse
from certification.formats.data_integrity import Refused, UnknownKey
from certification.formats.signer import Signer

TYPE = "vc+jwt"
ALGORITHM = "EdDSA"
_CLAIMS = {"iss", "sub", "jti", "nbf", "exp"}


class _Ed25519(jws.JWSAlgModel):
    """EdDSA (RFC 8037) by a key that is asked for signatures and not held."""

    name = ALGORITHM
    description = "Ed25519, the private key elsewhere"
    key_type = "OKP"

    def __init__(self, signer: Signer | None = None):
        self._signer = signer

    def sign(self, msg: bytes, key: Any) -> bytes:
        if self._signer is None:
            raise TypeError("This algorithm only verifies.")
        return self._signer.sign(msg)

    def verify(self, msg: bytes, sig: bytes, key: OKPKey) -> bool:
        public = key.get_op_key("verify")
        if not isinstance(public, Ed25519PublicKey):
            return False
        try:
            public.verify(sig, msg)
        except InvalidSignature:
            return False
        return True


class _Registry(jws.JWSRegistry):
    """Knows one algorithm, so that no header can choose another, ``none`` least of all."""

    def __init__(self, signer: Signer | None = None):
        super().__init__(algorithms=[ALGORITHM])
        self.algorithms = {ALGORITHM: _Ed25519(signer)}


def sign(document: Mapping[str, Any], signer: Signer) -> str:
    """The unsigned credential ``document`` as a token. The same arguments give the same text."""
    if "proof" in document or _CLAIMS & set(document):
        raise ValueError("Give the credential as it was built, without proof and without claims of a token.")
    if signer.verification_method.partition("#")[0] != issuer_of(document):
        raise ValueError(f"The key {signer.verification_method} does not belong to the issuer {issuer_of(document)!r}.")
    header = _header(signer.verification_method)
    payload = rfc8785.dumps({**document, **_claims(document)})
    return jws.serialize_compact(header, payload, _public(signer.public), registry=_Registry(signer))


def beginning(key_id: str) -> str:
    """How every token signed with the key ``key_id`` (a DID URL) begins, up to and with the first dot."""
    return f"{json_b64encode(_header(key_id)).decode()}."


def _header(key_id: str) -> dict[str, str]:
    return {"alg": ALGORITHM, "cty": "vc", "kid": key_id, "typ": TYPE}


def verify(token: str | bytes, keys: Mapping[str, bytes]) -> tuple[dict[str, Any], str]:
    """The credential in ``token`` (without the token's claims) and the id of the key that signed it.

    The token may come from anybody. ``keys`` are the raw public keys we trust, by DID URL; a header that brings a key
    or an address of one is refused, and nothing is fetched. Says nothing of time: a credential's own dates do. Raises
    Refused, or UnknownKey when the header names a key that is not in ``keys``.
    """
    parts = (token.encode("ascii", "replace") if isinstance(token, str) else token).strip().split(b".")
    if len(parts) != 3:
        raise Refused(f"A token has three parts between dots; this has {len(parts)}.")
    header, document = _object(parts[0], "header"), _object(parts[1], "payload")
    key_id = _checked(header)
    if key_id.partition("#")[0] != issuer_of(document):
        raise Refused(f"The key {key_id!r} does not belong to the issuer {issuer_of(document)!r}.")
    if key_id not in keys:
        raise UnknownKey(key_id)
    try:
        jws.deserialize_compact(b".".join(parts), _public(keys[key_id]), registry=_Registry())
    except (errors.JoseError, ValueError) as error:
        raise Refused(f"The token's signature does not hold: {error}") from error
    credential = {name: value for name, value in document.items() if name not in _CLAIMS}
    claims = {name: value for name, value in document.items() if name in _CLAIMS}
    if claims != _claims(credential):
        raise Refused("The token's claims say something else than the credential in it.")
    return credential, key_id


def _claims(document: Mapping[str, Any]) -> dict[str, Any]:
    """``iss``, ``sub``, ``jti``, ``nbf`` and ``exp`` as they follow from the credential. Raises Refused if they cannot."""
    subject = document.get("credentialSubject")
    found = {
        "iss": issuer_of(document) or None,
        "sub": subject.get("id") if isinstance(subject, Mapping) else None,
        "jti": document.get("id"),
        "nbf": _seconds(document.get("validFrom")),
        "exp": _seconds(document.get("validUntil")),
    }
    return {name: value for name, value in found.items() if value is not None}


def _seconds(moment: Any) -> int | None:
    if moment is None:
        return None
    try:
        known = datetime.fromisoformat(moment)
        if known.tzinfo is None:
            raise ValueError("it has no time zone")
        return int(known.timestamp())
    except (TypeError, ValueError, OverflowError) as error:
        raise Refused(f"The date {moment!r} in the credential is not a moment.") from error


def _checked(header: dict[str, Any]) -> str:
    """The key id in ``header``, which may say nothing but what ours say."""
    unknown = sorted(set(header) - {"alg", "cty", "kid", "typ"})
    if unknown:
        raise Refused(f"The token's header has {', '.join(unknown)}; keys and addresses of keys are not taken from it.")
    if header.get("alg") != ALGORITHM:
        raise Refused(f"The token is signed with {header.get('alg')!r}; ours are signed with {ALGORITHM}.")
    if header.get("typ") != TYPE or header.get("cty", "vc") != "vc":
        raise Refused(f"The token is of type {header.get('typ')!r}, not {TYPE}.")
    if not isinstance(header.get("kid"), str):
        raise Refused("The token does not name its key.")
    return header["kid"]


def _object(part: bytes, which: str) -> dict[str, Any]:
    try:
        raw = urlsafe_b64decode(part)
        if urlsafe_b64encode(raw) != part:
            raise Refused(f"The token's {which} is not written in the one way base64url allows.")
        return parse(raw)
    except (binascii.Error, NotACredential) as error:
        raise Refused(f"The token's {which} cannot be read: {error}") from error


def _public(raw: bytes) -> OKPKey:
    x = urlsafe_b64encode(raw).decode()
    return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": x})
