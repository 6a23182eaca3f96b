"""What the formats need to know of a key: its address and how to ask for a signature, never the key itself."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Signer:
    """An Ed25519 key as its user sees it.

    ``verification_method`` is the DID URL (``did:web:host#key-2026-1``) under which the public half is published;
    ``public`` are its 32 raw bytes; ``sign`` returns the 64 bytes of a signature (RFC 8032) over what it is given.
    """

    verification_method: str
    public: bytes
    sign: Callable[[bytes], bytes]
