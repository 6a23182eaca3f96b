"""Revoking, suspending and reinstating certificates: one person asks with a reason, another decides, all is kept.

Nothing is taken back: each act is a new row in the certificate's ledger, with the day it takes effect, the reason,
what the public is told, and the decision it rests on.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certification.models import ActRequest, Certificate, CertificateEvent, ReviewCase
from certification.operations import keeping_log, publishing_lists
from certification.operations.keeping_log import Appending
from certification.rules import lifecycle
from certification.rules.validity import Standing
from certification.verification import STANDINGS, standing_of
from lms.kernel import clock

log = logging.getLogger(__name__)

# Why, as a stable code with what it is called.
REASONS = {
    "issued_in_error": gettext_lazy("Issued in error"),
    "evidence_withdrawn": gettext_lazy("The evidence no longer holds"),
    "fraud": gettext_lazy("Obtained by deceit"),
    "under_review": gettext_lazy("Under review"),
    "review_closed": gettext_lazy("The review is closed"),
    "appeal_upheld": gettext_lazy("The appeal was upheld"),
    "revoked_in_error": gettext_lazy("The revocation was a mistake"),
    "name_changed": gettext_lazy("The name was changed"),
    "name_corrected": gettext_lazy("The name was misspelt"),
    "other": gettext_lazy("Another reason"),
}
# Which of them an act may rest on.
REASONS_FOR = {
    "suspended": ("under_review", "evidence_withdrawn", "fraud", "other"),
    "reinstated": ("review_closed", "appeal_upheld", "other"),
    "revoked": ("issued_in_error", "evidence_withdrawn", "fraud", "other"),
    "superseded": ("name_changed", "name_corrected", "other"),
    "issued": ("revoked_in_error", "appeal_upheld", "other"),
}
ALL_READERS = "und"  # the key of a public text that is the same in every language (BCP 47: undetermined)
# These make a new certificate, which exists from the day somebody approves.
FROM_TODAY = (CertificateEvent.Kind.SUPERSEDED, CertificateEvent.Kind.ISSUED)
# What may be done to a certificate that stands so (rules/lifecycle.py): revoked and replaced are final.
ACTS = {
    Standing.VALID: lifecycle.possible(lifecycle.State.ISSUED),
    Standing.EXPIRED: ("revoked", "superseded"),
    Standing.SUSPENDED: lifecycle.possible(lifecycle.State.SUSPENDED),
    Standing.REVOKED: lifecycle.possible(lifecycle.State.REVOKED),
    Standing.SUPERSEDED: lifecycle.possible(lifecycle.State.SUPERSEDED),
}


class ActRefused(ValueError):
    """The act is not possible; the message says why and what to do instead."""


class FourEyes(ActRefused):
    """Whoever asks cannot also approve."""


class NotPossible(ActRefused):
    """The certificate does not stand so that this act makes sense."""


class ReasonMissing(ActRefused):
    """No reason, or no decision where one is needed."""


class AlreadyWaiting(ActRefused):
    """Another act upon this certificate waits for a decision."""


@dataclass(frozen=True)
class Grounds:
    """Why an act is done, as it goes into the ledger."""

    reason_code: str
    effective_on: date
    public_text: Mapping[str, str] | None = None  # by language, or under ALL_READERS
    decision_number: str = ""
    internal_note: str = ""


def acts_possible(certificate: Certificate) -> tuple[str, ...]:
    """What its ledger (also of decisions that take effect later) and its dates leave open; nothing when it was erased."""
    if certificate.erased_at:
        return ()
    kinds = certificate.events.order_by("sequence").values_list("kind", flat=True)
    left_open = lifecycle.possible(lifecycle.fold(kinds, begins=lifecycle.State.APPROVED))
    return tuple(kind for kind in ACTS[standing_of(certificate).standing] if kind in left_open)


def may_be_issued_anew(certificate: Certificate) -> bool:
    """Is it revoked, and is there no other certificate for the same award since? (``reissuing.issue_anew``)"""
    if certificate.erased_at or standing_of(certificate).standing is not Standing.REVOKED:
        return False
    since = Certificate.objects.filter(registration=certificate.registration)
    return not since.filter(Q(ended_at__isnull=True) | Q(restores=certificate)).exists()


@transaction.atomic
def suspend(certificate: Certificate, grounds: Grounds, *, by, approver) -> CertificateEvent:
    return act(certificate, CertificateEvent.Kind.SUSPENDED, grounds, by=by, approver=approver)


@transaction.atomic
def reinstate(certificate: Certificate, grounds: Grounds, *, by, approver) -> CertificateEvent:
    """Lift a suspension by a new decision. A revocation is final: a new certificate is issued instead."""
    return act(certificate, CertificateEvent.Kind.REINSTATED, grounds, by=by, approver=approver)


@transaction.atomic
def revoke(certificate: Certificate, grounds: Grounds, *, by, approver) -> CertificateEvent:
    return act(certificate, CertificateEvent.Kind.REVOKED, grounds, by=by, approver=approver)


@transaction.atomic
def act(certificate: Certificate, kind: str, grounds: Grounds, *, by, approver) -> CertificateEvent:
    """Write one act into the ledger and the log and, where it ends the certificate, its ``ended_at``."""
    _refuse_unless_grounded(kind, grounds)
    if by.pk == approver.pk:
        raise FourEyes(_("Nobody decides alone on a certificate: somebody else must approve."))
    certificate = locked(certificate)
    refuse_unless_possible(certificate, kind)
    _refuse_before_issue(certificate, grounds)
    if kind == CertificateEvent.Kind.REVOKED:
        certificate.ended_at = clock.now()
        certificate.save(update_fields=["ended_at"])
    keeper = Appending()
    event = append(certificate, kind, grounds, keeper, by=by, approver=approver)
    keeper.close()
    publishing_lists.changed(certificate)
    log.info("Certificate %s: %s effective %s", certificate.serial, kind, grounds.effective_on)
    return event


def append(
    certificate: Certificate, kind: str, grounds: Grounds, keeper: Appending, *, by, approver
) -> CertificateEvent:
    """The next row of the ledger and its entry in the log; the certificate's lock is held."""
    last = certificate.events.order_by("-sequence").values_list("sequence", flat=True).first() or 0
    event = CertificateEvent(
        certificate=certificate,
        sequence=last + 1,
        kind=kind,
        at=clock.now(),
        effective_on=grounds.effective_on,
        actor=by,
        approver=approver,
        reason_code=grounds.reason_code,
        public_text=dict(grounds.public_text or {}),
        internal_note=grounds.internal_note[:500],
        decision_number=grounds.decision_number[:60],
    )
    keeping_log.enter(event, keeper)
    event.save()
    return event


# --- Asking and deciding ---------------------------------------------------------------------------


@transaction.atomic
def request(certificate: Certificate, kind: str, grounds: Grounds, *, by) -> ActRequest:
    """Ask for an act upon ``certificate``. Nothing happens to it until somebody else approves."""
    _refuse_unless_grounded(kind, grounds)
    _refuse_before_issue(certificate, grounds)
    refuse_unless_possible(locked(certificate), kind)
    try:
        with transaction.atomic():
            return ActRequest.objects.create(
                certificate=certificate,
                kind=kind,
                effective_on=grounds.effective_on,
                reason_code=grounds.reason_code,
                public_text=dict(grounds.public_text or {}),
                internal_note=grounds.internal_note[:500],
                decision_number=grounds.decision_number[:60],
                requested_at=clock.now(),
                requested_by=by,
            )
    except IntegrityError:
        raise AlreadyWaiting(
            _("Another act upon %(serial)s waits for a decision. Decide that one first.")
            % {"serial": certificate.serial}
        ) from None


@transaction.atomic
def approve(asked: ActRequest, *, by) -> CertificateEvent:
    """Do what was asked for. What makes a new certificate is done by ``reissuing.approve``."""
    asked = take_up(asked, by=by)
    close_review(asked, by=by)
    return act(asked.certificate, asked.kind, grounds_of(asked), by=asked.requested_by, approver=by)


@transaction.atomic
def reject(asked: ActRequest, *, by) -> None:
    asked = take_up(asked, by=by)
    asked.state = ActRequest.State.REJECTED
    asked.save(update_fields=["state"])
    # The case that it was to settle waits for another outcome.
    ReviewCase.objects.filter(request=asked).update(request=None, outcome="")


def take_up(asked: ActRequest, *, by) -> ActRequest:
    """Mark ``asked`` as decided by ``by``, under its lock."""
    asked = (
        ActRequest.objects.select_for_update(of=("self",))
        .select_related("certificate", "requested_by")
        .get(pk=asked.pk)
    )
    if asked.state != ActRequest.State.REQUESTED:
        raise NotPossible(_("Somebody has already decided on this."))
    if asked.requested_by_id == by.pk:
        raise FourEyes(_("You asked for this, so somebody else must decide: another officer or a commission member."))
    asked.state, asked.decided_at, asked.decided_by = ActRequest.State.DONE, clock.now(), by
    asked.save(update_fields=["state", "decided_at", "decided_by"])
    return asked


def close_review(asked: ActRequest, *, by) -> None:
    """The act settles the review case that it was asked for, if there is one."""
    ReviewCase.objects.filter(request=asked, closed_at__isnull=True).update(closed_at=clock.now(), closed_by=by)


def grounds_of(asked: ActRequest) -> Grounds:
    return Grounds(
        reason_code=asked.reason_code,
        effective_on=asked.effective_on,
        public_text=asked.public_text,
        decision_number=asked.decision_number,
        internal_note=asked.internal_note,
    )


def locked(certificate: Certificate) -> Certificate:
    """The certificate as it is now; a second act on it waits until this one has ended."""
    return Certificate.objects.select_for_update(of=("self",)).get(pk=certificate.pk)


def refuse_unless_possible(certificate: Certificate, kind: str) -> None:
    is_possible = (
        may_be_issued_anew(certificate) if kind == CertificateEvent.Kind.ISSUED else kind in acts_possible(certificate)
    )
    if not is_possible:
        raise NotPossible(
            _("Certificate %(serial)s is %(standing)s; this act is not possible on it.")
            % {"serial": certificate.serial, "standing": STANDINGS[standing_of(certificate).standing]}
        )


def _refuse_before_issue(certificate: Certificate, grounds: Grounds) -> None:
    if grounds.effective_on < certificate.issued_on:
        raise NotPossible(_("The act cannot take effect before the certificate was issued."))


def _refuse_unless_grounded(kind: str, grounds: Grounds) -> None:
    if grounds.reason_code not in REASONS:
        raise ReasonMissing(_("Choose a reason; it stays in the ledger."))
    if kind == CertificateEvent.Kind.REINSTATED and not grounds.decision_number:
        raise ReasonMissing(_("Reinstating takes a new decision: enter its number."))
    if kind == CertificateEvent.Kind.ISSUED and not grounds.decision_number:
        raise ReasonMissing(_("Issuing anew takes a new decision: enter its number."))
