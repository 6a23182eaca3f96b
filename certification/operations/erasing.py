"""Erasing: when the time for which a certificate's data are kept has passed, or a decision orders it, they go.

What goes is whatever says something of a person: the facts, the credential, the document, the texts of its ledger, and
the salts, without which nobody can open the log's commitments. What stays is the number, the dates, the course's code,
the place on the status list and the bare entries of the log, with one more that says that it was erased. One person
asks, another decides; the database lets go of nothing else (models/write_once.py).
"""

import logging
from datetime import date

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from certification.models import (
    ActRequest,
    Certificate,
    CertificateDocument,
    CertificateEvent,
    CertificatePrint,
    Erasure,
    IssueRow,
    LogEntry,
    RenewedProof,
)
from certification.operations import archiving, keeping_log
from certification.rules.retention import kept_until
from lms.kernel import clock

log = logging.getLogger(__name__)


class ErasureRefused(ValueError):
    """It cannot be erased so; the message says why and what to do instead."""


class FourEyes(ErasureRefused):
    """Whoever asks cannot also approve."""


def retained_until(certificate: Certificate) -> date:
    return kept_until(certificate.issued_on, certificate.valid_until, settings.CERTIFICATE_RETENTION_YEARS)


def is_due(certificate: Certificate, on: date | None = None) -> bool:
    """Has the time for which its data are kept passed?"""
    return certificate.erased_at is None and retained_until(certificate) < (on or clock.local_day())


@transaction.atomic
def request(certificate: Certificate, ground: str, *, by, decision_number: str = "") -> Erasure:
    """Ask that it be erased. Nothing is, until somebody else approves."""
    decision_number = decision_number.strip()[:60]
    certificate = _locked(certificate)
    _refuse_unless_possible(certificate, ground, decision_number)
    try:
        with transaction.atomic():
            return Erasure.objects.create(
                certificate=certificate,
                ground=ground,
                decision_number=decision_number,
                requested_at=clock.now(),
                requested_by=by,
            )
    except IntegrityError:
        raise ErasureRefused(_("Its erasure was asked for already and waits for a decision.")) from None


@transaction.atomic
def reject(asked: Erasure, *, by) -> None:
    asked = _taken_up(asked, by=by)
    asked.state = Erasure.State.REJECTED
    asked.save(update_fields=["state", "decided_at", "decided_by"])


@transaction.atomic
def approve(asked: Erasure, *, by) -> None:
    """Erase what was asked for. It cannot be taken back."""
    asked = _taken_up(asked, by=by)
    certificate = _locked(asked.certificate)
    _refuse_unless_possible(certificate, asked.ground, asked.decision_number)
    keeper = keeping_log.Appending()
    content = {
        "certificate": certificate.credential_id or str(certificate.pk),
        "ground": asked.ground,
        "decision": asked.decision_number,
    }
    asked.state = Erasure.State.DONE
    asked.log_index = keeping_log.record("erase", content, at=asked.decided_at, certificate=certificate, log=keeper)
    keeper.close()
    asked.save(update_fields=["state", "decided_at", "decided_by", "log_index"])
    _empty(certificate, asked)
    log.info("Erased %s on the ground of %s", certificate.serial, asked.ground)


def _empty(certificate: Certificate, asked: Erasure) -> None:
    Certificate.objects.filter(pk=certificate.pk).update(
        erased_at=asked.decided_at,
        person=None,
        licence=None,
        access_code_hmac="",
        facts={},
        facts_canonical=b"",
        facts_signature=b"",
        facts_sha256="",
        credential=None,
        credential_jwt="",
        salt=None,
        holder_key=None,
    )
    CertificateDocument.objects.filter(certificate=certificate).delete()
    if certificate.batch_id:
        archiving.forget(certificate.batch_id)
    RenewedProof.objects.filter(certificate=certificate).delete()
    CertificatePrint.objects.filter(certificate=certificate).delete()
    CertificateEvent.objects.filter(certificate=certificate).update(public_text={}, internal_note="")
    # The entry of the erasure keeps its salt: it names the certificate and nobody.
    LogEntry.objects.filter(certificate=certificate).exclude(op="erase").update(salt=None)
    ActRequest.objects.filter(certificate=certificate).update(public_text={}, internal_note="")
    IssueRow.objects.filter(serial=certificate.serial).delete()


def _taken_up(asked: Erasure, *, by) -> Erasure:
    asked = (
        Erasure.objects.select_for_update(of=("self",)).select_related("certificate", "requested_by").get(pk=asked.pk)
    )
    if asked.state != Erasure.State.REQUESTED:
        raise ErasureRefused(_("Somebody has already decided on this."))
    if asked.requested_by_id == by.pk:
        raise FourEyes(_("You asked for this, so somebody else must decide: another officer or a commission member."))
    asked.decided_at, asked.decided_by = clock.now(), by
    return asked


def _locked(certificate: Certificate) -> Certificate:
    return Certificate.objects.select_for_update(of=("self",)).get(pk=certificate.pk)


def _refuse_unless_possible(certificate: Certificate, ground: str, decision_number: str) -> None:
    if certificate.erased_at:
        raise ErasureRefused(_("Certificate %(serial)s was erased before.") % {"serial": certificate.serial})
    if ground == Erasure.Ground.RETENTION and not is_due(certificate):
        raise ErasureRefused(
            _("Certificate %(serial)s is kept until %(day)s. Before that only a decision can order its erasure.")
            % {"serial": certificate.serial, "day": retained_until(certificate).isoformat()}
        )
    if ground == Erasure.Ground.DECISION and not decision_number:
        raise ErasureRefused(_("Enter the number of the decision that orders the erasure."))
