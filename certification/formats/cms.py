"""Signed data as a PDF carries it (CMS, RFC 5652), with the attributes that PAdES B-B asks for (ETSI EN 319 122-1, 6.3).

From one document to the next only a digest and a signature differ, so the rest is written once for a key. A general
library builds it anew each time, which costs as much as the rest of sealing twice over.
"""

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from asn1crypto import x509

_INTEGER, _OCTETS, _SEQUENCE, _SET = 0x02, 0x04, 0x30, 0x31
_CONTEXT_0, _CONTEXT_1, _CONTEXT_4 = 0xA0, 0xA1, 0xA4
# Object identifiers in DER.
_DATA = bytes.fromhex("06092a864886f70d010701")
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_CONTENT_TYPE = bytes.fromhex("06092a864886f70d010903")
_MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")
_SIGNING_CERTIFICATE_V2 = bytes.fromhex("060b2a864886f70d010910022f")
_TIME_STAMP_TOKEN = bytes.fromhex("060b2a864886f70d010910020e")
_SHA256 = bytes.fromhex("300d06096086480165030402010500")
# Signature algorithm → its identifier: ecdsa-with-SHA256 (RFC 5758, 3.2) and sha256WithRSAEncryption (RFC 4055, 5).
_ALGORITHMS = {
    "ecdsa": bytes.fromhex("300a06082a8648ce3d040302"),
    "rsa": bytes.fromhex("300d06092a864886f70d01010b0500"),
}


class _OfKey(NamedTuple):
    """What is the same in every signature of a key, in DER."""

    certificates: bytes
    issuer_and_serial: bytes
    signing_certificate: bytes  # the attribute that binds the signature to this very certificate
    algorithm: bytes


def signed_attributes(digest: bytes, certificate: bytes) -> bytes:
    """What is signed: the SET of attributes over the SHA-256 ``digest`` of the document, for ``certificate`` in DER.

    The claimed time is not among them, because in a PDF the signature's dictionary says it (EN 319 142-1, 6.3).
    """
    return _der(_SET, _attributes(digest, _of_certificate(certificate)[1]))


def signed_data(
    digest: bytes,
    signature: bytes,
    *,
    certificate: bytes,
    chain: tuple[bytes, ...],
    algorithm: str,
    time_stamp: bytes = b"",
) -> bytes:
    """The whole structure around a ``signature`` over ``signed_attributes``; ``time_stamp`` is a token over it, in DER.

    ``algorithm`` is ecdsa or rsa, both with SHA-256.
    """
    known = _of_key(certificate, chain, algorithm)
    token = _der(_CONTEXT_1, _attribute(_TIME_STAMP_TOKEN, time_stamp)) if time_stamp else b""
    signer = _der(
        _SEQUENCE,
        _number(1),
        known.issuer_and_serial,
        _SHA256,
        _der(_CONTEXT_0, _attributes(digest, known.signing_certificate)),
        known.algorithm,
        _der(_OCTETS, signature),
        token,
    )
    content = _der(
        _SEQUENCE,
        _number(1),
        _der(_SET, _SHA256),
        _der(_SEQUENCE, _DATA),
        known.certificates,
        _der(_SET, signer),
    )
    return _der(_SEQUENCE, _SIGNED_DATA, _der(_CONTEXT_0, content))


@lru_cache(maxsize=8)
def _of_key(certificate: bytes, chain: tuple[bytes, ...], algorithm: str) -> _OfKey:
    every = _der(_CONTEXT_0, *_in_order([certificate, *chain]))
    return _OfKey(every, *_of_certificate(certificate), _ALGORITHMS[algorithm])


@lru_cache(maxsize=8)
def _of_certificate(certificate: bytes) -> tuple[bytes, bytes]:
    """Issuer and serial number, and the attribute signing-certificate-v2 (RFC 5035, 3; SHA-256 is its default)."""
    parsed = x509.Certificate.load(certificate)
    issuer, serial = parsed.issuer.dump(), parsed["tbs_certificate"]["serial_number"].dump()
    names = _der(_SEQUENCE, _der(_CONTEXT_4, issuer))  # GeneralNames with one directoryName
    identified = _der(_SEQUENCE, _der(_OCTETS, hashlib.sha256(certificate).digest()), _der(_SEQUENCE, names, serial))
    attribute = _attribute(_SIGNING_CERTIFICATE_V2, _der(_SEQUENCE, _der(_SEQUENCE, identified)))
    return _der(_SEQUENCE, issuer, serial), attribute


def _attributes(digest: bytes, signing_certificate: bytes) -> bytes:
    return b"".join(
        _in_order(
            [
                _attribute(_CONTENT_TYPE, _DATA),
                _attribute(_MESSAGE_DIGEST, _der(_OCTETS, digest)),
                signing_certificate,
            ]
        )
    )


def _in_order(members: Iterable[bytes]) -> list[bytes]:
    """The members of a SET OF as DER orders them (ITU-T X.690, 11.6)."""
    return sorted(members)


def _attribute(kind: bytes, value: bytes) -> bytes:
    return _der(_SEQUENCE, kind, _der(_SET, value))


def _number(value: int) -> bytes:
    return _der(_INTEGER, bytes([value]))


def _der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content
