"""The edge where bytes are signed: Ed25519, the key named by an id that follows from its public half."""

import base64
import hashlib
from dataclasses import dataclass
from functools import cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings


class UnknownKey(LookupError):
    """No public key is known under that id, so nothing can be said about the signature."""


@dataclass(frozen=True)
class Signature:
    key_id: str
    value: bytes


@cache
def _private(seed: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(seed))


def key_id_of(public: Ed25519PublicKey) -> str:
    """``ed25519-`` and the first sixteen hexadecimal digits of the SHA-256 of the raw public key."""
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return f"ed25519-{hashlib.sha256(raw).hexdigest()[:16]}"


def public_keys() -> dict[str, Ed25519PublicKey]:
    """Every key whose signatures we stand by, by id."""
    return _public(settings.SIGNING_KEY)


@cache
def _public(seed: str) -> dict[str, Ed25519PublicKey]:
    public = _private(seed).public_key()
    return {key_id_of(public): public}


def sign(content: bytes) -> Signature:
    """``content`` signed with the current key."""
    return Signature(current_key_id(), _private(settings.SIGNING_KEY).sign(content))


def current_key_id() -> str:
    return next(iter(_public(settings.SIGNING_KEY)))


def verify(content: bytes, signature: Signature) -> bool:
    """Did the key with that id sign exactly ``content``? Raises UnknownKey when we do not know the key."""
    public = public_keys().get(signature.key_id)
    if public is None:
        raise UnknownKey(f"The key {signature.key_id} is not known here.")
    try:
        public.verify(signature.value, content)
    except InvalidSignature:
        return False
    return True
