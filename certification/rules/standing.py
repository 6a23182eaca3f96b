"""What a licence's ledger adds up to, and how the licence stands on a day. Pure: dates in, an answer out.

A licence is a row of acts. ``fold`` adds them up to the terms the register keeps beside the licence;
``standing_on`` reads those terms for today and later, ``standing_by_ledger`` answers for any day in the past too.
"""

import datetime
import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace

ONE_DAY = datetime.timedelta(days=1)


class LicenceStanding(enum.StrEnum):
    """How a licence stands on one day. Exactly one holds."""

    VALID = "valid"
    NOT_YET_VALID = "not_yet_valid"  # a term begins after the day
    EXPIRED = "expired"  # every term ended before the day
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    SURRENDERED = "surrendered"


# The state an act leads to. Acts that are not here leave the state as it is.
STATE_AFTER = {
    "granted": "granted",
    "suspended": "suspended",
    "reinstated": "granted",
    "revoked": "revoked",
    "surrendered": "surrendered",
}
# The acts that are possible while the licence is in a state. Revoking and surrendering end it for good.
ACTS_IN_STATE = {
    "granted": frozenset({"renewed", "suspended", "revoked", "surrendered", "corrected"}),
    "suspended": frozenset({"reinstated", "revoked", "surrendered", "corrected"}),
    "revoked": frozenset({"corrected"}),
    "surrendered": frozenset({"corrected"}),
}


@dataclass(frozen=True)
class Act:
    """One row of the ledger, as far as it matters here. Terms are given by granted, renewed and corrected."""

    kind: str
    effective_on: datetime.date
    valid_from: datetime.date | None = None
    valid_to: datetime.date | None = None  # last valid day; None: no end
    level: str = ""
    category: str = ""


@dataclass(frozen=True)
class Terms:
    """What the ledger adds up to: the unbroken validity, the term in it that runs last, the state and since when."""

    valid_from: datetime.date  # first day of the unbroken validity
    term_from: datetime.date  # first day of the last term
    valid_to: datetime.date | None
    state: str
    state_from: datetime.date
    level: str = ""
    category: str = ""


class ImpossibleLedger(ValueError):
    """The ledger does not begin with a grant, or grants twice."""


def apply(terms: Terms | None, act: Act) -> Terms:
    """``terms`` after one more act. The first act must be the grant.

    Granted 1 January 2023 to 31 December 2025, renewed from 1 January 2026 to 31 December 2028: valid without a
    break from 1 January 2023 to 31 December 2028. Renewed from 1 March 2026 instead, validity begins anew there.
    """
    if (terms is None) != (act.kind == "granted"):
        raise ImpossibleLedger(f"A ledger holds one grant, at its beginning; found {act.kind!r}.")
    if terms is None:
        if act.valid_from is None:
            raise ImpossibleLedger("A grant states its first day.")
        return Terms(
            valid_from=act.valid_from,
            term_from=act.valid_from,
            valid_to=act.valid_to,
            state="granted",
            state_from=act.effective_on,
            level=act.level,
            category=act.category,
        )
    if act.kind in STATE_AFTER:
        return replace(terms, state=STATE_AFTER[act.kind], state_from=act.effective_on)
    first_day = act.valid_from or terms.term_from
    if act.kind == "renewed":
        unbroken = terms.valid_to is None or terms.valid_from <= first_day <= terms.valid_to + ONE_DAY
    else:
        unbroken = first_day == terms.term_from  # only the end, level or category were wrong
    return replace(
        terms,
        valid_from=terms.valid_from if unbroken else first_day,
        term_from=first_day,
        valid_to=act.valid_to,
        level=act.level,
        category=act.category,
    )


def fold(acts: Iterable[Act]) -> Terms:
    """The terms that ``acts``, in the order they were recorded, add up to."""
    terms = None
    for act in acts:
        terms = apply(terms, act)
    if terms is None:
        raise ImpossibleLedger("A ledger holds one grant, at its beginning; found nothing.")
    return terms


def standing_on(
    day: datetime.date,
    valid_from: datetime.date,
    valid_to: datetime.date | None,
    state: str,
    state_from: datetime.date,
) -> LicenceStanding:
    """How a licence with these terms stands on ``day``; both end days are valid days.

    Meant for today and later: what was before ``state_from`` or ``valid_from`` only the ledger knows.
    Valid until 31 December 2025: valid on 31 December 2025, expired on 1 January 2026.
    """
    if state != "granted" and day >= state_from:
        return LicenceStanding(state)
    if day < valid_from:
        return LicenceStanding.NOT_YET_VALID
    if valid_to is not None and day > valid_to:
        return LicenceStanding.EXPIRED
    return LicenceStanding.VALID


def standing_by_ledger(day: datetime.date, acts: Iterable[Act]) -> LicenceStanding:
    """How a licence with these acts stood, stands or will stand on ``day``, by everything recorded so far.

    Suspended from 1 February, reinstated from 1 March: suspended on 15 February, valid on 15 March.
    """
    state = "granted"
    periods: list[tuple[datetime.date, datetime.date | None]] = []
    for act in acts:
        if act.kind in STATE_AFTER:
            if act.effective_on <= day:
                state = STATE_AFTER[act.kind]
            if act.kind != "granted":
                continue
        if act.kind == "corrected" and periods:
            first_day = act.valid_from or periods[-1][0]
            periods[-1] = (first_day, act.valid_to)
        else:
            first_day = act.valid_from or periods[-1][0]
            periods.append((first_day, act.valid_to))
    if state != "granted":
        return LicenceStanding(state)
    if any(first <= day and (last is None or day <= last) for first, last in periods):
        return LicenceStanding.VALID
    if any(day < first for first, _last in periods):
        return LicenceStanding.NOT_YET_VALID
    return LicenceStanding.EXPIRED
