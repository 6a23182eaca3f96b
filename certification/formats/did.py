"""An issuer on the web: its did:web document and its keys as others look them up.

DID Core 1.0 section 5; did:web method; Controlled Identifiers 1.0 section 2.2.2 (Multikey); RFC 8037 (Ed25519 as JWK).
"""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import quote, unquote

from certification.formats import contexts

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ED25519_PUBLIC = b"\xed\x01"  # multicodec 0xed as a varint
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?")
_SEGMENT = re.compile(r"[A-Za-z0-9._-]+")


class State(Enum):
    PENDING = "pending"  # published ahead of its first use
    ACTIVE = "active"
    RETIRED = "retired"  # signs no more; what it signed stays good
    COMPROMISED = "compromised"


@dataclass(frozen=True)
class PublishedKey:
    """The public half of a key. ``id`` is its DID URL (``did:web:host#key-2026-1``), ``public`` 32 raw bytes."""

    id: str
    public: bytes
    state: State = State.ACTIVE


def did_web(host: str, *path: str) -> str:
    """The DID whose document lies on ``host``: ``localhost:8000`` becomes ``did:web:localhost%3A8000``."""
    if not _HOST.fullmatch(host) or not all(_SEGMENT.fullmatch(part) for part in path):
        raise ValueError(
            f"{'/'.join((host, *path))} cannot be a did:web; give a host name in small letters and plain parts."
        )
    return ":".join(("did:web", quote(host, safe=""), *path))


def document_url(did: str) -> str:
    """Where the document of ``did`` is read: ``/.well-known/did.json``, or ``did.json`` under its path."""
    method, _, rest = did.partition("did:web:")
    if method or not rest:
        raise ValueError(f"{did} is not a did:web.")
    host, *path = rest.split(":")
    return f"https://{unquote(host)}/{'/'.join(path) or '.well-known'}/did.json"


def document(did: str, keys: Iterable[PublishedKey]) -> dict[str, Any]:
    """The DID document with every key whose signatures we stand by.

    A retired key stays a verification method *and* an assertion method: without the second, certificates it signed
    would die with its retirement. A compromised key is in neither, because some verifiers read only the first.
    """
    trusted = _trusted(did, keys)
    return {
        "@context": [contexts.DID, contexts.MULTIKEY],
        "id": did,
        "verificationMethod": [
            {"id": key.id, "type": "Multikey", "controller": did, "publicKeyMultibase": multikey(key.public)}
            for key in trusted
        ],
        "assertionMethod": [key.id for key in trusted],
    }


def jwks(did: str, keys: Iterable[PublishedKey]) -> dict[str, Any]:
    """The same keys as a JWK set (RFC 7517 section 5)."""
    return {"keys": [jwk(key) for key in _trusted(did, keys)]}


def jwk(key: PublishedKey) -> dict[str, str]:
    """One key as a JWK, for the address that its ``kid`` leads to (Open Badges 3.0 section 8.2).

    It names no ``alg``: a verifier that knows only ``EdDSA``, or only ``Ed25519`` (RFC 9864), would turn it down.
    """
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "use": "sig",
        "kid": key.id,
        "x": base64.urlsafe_b64encode(key.public).rstrip(b"=").decode(),
    }


def multikey(public: bytes) -> str:
    """An Ed25519 public key as Multikey (``z6Mk…``)."""
    if len(public) != 32:
        raise ValueError(f"An Ed25519 public key has 32 bytes, not {len(public)}.")
    return to_multibase(_ED25519_PUBLIC + public)


def public_of(multikey: str) -> bytes:
    """The 32 bytes of an Ed25519 Multikey. Raises ValueError for anything else."""
    raw = from_multibase(multikey)
    if len(raw) != 34 or not raw.startswith(_ED25519_PUBLIC):
        raise ValueError(f"{multikey} is not an Ed25519 Multikey; those start with z6Mk.")
    return raw[2:]


def to_multibase(raw: bytes) -> str:
    """``raw`` in base 58 (the Bitcoin alphabet) with multibase's ``z`` before it."""
    number, digits = int.from_bytes(raw), ""
    while number:
        number, digit = divmod(number, 58)
        digits = _ALPHABET[digit] + digits
    zeros = len(raw) - len(raw.lstrip(b"\0"))
    return "z" + _ALPHABET[0] * zeros + digits


def from_multibase(text: str) -> bytes:
    """The bytes of a ``z…`` text of at most 128 characters. Raises ValueError when it is none."""
    if not 1 < len(text) <= 128 or text[0] != "z" or not set(text[1:]) <= set(_ALPHABET):
        raise ValueError("Not a base58btc multibase text: it starts with z and uses no 0, O, I or l.")
    digits = text[1:]
    number = 0
    for digit in digits:
        number = number * 58 + _ALPHABET.index(digit)
    zeros = len(digits) - len(digits.lstrip(_ALPHABET[0]))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)


def _trusted(did: str, keys: Iterable[PublishedKey]) -> list[PublishedKey]:
    kept = sorted((key for key in keys if key.state is not State.COMPROMISED), key=lambda key: key.id)
    for key in kept:
        if not key.id.startswith(f"{did}#"):
            raise ValueError(f"The key {key.id} does not belong to {did}.")
    if len({key.id for key in kept}) != len(kept):
        raise ValueError(f"Two keys of {did} have the same id; a new key takes a new name.")
    return kept
