"""An entry of the log: that something was done, when, and a sealed commitment to what. No personal data.

    {"at":"2026-11-22T09:30:00Z","c":"<SHA-256(salt ‖ object), hexadecimal>","op":"issue","v":1}

The object (a credential, a status change, a key, a list, a template) is written canonically (JCS, RFC 8785), and so is
the entry. The salt is 128 random bits that only the holder's proof and our register know: without it nobody can guess
a name and try whether it fits; once it is deleted, the entry stays in the tree and says nothing about anyone.

The ``at`` of an issue is a moment that the certificate states itself, so that whoever holds the certificate and the
salt can write the entry again and find it in the log, without asking us.
"""

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import rfc8785

VERSION = 1
OPERATIONS = ("issue", "suspend", "reinstate", "revoke", "supersede", "erase", "key", "list", "template")
SALT_BYTES = 16
MOST_BYTES = 256  # an entry has about 130

_HEXADECIMAL = frozenset("0123456789abcdef")
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"


class MalformedEntry(ValueError):
    """These bytes are not an entry as we write it, or what was to be written cannot be."""


@dataclass(frozen=True)
class LogEntry:
    """An entry, read. ``at`` is in UTC with whole seconds; ``commitment`` is hexadecimal."""

    operation: str
    at: datetime
    commitment: str

    def __bytes__(self) -> bytes:
        return rfc8785.dumps({"v": VERSION, "op": self.operation, "at": _written(self.at), "c": self.commitment})

    def is_opened_by(self, salt: bytes, content: Any) -> bool:
        """Was it this ``content``, sealed with this ``salt``? Never raises: what cannot be sealed is a no."""
        try:
            return hmac.compare_digest(commitment(salt, content), self.commitment)
        except (MalformedEntry, TypeError):
            return False


def new_salt() -> bytes:
    """A new salt from the system's randomness, for one object only."""
    return secrets.token_bytes(SALT_BYTES)


def commitment(salt: bytes, content: Any) -> str:
    """SHA-256(salt ‖ JCS(content)) in hexadecimal. Raises MalformedEntry for a salt that is not 16 bytes or no JSON.

    The salt comes first and has one length, so that no other pair of salt and content gives the same bytes.
    """
    if not isinstance(salt, bytes) or len(salt) != SALT_BYTES:
        raise MalformedEntry(f"A salt has {SALT_BYTES} bytes; take one from new_salt().")
    try:
        return hashlib.sha256(salt + rfc8785.dumps(content)).hexdigest()
    except (rfc8785.CanonicalizationError, UnicodeError) as error:
        raise MalformedEntry(f"This has no canonical JSON: {error}")
    except RecursionError:
        raise MalformedEntry("This has no canonical JSON: it is nested too deeply.")


def entry(operation: str, *, at: datetime, salt: bytes, content: Any) -> bytes:
    """The bytes to append to the log: ``operation`` was done to ``content`` at ``at`` (any zone; seconds count).

    The same arguments give the same bytes. Raises MalformedEntry.
    """
    if operation not in OPERATIONS:
        raise MalformedEntry(f"The log knows no operation {operation!r}; it knows {', '.join(OPERATIONS)}.")
    if at.tzinfo is None:
        raise MalformedEntry(f"The moment {at.isoformat()} has no zone; add the one it is meant in.")
    return bytes(LogEntry(operation, at.astimezone(UTC).replace(microsecond=0), commitment(salt, content)))


def parse(content: bytes) -> LogEntry:
    """The entry in ``content``, in its one writing. Raises MalformedEntry."""
    if len(content) > MOST_BYTES:
        raise MalformedEntry(f"An entry has {MOST_BYTES} bytes at the most, not {len(content)}.")
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        raise MalformedEntry("This is not JSON.")
    if not isinstance(value, dict) or set(value) != {"v", "op", "at", "c"}:
        raise MalformedEntry("An entry has the members v, op, at and c and no other.")
    if type(value["v"]) is not int or value["v"] != VERSION:
        raise MalformedEntry(f"The version {value['v']!r} is not known; {VERSION} is.")
    if value["op"] not in OPERATIONS:
        raise MalformedEntry(f"The operation {value['op']!r} is not known.")
    if not isinstance(value["c"], str) or len(value["c"]) != 64 or not set(value["c"]) <= _HEXADECIMAL:
        raise MalformedEntry("The commitment c is not 64 hexadecimal digits.")
    read = LogEntry(value["op"], _read_moment(value["at"]), value["c"])
    if bytes(read) != content:
        raise MalformedEntry("The entry is not in canonical JSON (RFC 8785).")
    return read


def _written(moment: datetime) -> str:
    # Not strftime, which leaves out the zeroes of early years.
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _read_moment(text: Any) -> datetime:
    try:
        return datetime.strptime(text, _MOMENT).replace(tzinfo=UTC)
    except (TypeError, ValueError):
        raise MalformedEntry(f"The moment {str(text)[:40]!r} is not like 2026-11-22T09:30:00Z.")
