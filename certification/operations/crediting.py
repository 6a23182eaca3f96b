"""The verifiable credential of a certificate that is being made: its place on a status list, its JSON and its token."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import rfc8785
from django.conf import settings
from django.db import transaction

from certification import signing
from certification.formats import credential, log_leaf, qr_token
from certification.models import Certificate, StatusList
from certification.operations import keeping_log
from certification.rules import status_indexes
from lms.kernel import clock, queue
from lms.kernel.languages import localized


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
    square_code: str  # the address with the signed token

    @property
    def place(self) -> tuple[int, int]:
        return self.list_number, self.index

    @property
    def key(self) -> str:
        """The verification method that signed it."""
        return self.secured["proof"][0]["verificationMethod"]


def key_in_use() -> str:
    """The verification method that signs now. Ask when the log is locked: keys change under that lock."""
    return signing.signer(signing.CREDENTIAL).verification_method


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
    """The newest list, or when that is half full a new one; only then is anything written, also in the log."""
    current = StatusList.objects.order_by("-number").first()
    if current is not None and status_indexes.room(current.certificates.count()) >= count:
        return current
    number = current.number + 1 if current else 1
    with transaction.atomic():
        begun, is_new = StatusList.objects.get_or_create(pk=number)
        if is_new:
            keeping_log.record("list", {"list": list_url(number), "purpose": begun.purpose, "size": begun.size})
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
        square_code=square_code(facts, place),
    )


def square_code(facts: Mapping[str, Any], place: tuple[int, int]) -> str:
    """What the square code of a certificate holds: its address with a token, signed with the key of today.

    The course is stated by its title where the code stays coarse enough with it, so that the title on a paper can be
    held against it without any network; else by its code. Where even that is too fine for paper, the address stands
    alone and whoever scans it types the access code.
    """
    code, title = facts["programme"]["code"], localized(facts["programme"]["titles"], facts["language"])
    for course, longest in ((title, qr_token.EASY_ADDRESS), (code, qr_token.LONGEST_ADDRESS)):
        if len(course.encode()) > qr_token.LONGEST_TEXT:
            continue
        token = qr_token.issue(_claims(facts, place, course), signing.signer(signing.CREDENTIAL))
        try:
            return qr_token.address(settings.SITE_URL, token, longest=longest)
        except qr_token.TooFine:
            continue
    return f"{settings.SITE_URL}/v/{facts['number']}"


def _claims(facts: Mapping[str, Any], place: tuple[int, int], course: str) -> qr_token.Claims:
    number, index = place
    return qr_token.Claims(
        number=facts["number"],
        name=facts["holder"]["printed"],
        course=course,
        hours=Decimal(facts["programme"]["hours"]),
        valid_from=date.fromisoformat(facts["valid_from"]),
        valid_until=date.fromisoformat(facts["valid_until"]) if facts["valid_until"] else None,
        status_list=number,
        index=index,
    )


def taken(wanted: Iterable[Credited]) -> set[tuple[int, int]]:
    """Which of the places that these credentials name somebody else took in the meantime."""
    indexes = [credited.index for credited in wanted]
    rows = Certificate.objects.filter(status_index__in=indexes).values_list("status_list_id", "status_index")
    return {(number, index) for number, index in rows if number is not None and index is not None}
