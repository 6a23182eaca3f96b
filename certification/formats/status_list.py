"""Bitstring Status Lists: one bit a certificate, published so that anyone may look without saying whose they look up.

W3C Bitstring Status List v1.0. A list is 131,072 bits, the first one leftmost; packed by GZIP and written as
multibase base64url it is the ``encodedList`` of a BitstringStatusListCredential. Proof and JWT are put on by the
formats for those; here is what they are put on, and what is read from a list whose proof has been found good.
"""

import base64
import binascii
import re
import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

ENTRIES = 131_072  # section 6.1: no shorter list, so that one bit tells nothing about its certificate
REVOCATION, SUSPENSION = "revocation", "suspension"
PURPOSES = (REVOCATION, SUSPENSION)
CONTEXT = "https://www.w3.org/ns/credentials/v2"
# From when and until when a list made now may be relied on: begun early for clocks that are slow.
BEGUN_BEFORE, LASTS = timedelta(minutes=15), timedelta(days=7)
CLOCKS_DIFFER_BY = timedelta(seconds=300)

# RFC 1952: deflate, no name, no time, strongest packing, system unknown. Written here because what a library
# writes differs between its versions.
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
# Bits without any order do not shrink: 16,384 bytes take about 16,410, in base64url 21,880 symbols.
_LONGEST_ENCODED = 32_768
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")


class NotAStatusList(ValueError):
    """It cannot be read as a status list, or not as the one that was asked for."""


class ListOutOfDate(NotAStatusList):
    """It is the list that was asked for, but not of today: what it says must not be relied on."""


@dataclass(frozen=True)
class Bits:
    """The unpacked list."""

    octets: bytes

    def __len__(self) -> int:
        return len(self.octets) * 8

    def __getitem__(self, index: int) -> bool:
        """Is the bit at ``index`` set? Section 3.2: index 0 is the leftmost bit of the first byte."""
        if not 0 <= index < len(self):
            raise IndexError(f"A list of {len(self)} entries has no entry {index}.")
        return bool(self.octets[index // 8] & (0x80 >> index % 8))

    @property
    def are_set(self) -> frozenset[int]:
        return frozenset(
            place * 8 + bit
            for place, octet in enumerate(self.octets)
            if octet
            for bit in range(8)
            if octet & (0x80 >> bit)
        )


def encode(are_set: Iterable[int], entries: int = ENTRIES) -> str:
    """The ``encodedList`` (section 2.2) in which exactly the entries ``are_set`` are 1. Same set, same text."""
    if entries < ENTRIES or entries % 8:
        raise ValueError(f"A list has at least {ENTRIES} entries and whole bytes, not {entries}.")
    octets = bytearray(entries // 8)
    for index in are_set:
        if not 0 <= index < entries:
            raise ValueError(f"Entry {index} is not on a list of {entries} entries.")
        octets[index // 8] |= 0x80 >> index % 8
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(octets) + packer.flush()
    content = _GZIP_HEADER + packed + struct.pack("<II", zlib.crc32(octets), len(octets))
    return "u" + base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decode(encoded: str, entries: int = ENTRIES) -> Bits:
    """The bits of an ``encodedList``. Raises NotAStatusList.

    Never unpacks more than a list of ``entries`` holds, whatever it was packed from.
    """
    if not encoded.startswith("u") or not _BASE64URL.fullmatch(encoded[1:]):
        raise NotAStatusList("A status list is written as 'u' and base64url without padding.")
    if len(encoded) > max(_LONGEST_ENCODED, entries // 4):
        raise NotAStatusList(f"{len(encoded)} symbols are too many for a list of {entries} entries.")
    try:
        content = base64.b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4), altchars=b"-_", validate=True)
        unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        # One byte of room more than needed: then the end is reached and checked, or the list is too long.
        octets = unpacker.decompress(content, entries // 8 + 1)
    except (binascii.Error, zlib.error) as error:
        raise NotAStatusList(f"The status list cannot be unpacked: {error}.") from None
    if len(octets) > entries // 8:
        raise NotAStatusList(f"The status list unpacks to more than {entries} entries.")
    if not unpacker.eof or unpacker.unused_data:
        raise NotAStatusList("The status list is cut off, or something follows it.")
    if len(octets) != entries // 8:
        raise NotAStatusList(f"A status list has {entries} entries; this one has {len(octets) * 8}.")
    return Bits(octets)


def dates(now: datetime) -> tuple[datetime, datetime]:
    """``validFrom`` and ``validUntil`` of a list made ``now``: 15 minutes ago and 7 days ahead."""
    return now - BEGUN_BEFORE, now + LASTS


def credential(
    *, id: str, issuer: str, purpose: str, are_set: Iterable[int], valid_from: datetime, valid_until: datetime
) -> dict[str, Any]:
    """A BitstringStatusListCredential (section 2.2) without its proof.

    ``id`` is the address at which it is published, ``issuer`` the DID of whoever issued the certificates on it.
    """
    if purpose not in PURPOSES:
        raise ValueError(f"A status list is for one of {', '.join(PURPOSES)}, not for {purpose!r}.")
    return {
        "@context": [CONTEXT],
        "id": id,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": _moment(valid_from),
        "validUntil": _moment(valid_until),
        "credentialSubject": {
            "id": f"{id}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": encode(are_set),
        },
    }


def entry(*, list_id: str, purpose: str, index: int) -> dict[str, str]:
    """A certificate's ``credentialStatus`` (section 2.1): where its bit is. The index is written as text."""
    if not 0 <= index < ENTRIES:
        raise ValueError(f"Entry {index} is not on a list of {ENTRIES} entries.")
    return {
        "id": f"{list_id}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(index),
        "statusListCredential": list_id,
    }


def read(found: Mapping[str, Any], *, id: str, issuer: str, purpose: str, at: datetime) -> Bits:
    """The bits of a list credential whose proof the caller has checked (section 3.2, Validate Algorithm).

    Raises NotAStatusList unless it is the list ``id`` of ``issuer`` for ``purpose``, and ListOutOfDate when it does
    not hold at the moment ``at``; clocks may differ by five minutes.
    """
    subject = found.get("credentialSubject")
    types = found.get("type")
    if not isinstance(types, list) or "BitstringStatusListCredential" not in types or not isinstance(subject, dict):
        raise NotAStatusList("This is not a BitstringStatusListCredential.")
    told = found.get("issuer")
    told = told.get("id") if isinstance(told, dict) else told
    for name, value, expected in (
        ("address", found.get("id"), id),
        ("issuer", told, issuer),
        ("kind", subject.get("type"), "BitstringStatusList"),
        ("purpose", subject.get("statusPurpose"), purpose),
    ):
        if value != expected:
            raise NotAStatusList(f"The status list's {name} is {str(value)[:200]!r}; {expected!r} was expected.")
    begins, ends = _read_moment(found.get("validFrom")), _read_moment(found.get("validUntil"))
    if at < begins - CLOCKS_DIFFER_BY:
        raise ListOutOfDate(f"The status list holds from {_moment(begins)} only.")
    if at > ends + CLOCKS_DIFFER_BY:
        raise ListOutOfDate(f"The status list held until {_moment(ends)}. Fetch the present one.")
    encoded = subject.get("encodedList")
    if not isinstance(encoded, str):
        raise NotAStatusList("The status list has no encodedList.")
    return decode(encoded)


def _moment(moment: datetime) -> str:
    """``moment`` in UTC to the second, as XML Schema's dateTimeStamp writes it."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone.")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _read_moment(text: object) -> datetime:
    if not isinstance(text, str) or not _MOMENT.fullmatch(text):
        raise NotAStatusList("The status list does not say from when and until when it holds.")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise NotAStatusList(f"{text!r} is no moment.") from None
