"""The signed token in a certificate's QR code: what it states, checkable without any network.

The address is ``https://DOMAIN/v/NUMBER#TOKEN``. What follows ``#`` stays in the reader's browser; neither our server
nor its log sees it. TOKEN is base64url without padding of a body and the Ed25519 signature (RFC 8032, 64 bytes) over
``CONTEXT`` and the body. The body, whole numbers with the highest byte first, texts as one byte of length and UTF-8:

    1 byte   version, 1                      4 bytes  hours, in hundredths
    text     key id                          2 bytes  valid from, days since 1.1.1970
    12 bytes public number                   2 bytes  valid until, likewise; 0: for life
    text     name as printed                 4 bytes  status list × 131,072 + place on it
    text     course (its code, or a title if it is short)

A token says what was issued; whether it still stands only a status list knows.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from certification.formats.signer import Signer
from certification.formats.status_list import ENTRIES
from certification.rules import numbering

VERSION = 1
# Goes before what is signed, so that no other thing signed by the same key can be taken for a token.
CONTEXT = b"deshmi qr token\x00"
LONGEST = 888  # symbols of a token in which every text is as long as it may be
# Version 15 at error level M: the densest that was read from 35 mm at 150 dots an inch after blur, turn and JPEG.
LONGEST_ADDRESS = 412
# Version 13: what a phone held above the paper reads at once.
EASY_ADDRESS = 331
LONGEST_TEXT = 255  # bytes of a name or a course
_SIGNATURE = 64
_EPOCH = date(1970, 1, 1)
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_ADDRESS = re.compile(
    r"https://([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::\d{1,5})?)/v/([0-9A-Z]{12})#([A-Za-z0-9_-]+)"
)


class TokenRefused(ValueError):
    """Nothing in it may be relied on; the class says why, the message where it fails."""


class NotAToken(TokenRefused):
    """It does not have the form of a token of ours."""


class TooFine(ValueError):
    """A square code with so much in it could not be read from paper."""


class UnknownKey(TokenRefused):
    """It is signed with a key that the reader does not know: it cannot be checked."""


class BadSignature(TokenRefused):
    """The key is known and the signature is not of that key: it was altered or made up."""


@dataclass(frozen=True)
class Claims:
    """What a token states."""

    number: str  # public number, 12 symbols
    name: str  # as printed, NFC
    course: str
    hours: Decimal
    valid_from: date
    valid_until: date | None  # last valid day; None: for life
    status_list: int  # which list, 0 to 32,767
    index: int  # place on it


@dataclass(frozen=True)
class Token:
    """A token whose signature was found good, with the key that made it."""

    claims: Claims
    key_id: str


def issue(claims: Claims, signer: Signer) -> str:
    """The token of ``claims``. Raises ValueError for what it cannot hold. The same claims give the same token."""
    body = _body(claims, signer.verification_method.rpartition("#")[2])
    return _text(body + signer.sign(CONTEXT + body))


def verify(token: str, keys: Mapping[str, bytes]) -> Token:
    """The claims of ``token``, signed with one of ``keys`` (32 public bytes by key id).

    Raises UnknownKey, BadSignature, or NotAToken for anything that ``issue`` would not have written so.
    """
    content = _content(token)
    body, signature = content[:-_SIGNATURE], content[-_SIGNATURE:]
    key_id, claims = _parsed(body)
    if key_id not in keys:
        raise UnknownKey(f"The token is signed with the key {key_id!r}, which is not known here.")
    try:
        Ed25519PublicKey.from_public_bytes(keys[key_id]).verify(signature, CONTEXT + body)
    except InvalidSignature:
        raise BadSignature(
            f"The signature does not fit: the token was altered, or {key_id!r} did not sign it."
        ) from None
    return Token(claims, key_id)


def address(site_url: str, token: str, *, longest: int = LONGEST_ADDRESS) -> str:
    """What the QR code of a certificate holds: https://DOMAIN/v/NUMBER#TOKEN. ``site_url`` ends without a slash.

    Raises TooFine (a ValueError) when it has more than ``longest`` symbols, by default so that the code can just be read
    from paper. A name of 80 Cyrillic letters and the
    course by its code fit; 40 letters and a title of 35 too.
    """
    _key_id, claims = _parsed(_content(token)[:-_SIGNATURE])
    whole = f"{site_url}/v/{claims.number}#{token}"
    if len(whole) > longest:
        raise TooFine(
            f"An address of {len(whole)} symbols is too long for a QR code of 35 mm ({longest}); "
            "state the course by its code."
        )
    return whole


def read_address(text: str, keys: Mapping[str, bytes]) -> tuple[str, Token]:
    """The domain and the token of a scanned address. Raises NotAToken, also when the two numbers differ.

    The domain proves nothing: a forger prints any. Only the signature counts.
    """
    found = _ADDRESS.fullmatch(text) if len(text) <= LONGEST + 300 else None
    if found is None:
        raise NotAToken("This is not the address of a certificate: https://DOMAIN/v/NUMBER#TOKEN.")
    domain, number, token = found.groups()
    verified = verify(token, keys)
    if number != verified.claims.number:
        raise BadSignature(f"The address names {number}, the signed token {verified.claims.number}.")
    return domain, verified


def read_body(message: bytes) -> tuple[str, Claims]:
    """Key id and claims of what is signed in a token (``CONTEXT`` and the body): for whoever signs. Raises NotAToken."""
    if not message.startswith(CONTEXT):
        raise NotAToken("It does not begin as what is signed in a token does.")
    return _parsed(message.removeprefix(CONTEXT))


# --- Writing ---------------------------------------------------------------------------------------


def _body(claims: Claims, key_id: str) -> bytes:
    hundredths = claims.hours * 100
    if hundredths != int(hundredths):
        raise ValueError(f"{claims.hours} hours cannot be stated: two decimal places at most.")
    body = b"".join(
        (
            bytes([VERSION]),
            _counted(key_id, "key id"),
            claims.number.encode(),
            _counted(claims.name, "name"),
            _counted(claims.course, "course"),
            _number(int(hundredths), 4, "hours"),
            _number((claims.valid_from - _EPOCH).days, 2, "first valid day"),
            _number((claims.valid_until - _EPOCH).days, 2, "last valid day") if claims.valid_until else bytes(2),
            _number(claims.status_list * ENTRIES + claims.index, 4, "status list"),
        )
    )
    if _parsed(body) != (key_id, claims):  # an index beyond its list would be read as one on the next
        raise ValueError(f"Entry {claims.index} of status list {claims.status_list} cannot be stated.")
    return body


def _counted(text: str, what: str) -> bytes:
    encoded = text.encode()
    if not 1 <= len(encoded) <= LONGEST_TEXT:
        raise ValueError(f"A {what} of {len(encoded)} bytes cannot be stated: 1 to 255.")
    return bytes([len(encoded)]) + encoded


def _number(value: int, size: int, what: str) -> bytes:
    if not 0 <= value < 256**size:
        raise ValueError(f"The {what} cannot be stated: {value} is not between 0 and {256**size - 1}.")
    return value.to_bytes(size)


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


# --- Reading: every byte is accounted for ----------------------------------------------------------


def _content(token: str) -> bytes:
    if len(token) > LONGEST:
        raise NotAToken(f"A token has at most {LONGEST} symbols; this one has {len(token)}.")
    if not _BASE64URL.fullmatch(token):
        raise NotAToken("A token is written with letters, digits, - and _ only.")
    try:
        content = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise NotAToken("The token is cut off.") from None
    if _text(content) != token:  # bits after the last byte
        raise NotAToken("The token is not written as it was issued.")
    if len(content) <= _SIGNATURE:
        raise NotAToken("The token is cut off.")
    return content


class _Reader:
    """Takes a body apart from its beginning."""

    def __init__(self, body: bytes):
        self.rest = body

    def take(self, size: int) -> bytes:
        if len(self.rest) < size:
            raise NotAToken("The token is cut off.")
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size))

    def text(self, what: str) -> str:
        try:
            text = self.take(self.number(1)).decode()
        except UnicodeDecodeError:
            raise NotAToken(f"The {what} in the token is not UTF-8.") from None
        # Nothing invisible: no control characters, none that turn the direction of writing around.
        if not text.strip() or any(unicodedata.category(letter)[0] == "C" for letter in text):
            raise NotAToken(f"The {what} in the token is empty or holds characters that cannot be seen.")
        if text != unicodedata.normalize("NFC", text):
            raise NotAToken(f"The {what} in the token is not in its composed form (NFC).")
        return text


def _parsed(body: bytes) -> tuple[str, Claims]:
    reader = _Reader(body)
    version = reader.number(1)
    if version != VERSION:
        raise NotAToken(f"The token is of version {version}; only version {VERSION} is known.")
    key_id = reader.text("key id")
    if not _KEY_ID.fullmatch(key_id):
        raise NotAToken(f"{key_id!r} is no key id: 1 to 64 letters, digits, dots, hyphens and underscores.")
    number = reader.take(numbering.LENGTH).decode("latin-1")
    if not numbering.check(number):
        raise NotAToken(f"{number!r} in the token is not a certificate's number.")
    name, course = reader.text("name"), reader.text("course")
    hours = Decimal(reader.number(4)) / 100
    first, last, place = reader.number(2), reader.number(2), reader.number(4)
    if reader.rest:
        raise NotAToken(f"{len(reader.rest)} bytes too many in the token.")
    if last and last < first:
        raise NotAToken("The token's last valid day lies before its first.")
    return key_id, Claims(
        number=number,
        name=name,
        course=course,
        hours=hours,
        valid_from=_EPOCH + timedelta(days=first),
        valid_until=_EPOCH + timedelta(days=last) if last else None,
        status_list=place // ENTRIES,
        index=place % ENTRIES,
    )
