"""Publishing status lists: the bit of each certificate as its ledger has it, signed, at once on a change and hourly."""

from collections.abc import Iterable

import rfc8785
from django.db import transaction

from certification import signing
from certification.formats import status_list
from certification.models import Certificate, CertificateEvent, StatusList
from certification.operations import crediting
from lms.kernel import clock, queue

# Both are final, so the fold of a ledger is whether it has one of these; from when it takes effect only delays it.
_FINAL = (CertificateEvent.Kind.REVOKED, CertificateEvent.Kind.SUPERSEDED)


def changed(certificate: Certificate) -> None:
    """Have the list of ``certificate`` published anew once this transaction has committed."""
    if certificate.status_list_id is not None:
        queue.enqueue("certification.tasks.publish_lists", [certificate.status_list_id], group="status")


def publish(numbers: Iterable[int] | None = None) -> int:
    """Build and sign these lists (None: all) as the register has them now. Safe to repeat. Returns how many."""
    wanted = StatusList.objects.order_by("number")
    if numbers is not None:
        wanted = wanted.filter(number__in=list(numbers))
    return sum(_publish(number) for number in wanted.values_list("number", flat=True))


@transaction.atomic
def _publish(number: int) -> int:
    # Locked, so that of two at once the one that read later also writes later.
    found = StatusList.objects.select_for_update().get(pk=number)
    now = clock.now()
    begins, ends = status_list.dates(now)
    document = status_list.credential(
        id=crediting.list_url(number),
        issuer=signing.issuer_did(),
        purpose=found.purpose,
        are_set=bits(found),
        valid_from=begins,
        valid_until=ends,
    )
    secured, found.jwt = signing.signed_list(document, created=now)
    found.content = rfc8785.dumps(secured)
    found.version, found.published_at = found.version + 1, now
    found.save()
    return 1


def bits(found: StatusList) -> frozenset[int]:
    """The places whose certificates are revoked or replaced today: a decision may name a later day."""
    ended = CertificateEvent.objects.filter(
        certificate__status_list=found, kind__in=_FINAL, effective_on__lte=clock.local_day()
    )
    places = ended.values_list("certificate__status_index", flat=True)
    return frozenset(place for place in places if place is not None)
