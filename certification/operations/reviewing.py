"""Reviewing: when something comes to light after issue, a case is opened; an officer settles it by its deadline.

A certificate is never changed by what was found, only by what is then decided: suspending, revoking and replacing take
a second person as always. What was settled once is not opened again, unless something else is found.
"""

import hashlib
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import rfc8785
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from certification.models import Certificate, ReviewCase
from certification.operations import reissuing, revoking
from certification.operations.revoking import Grounds
from courses import completions
from lms.kernel import clock

log = logging.getLogger(__name__)

CHUNK = 500
Cause, Outcome = ReviewCase.Cause, ReviewCase.Outcome
_WITHDRAWN = ("withdrawn", "refused")


class ReviewRefused(ValueError):
    """The case cannot be opened or settled like this; the message says why."""


# --- What is found ---------------------------------------------------------------------------------


def sweep() -> int:
    """Compare every certificate that has not ended with its evidence. Safe to repeat. Returns how many cases opened."""
    live = Certificate.objects.filter(ended_at__isnull=True).order_by("pk").values_list("registration", flat=True)
    opened = sum(compare(chunk) for chunk in _chunks(live))
    return opened + _compare_accreditations()


def compare(registrations: Iterable[UUID | str]) -> int:
    """Open a case for each of these whose completion the evidence no longer bears out. Returns how many are new."""
    found = {each.registration: each for each in completions.contradicted(registrations)}
    certificates = Certificate.objects.filter(registration__in=list(found), ended_at__isnull=True)
    opened = 0
    for certificate in certificates.only("pk", "serial", "registration"):
        each = found[certificate.registration]
        findings = [
            *({"kind": str(gap.kind), "code": gap.code, "reason": gap.reason} for gap in each.missing),
            *({"kind": str(met.kind), "code": met.code, "reason": "lost"} for met in each.lost),
        ]
        opened += open_case(certificate, Cause.EVIDENCE, findings) is not None
    return opened


def _compare_accreditations() -> int:
    """Open a case where the accreditation that a certificate states was withdrawn since."""
    live = Certificate.objects.filter(ended_at__isnull=True)
    codes = live.order_by().values_list("programme_code", flat=True).distinct()
    opened = 0
    for code, said in completions.accreditations_now(codes).items():
        if said.get("status") not in _WITHDRAWN:
            continue
        for certificate in live.filter(programme_code=code).only("pk", "serial", "facts"):
            stated = certificate.facts["accreditation"]
            if stated.get("status") == "accredited" and stated.get("number") == said.get("number"):
                finding = {"kind": "accreditation", "code": code, "reason": f"accreditation_{said['status']}"}
                opened += open_case(certificate, Cause.ACCREDITATION, [finding]) is not None
    return opened


def look_after_merge(certificate_ids: Iterable[str], references: tuple[str, str]) -> int:
    """Open a case for each of these certificates, whose holder was merged with another person."""
    moved = Certificate.objects.filter(pk__in=list(certificate_ids), ended_at__isnull=True).only("pk", "serial")
    finding = {"persons": ", ".join(references)}
    return sum(open_case(certificate, Cause.MERGE, [finding]) is not None for certificate in moved)


def open_case(
    certificate: Certificate, cause: str, findings: Sequence[Mapping[str, Any]], *, by=None
) -> ReviewCase | None:
    """A case about ``certificate``, or None when one with this cause is open or these findings were settled before."""
    fingerprint = hashlib.sha256(rfc8785.dumps(sorted(map(dict, findings), key=rfc8785.dumps))).hexdigest()
    if certificate.reviews.filter(cause=cause, fingerprint=fingerprint).exists():
        return None
    now = clock.now()
    try:
        with transaction.atomic():
            case = ReviewCase.objects.create(
                certificate=certificate,
                cause=cause,
                findings=[dict(each) for each in findings],
                fingerprint=fingerprint,
                opened_at=now,
                opened_by=by,
                deadline_on=clock.local_day(now) + timedelta(days=settings.REVIEW_DAYS),
            )
    except IntegrityError:
        return None  # one is open: whoever settles it looks at the evidence as it is then
    log.info("Opened review case %s about %s: %s", case.pk, certificate.serial, cause)
    return case


def report(certificate: Certificate, text: str, *, by) -> ReviewCase:
    """A case about something that was reported to the office (a suspicion of deceit, a wrong fact)."""
    if not text.strip():
        raise ReviewRefused(_("Write what was reported."))
    case = open_case(certificate, Cause.REPORTED, [{"text": text.strip()[:500]}], by=by)
    if case is None:
        raise ReviewRefused(
            _("A report about %(serial)s is being reviewed already. Settle that one first.")
            % {"serial": certificate.serial}
        )
    return case


# --- What comes of it ------------------------------------------------------------------------------


@transaction.atomic
def leave_unchanged(case: ReviewCase, *, note: str, decision_number: str = "", by) -> ReviewCase:
    """Settle ``case``: the certificate stays as it is, for the reason in ``note``."""
    if not note.strip():
        raise ReviewRefused(_("Write why the certificate stays as it is; it stays with the case."))
    case = _open(case)
    case.outcome, case.note, case.decision_number = Outcome.NO_CHANGE, note.strip()[:500], decision_number[:60]
    case.closed_at, case.closed_by = clock.now(), by
    case.save()
    log.info("Settled review case %s: no change", case.pk)
    return case


@transaction.atomic
def ask_for_act(case: ReviewCase, outcome: str, grounds: Grounds, *, by) -> ReviewCase:
    """Ask for the act that settles ``case``; it is closed when somebody else approves, and open again if not.

    Raises ActRefused as ``revoking.request`` does.
    """
    case = _open(case)
    if outcome == Outcome.SUPERSEDED:
        reissuing.refuse_unless_name_changed(case.certificate)
    case.request = revoking.request(case.certificate, outcome, grounds, by=by)
    case.outcome, case.note, case.decision_number = outcome, grounds.internal_note, grounds.decision_number
    case.save()
    return case


def _open(case: ReviewCase) -> ReviewCase:
    case = ReviewCase.objects.select_for_update(of=("self",)).select_related("certificate").get(pk=case.pk)
    if case.closed_at:
        raise ReviewRefused(_("This case is settled already."))
    if case.request_id:
        raise ReviewRefused(_("An act was asked for as the outcome of this case; somebody else decides on it first."))
    return case


def _chunks(keys: Iterable) -> Iterator[list]:
    chunk: list = []
    for key in list(keys):
        chunk.append(key)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
