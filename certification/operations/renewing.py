"""Renewing: an award of a new cycle is linked to the one before, which keeps its dates; holders are told in time."""

import logging
from collections.abc import Iterable
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from certification.models import Certificate, ExpiryNotice
from certification.rules.validity import Standing
from certification.verification import standing_of
from lms.kernel import clock, queue

log = logging.getLogger(__name__)

NOTICES = (90, 30)  # days before the last valid day; who is late gets the nearest only


def latest_of(person_ids: Iterable[int], programme_code: str) -> dict[int, Certificate]:
    """By person, the newest award of the programme that was neither revoked nor replaced. It is what a new one renews.

    It may have expired, and it may still be valid: a retake within the validity is an award of its own and changes no
    date of the one before.
    """
    rows = Certificate.objects.filter(
        person__in=list(person_ids), programme_code=programme_code, ended_at__isnull=True
    ).only("person_id", "registration")
    newest = {row.person_id: row for row in rows.order_by("issued_at", "serial")}
    return {person_id: row for person_id, row in newest.items() if person_id is not None}


def ending(today: date, *, days: int, since: int = 0) -> QuerySet[Certificate]:
    """Certificates that end within ``days`` days or ended up to ``since`` days ago, and no newer award renews them."""
    return Certificate.objects.filter(
        ended_at__isnull=True,
        renewals__isnull=True,
        valid_until__gte=today - timedelta(days=since),
        valid_until__lte=today + timedelta(days=days),
    ).order_by("valid_until", "serial")


def tell_in_time() -> int:
    """Write to every holder whose certificate ends soon, once for each of NOTICES. Safe to repeat. Returns how many."""
    today, told = clock.local_day(), 0
    rows = ending(today, days=max(NOTICES)).select_related("person__user").prefetch_related("events", "expiry_notices")
    for certificate in rows.defer("facts", "facts_canonical", "credential", "credential_jwt"):
        left = (certificate.valid_until - today).days if certificate.valid_until else 0
        due = min(days for days in NOTICES if left <= days)
        if any(notice.days_before <= due for notice in certificate.expiry_notices.all()):
            continue
        if standing_of(certificate).standing is Standing.VALID:
            told += _tell(certificate, due)
    log.info("Told %s holders that their certificates end", told)
    return told


def _tell(certificate: Certificate, due: int) -> int:
    person = certificate.person
    if person is None:
        return 0  # erased: nobody is known any more
    has_address = bool(person.email or (person.user and person.user.email))
    try:
        with transaction.atomic():
            ExpiryNotice.objects.create(
                certificate=certificate, days_before=due, sent_at=clock.now(), has_address=has_address
            )
            if has_address:
                queue.enqueue("certification.tasks.tell_of_expiry", str(certificate.pk), group="certificates")
    except IntegrityError:
        return 0  # another worker told them at this moment
    return int(has_address)
