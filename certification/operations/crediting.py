"""The verifiable credential of a certificate that is being made: its place on a status list, its JSON and its token."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import rfc8785
from django.conf import settings
from django.db import transaction

from certification import signing
from certification.formats import credential, log_leaf
from certification.models import Certificate, StatusList
from certification.rules import status_indexes
from lms.kernel import clock, queue


@dataclass(frozen=True)
class Credited:
    """A signed credential with what the register keeps beside it."""

    id: str
    content: bytes  # canonical JSON with both proofs
    jwt: str
    secured: Mapping[str, Any]
    created: datetime  # as the proofs say; also the moment of the log's entry
    list_number: int
    index: int
    salt: bytes

    def is_of_key_in_use(self) -> bool:
        """Does the key that signed it still sign? Asked when the log is locked, because keys change under that lock."""
        return self.secured["proof"][0]["verificationMethod"] == signing.signer(signing.CREDENTIAL).verification_method


def list_url(number: int) -> str:
    return f"{settings.SITE_URL}/status/{number}"


def credential_url(certificate_id: str) -> str:
    return f"{settings.SITE_URL}/credentials/{certificate_id}"


def achievement_url(facts: Mapping[str, Any]) -> str:
    return f"{settings.SITE_URL}/achievements/{facts['programme']['code']}/{facts['programme']['edition']}"


def places(count: int) -> list[tuple[int, int]]:
    """``count`` places (list and index) that nobody has, drawn at random. When a list is half full the next begins.

    They are not reserved: whoever writes first has them, and the database refuses the second.
    """
    current = _list_with_room(count)
    taken: set[int] = set()
    while True:
        drawn = status_indexes.choose(taken, count)
        met = {
            index
            for index in current.certificates.filter(status_index__in=drawn).values_list("status_index", flat=True)
            if index is not None
        }
        if not met:
            return [(current.number, index) for index in drawn]
        taken |= met


def _list_with_room(count: int) -> StatusList:
    """The newest list, or when that is half full a new one; only then is anything written."""
    current = StatusList.objects.order_by("-number").first()
    if current is not None and status_indexes.room(current.certificates.count()) >= count:
        return current
    number = current.number + 1 if current else 1
    with transaction.atomic():
        begun, is_new = StatusList.objects.get_or_create(pk=number)
        if is_new:
            queue.enqueue("certification.tasks.publish_lists", [number], group="status")
    return begun


def credit(facts: Mapping[str, Any], place: tuple[int, int]) -> Credited:
    """The credential of a certificate with these ``facts``, signed now."""
    number, index = place
    created = clock.now().replace(microsecond=0)
    document = credential.build(
        facts,
        credential_id=credential_url(facts["id"]),
        subject_id=f"urn:uuid:{uuid4()}",
        issuer=credential.Issuer(signing.issuer_did(), settings.SITE_URL),
        achievement_url=achievement_url(facts),
        status=credential.StatusEntry(list_url(number), index),
    )
    secured, token = signing.signed_credential(document, created=created)
    return Credited(
        id=document["id"],
        content=rfc8785.dumps(secured),
        jwt=token,
        secured=secured,
        created=created,
        list_number=number,
        index=index,
        salt=log_leaf.new_salt(),
    )


def is_taken(credited: Credited) -> bool:
    """Did somebody else take the place in the meantime?"""
    return Certificate.objects.filter(status_list=credited.list_number, status_index=credited.index).exists()
