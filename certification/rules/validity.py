"""Validity: what a certificate is worth on a day, from its dates and the acts upon it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum

from lms.kernel.months import last_valid_day

ISSUED, SUSPENDED, REINSTATED, REVOKED, SUPERSEDED = "issued", "suspended", "reinstated", "revoked", "superseded"


class Standing(Enum):
    VALID = "valid"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"


@dataclass(frozen=True)
class Act:
    """One row of a certificate's ledger: ``kind`` as in CertificateEvent, effective from a day on."""

    kind: str
    effective_on: date


@dataclass(frozen=True)
class Found:
    """A standing, and since when it holds (None: it was so from the start)."""

    standing: Standing
    since: date | None = None


def standing_on(day: date, acts: Iterable[Act], valid_until: date | None) -> Found:
    """The standing on ``day``: fold the ``acts`` effective by then in the order they were entered, then the dates.

    Revoked and replaced win over everything, suspended wins over expired, because a decision says more than a date.
    A reinstatement is a new act that lifts a suspension; revoked and replaced are final (``rules/lifecycle.py``).
    The last valid day counts whole: valid until 22.11.2026 is valid on the 22nd and expired on the 23rd.
    """
    state, since = ISSUED, None
    for act in acts:
        if act.effective_on > day or act.kind == ISSUED or state in (REVOKED, SUPERSEDED):
            continue
        state, since = (ISSUED, None) if act.kind == REINSTATED else (act.kind, act.effective_on)
    if state != ISSUED:
        return Found(Standing(state), since)
    if valid_until is not None and day > valid_until:
        return Found(Standing.EXPIRED, valid_until)
    return Found(Standing.VALID)


def valid_until(valid_from: date, months: int | None) -> date | None:
    """The last valid day of a certificate valid for ``months`` calendar months; None: it does not expire.

    Valid from 29.02.2024 for 36 months: until 28.02.2027. Valid from 31.08.2026 for 6 months: until 28.02.2027.
    """
    return None if months is None else last_valid_day(valid_from, months)
