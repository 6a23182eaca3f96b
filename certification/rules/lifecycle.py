"""The life of a certificate: which act may follow which, what a ledger adds up to, and which status bits that sets.

    draft → approved → issued ⇄ suspended,  issued or suspended → revoked | superseded

``expired`` is no part of it: it follows from a date (``validity.standing_on``), and what was decided says more than a
date, so a revoked certificate whose last day has passed is revoked. Revoked and superseded are the end: the W3C's
Bitstring Status List (section 2.1) says of ``revocation`` that it is not reversible, and a bit that somebody has read
as 1 must stay 1. Who finds a revocation wrong issues a new certificate by a new decision.
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from certification.rules.validity import ISSUED, REINSTATED, REVOKED, SUPERSEDED, SUSPENDED, Standing

APPROVED = "approved"


class State(enum.StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    ISSUED = "issued"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"


# What each kind of event leads to, and from where it may be done.
LEADS_TO = {
    APPROVED: State.APPROVED,
    ISSUED: State.ISSUED,
    SUSPENDED: State.SUSPENDED,
    REINSTATED: State.ISSUED,
    REVOKED: State.REVOKED,
    SUPERSEDED: State.SUPERSEDED,
}
MAY_FOLLOW = {
    State.DRAFT: (APPROVED,),
    State.APPROVED: (ISSUED,),
    State.ISSUED: (SUSPENDED, REVOKED, SUPERSEDED),
    State.SUSPENDED: (REINSTATED, REVOKED, SUPERSEDED),
    State.REVOKED: (),
    State.SUPERSEDED: (),
}


class Why(enum.StrEnum):
    """Why an act is not possible."""

    UNKNOWN = "unknown"  # no act is called so
    NOT_APPROVED = "not_approved"  # nothing is issued that nobody approved
    NOT_ISSUED = "not_issued"  # what is not issued can be neither suspended nor ended
    ALREADY = "already"  # it is so, and a second time says nothing
    NOT_SUSPENDED = "not_suspended"  # there is no suspension to lift
    NEVER_SUSPENDED = "never_suspended"  # certificates of this programme carry no bit for suspension
    FINAL = "final"  # revoked or replaced


_SENTENCES = {
    Why.UNKNOWN: "No act upon a certificate is called {kind!r}.",
    Why.NOT_APPROVED: "A draft cannot be {kind}: somebody must approve it first.",
    Why.NOT_ISSUED: "A certificate that is {state} only cannot be {kind}: it was not issued.",
    Why.ALREADY: "The certificate is {state} already; it cannot be {kind}.",
    Why.NOT_SUSPENDED: "The certificate is {state}, not suspended; there is nothing to lift.",
    Why.NEVER_SUSPENDED: "Certificates of this programme cannot be suspended. Suspend the licence, or revoke.",
    Why.FINAL: "The certificate is {state}, which is final; it cannot be {kind}. Issue a new one by a new decision.",
}


class ImpossibleAct(ValueError):
    """``kind`` cannot be done while the certificate is in ``state``; ``why`` names the reason."""

    def __init__(self, why: Why, state: State, kind: str):
        self.why, self.state, self.kind = why, state, kind
        super().__init__(_SENTENCES[why].format(state=state.value, kind=kind))


@dataclass(frozen=True)
class Bits:
    """What a certificate's places on the status lists say."""

    revocation: bool
    suspension: bool


def after(state: State, kind: str, *, may_be_suspended: bool = True) -> State:
    """The state after one more event of this ``kind``. Raises ImpossibleAct.

    ``may_be_suspended`` is fixed for a programme before it issues: without it a certificate has one status entry
    (revocation), as the Open Badges schema wants it; with it there are two.
    """
    why = _why_not(state, kind, may_be_suspended=may_be_suspended)
    if why is not None:
        raise ImpossibleAct(why, state, kind)
    return LEADS_TO[kind]


def possible(state: State, *, may_be_suspended: bool = True) -> tuple[str, ...]:
    """The kinds of event that may come next."""
    return tuple(kind for kind in MAY_FOLLOW[state] if may_be_suspended or kind != SUSPENDED)


def fold(kinds: Iterable[str], *, begins: State = State.DRAFT, may_be_suspended: bool = True) -> State:
    """What the events, in the order they were entered, add up to. Raises ImpossibleAct at the first that cannot be.

    A certificate's own ledger begins with ``issued``, because before that there is no certificate but a row of a
    batch: fold it with ``begins=State.APPROVED``. From when an act takes effect does not matter here, only that it was
    decided: after a revocation as of next week is entered, nothing can be entered any more.
    """
    state = begins
    for kind in kinds:
        state = after(state, kind, may_be_suspended=may_be_suspended)
    return state


def bits(standing: Standing) -> Bits:
    """The bits of a certificate that stands so today: revocation iff revoked or superseded, suspension iff suspended.

    Expired sets none, since every verifier reads the date itself. A suspended certificate that is then revoked has
    the one bit and no longer the other.
    """
    return Bits(
        revocation=standing in (Standing.REVOKED, Standing.SUPERSEDED),
        suspension=standing is Standing.SUSPENDED,
    )


def _why_not(state: State, kind: str, *, may_be_suspended: bool) -> Why | None:
    if kind not in LEADS_TO:
        return Why.UNKNOWN
    if kind in possible(state, may_be_suspended=may_be_suspended):
        return None
    if state in (State.REVOKED, State.SUPERSEDED):
        return Why.FINAL
    if kind == SUSPENDED and not may_be_suspended:
        return Why.NEVER_SUSPENDED
    if state == State.DRAFT and kind == ISSUED:
        return Why.NOT_APPROVED
    if LEADS_TO[kind] == state and kind != REINSTATED:
        return Why.ALREADY
    if state in (State.DRAFT, State.APPROVED):
        return Why.NOT_ISSUED
    return Why.NOT_SUSPENDED if kind == REINSTATED else Why.ALREADY
