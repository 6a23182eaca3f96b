"""Issuing: an approved list becomes certificates, one live one for each person.

It may be killed at any point and run again: a row that is issued stays issued, one that is not is taken up again,
and the database admits one live certificate per registration.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import cast
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction

from certification import signing
from certification.formats import certificate as document
from certification.formats.attachments import ATTACHMENTS
from certification.formats.facts import Sealed, Terms, build, seal
from certification.models import Certificate, CertificateDocument, CertificateEvent, IssueBatch, IssueRow
from certification.operations import crediting
from certification.operations.approving import (
    CHUNK,
    AlreadyRequested,
    Approved,
    FourEyes,
    IssuingError,
    NoIssuer,
    NothingToIssue,
    NotWaiting,
    approve,
    drop,
    enqueue,
    finish,
    next_serials,
    reject,
    request,
    resume,
    retry_failed,
    terms_of_today,
    waiting_rows,
)
from certification.operations.crediting import Credited
from certification.operations.judging import Candidate, judge_registrations, preflight
from certification.operations.keeping_log import Appending
from certification.rules import numbering
from courses.completions import CompletionFacts
from lms.kernel import clock, queue
from lms.kernel.languages import localized
from lms.kernel.pdf import Drawn

__all__ = [
    "CHUNK",
    "AlreadyRequested",
    "Approved",
    "FourEyes",
    "IssuingError",
    "NoIssuer",
    "NotWaiting",
    "NothingToIssue",
    "approve",
    "issue_rows",
    "next_serials",
    "preflight",
    "record",
    "reject",
    "request",
    "resume",
    "retry_failed",
    "terms_of_today",
    "waiting_rows",
]

CREDENTIAL_FILE, PROOF_FILE = ATTACHMENTS

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Made:
    """A certificate made but not yet in the register: its facts sealed, its page drawn."""

    row_id: int
    candidate: Candidate
    serial: str
    number: str
    code: str
    sealed: Sealed
    credited: Credited
    page: Drawn


@dataclass(frozen=True)
class _Issued:
    certificate: Certificate
    made: _Made


def issue_rows(batch_id: int, row_ids: Iterable[int]) -> int:
    """Issue these rows of a running batch; whatever is no longer waiting is passed over. Returns how many were issued.

    The credentials are signed and the pages drawn before any lock is taken. Then, in one short transaction, the rows
    are locked, everybody is judged once more, what was made is written, each in a savepoint of its own, and entered in
    the log; under the checkpoint over the whole chunk the documents get their proof and their seal.
    """
    batch = IssueBatch.objects.get(pk=batch_id)
    if batch.state != IssueBatch.State.RUNNING:
        return 0
    terms = Terms.from_json(batch.terms)
    rows = list(batch.rows.filter(pk__in=list(row_ids), state=IssueRow.State.PENDING))
    candidates = judge_registrations([row.registration for row in rows], terms.issued_on)
    made: dict[int, _Made] = {}
    failed: dict[int, tuple[str, str]] = {}
    places = crediting.places(len(rows)) if rows else []
    for row, place in zip(rows, places, strict=True):
        candidate = candidates.get(row.registration)
        if candidate is None or not candidate.ready or candidate.completion is None:
            continue  # dropped below, under the lock
        try:
            made[row.pk] = _make(row, candidate, candidate.completion, terms, place)
        except document.MissingGlyphs as error:
            failed[row.pk] = ("missing_glyph", error.named)
    issued = _write(batch, terms, [row.pk for row in rows], made, failed)
    finish(batch)
    return issued


def _make(row: IssueRow, candidate: Candidate, completion: CompletionFacts, terms: Terms, place) -> _Made:
    number, code = numbering.new_number(), numbering.new_access_code()
    sealed = seal(
        build(
            certificate_id=str(uuid4()),
            number=number,
            serial=row.serial,
            holder=candidate.holder,
            licence=candidate.licence,
            completion=completion,
            terms=terms,
            is_demo=candidate.is_fictional,
            zone=settings.TIME_ZONE,
        )
    )
    credited = crediting.credit(sealed.facts, place)
    page = draw(sealed, credited, code)
    return _Made(row.pk, candidate, row.serial, number, code, sealed, credited, page)


def draw(sealed: Sealed, credited: Credited, code: str) -> Drawn:
    """The page with its credential attached, a place for the log's proof and one for the seal."""
    facts = sealed.facts
    return document.draw(
        facts,
        digest=sealed.sha256,
        code=code,
        site_url=settings.SITE_URL,
        attachments={CREDENTIAL_FILE: credited.content, PROOF_FILE: b""},
        seal_label=localized(facts["issuer"]["names"], facts["language"]),
    )


@transaction.atomic
def _write(batch, terms: Terms, row_ids, made: dict[int, _Made], failed: dict[int, tuple[str, str]]) -> int:
    rows = list(
        IssueRow.objects.select_for_update(of=("self",))
        .filter(pk__in=row_ids, state=IssueRow.State.PENDING)
        .order_by("pk")
    )
    now_due = judge_registrations([row.registration for row in rows], terms.issued_on)
    signs_today = terms_of_today()
    issued: list[_Issued] = []
    again = []
    log = Appending()  # the last lock, so that nobody holds it and waits for another
    for row in rows:
        candidate = now_due.get(row.registration)
        if candidate is None or not candidate.ready or candidate.completion is None:
            drop(row, candidate)
        elif row.pk in failed:
            row.state, (row.error_code, row.error_detail) = IssueRow.State.FAILED, failed[row.pk]
        elif row.pk not in made or made[row.pk].candidate != candidate:
            again.append(row.pk)  # became due, or changed its name, after the page was drawn
        elif not made[row.pk].credited.is_of_key_in_use():
            again.append(row.pk)  # the key was changed meanwhile; it may have been stolen
        elif (signs_today.issuer, signs_today.signatories) != (terms.issuer, terms.signatories):
            # What was approved was to be signed by others.
            row.state, row.error_code = IssueRow.State.FAILED, "signatory_changed"
        else:
            certificate = _insert(made[row.pk], batch, log)
            if certificate is not None:
                row.state = IssueRow.State.ISSUED
                issued.append(_Issued(certificate, made[row.pk]))
            elif crediting.is_taken(made[row.pk].credited):
                again.append(row.pk)
            else:
                row.state, row.error_code = IssueRow.State.DROPPED, "already_issued"
    log.close()
    for each in issued:
        record_document(each.certificate, each.made.credited, each.made.page, log)
    IssueRow.objects.bulk_update(rows, ["state", "error_code", "error_detail"])
    enqueue(batch, again)
    if issued:
        # In this very transaction, so that every holder is told and none before the certificate is there.
        told = [str(each.certificate.pk) for each in issued]
        queue.enqueue("certification.tasks.tell_holders", told, group="certificates")
    return len(issued)


def _insert(made: _Made, batch, log: Appending) -> Certificate | None:
    """Write one certificate; None when another live one came first, or another took its place on the status list."""
    try:
        with transaction.atomic():
            certificate = record(
                made.sealed,
                made.credited,
                log,
                code=made.code,
                person_id=made.candidate.person_id,
                licence_id=made.candidate.licence_id,
                batch=batch,
                actor=batch.requested_by,
                approver=batch.decided_by,
            )
    except IntegrityError:
        is_live = Certificate.objects.filter(registration=made.candidate.registration, ended_at__isnull=True).exists()
        if not is_live and not crediting.is_taken(made.credited):
            raise
        return None
    _log.info("Issued %s in batch %s", made.serial, batch.pk)
    return certificate


def record(
    sealed: Sealed,
    credited: Credited,
    log: Appending,
    *,
    code: str,
    person_id: int,
    licence_id: int | None,
    actor,
    approver,
    batch=None,
    supersedes=None,
    reason_code: str = "",
) -> Certificate:
    """The rows of a new certificate, itself and its first event, and its entry in the log.

    Call inside a transaction; when ``log`` is closed, go on with ``record_document``.
    """
    facts, now = sealed.facts, clock.now()
    signature = signing.sign(sealed.canonical)
    certificate = Certificate.objects.create(
        id=UUID(facts["id"]),
        serial=facts["serial"],
        number=facts["number"],
        access_code_hmac=numbering.access_code_hmac(facts["number"], code, key=settings.ACCESS_CODE_KEY),
        person_id=person_id,
        programme_code=facts["programme"]["code"],
        registration=UUID(facts["completion"]["registration"]),
        licence_id=licence_id,
        batch=batch,
        language=facts["language"],
        issued_at=now,
        issued_on=date.fromisoformat(facts["issued_on"]),
        valid_from=date.fromisoformat(facts["valid_from"]),
        valid_until=date.fromisoformat(facts["valid_until"]) if facts["valid_until"] else None,
        facts=facts,
        facts_canonical=sealed.canonical,
        facts_sha256=sealed.sha256,
        facts_signature=signature.value,
        key_id=signature.key_id,
        supersedes=supersedes,
        credential=credited.content,
        credential_jwt=credited.jwt,
        credential_id=credited.id,
        status_list_id=credited.list_number,
        status_index=credited.index,
        salt=credited.salt,
        log_index=log.next_index,
    )
    CertificateEvent.objects.create(
        certificate=certificate,
        sequence=1,
        kind=CertificateEvent.Kind.ISSUED,
        at=now,
        effective_on=certificate.issued_on,
        actor=actor,
        approver=approver,
        reason_code=reason_code,
    )
    # Last, because an entry is not taken back when the database refuses a row.
    log.append("issue", at=credited.created, salt=credited.salt, content=credited.secured, certificate=certificate)
    return certificate


def record_document(certificate: Certificate, credited: Credited, page: Drawn, log: Appending) -> None:
    """The document of a certificate that stands in the log: with its proof, sealed."""
    facts, now = certificate.facts, clock.now()
    proof = log.proof(cast(int, certificate.log_index), credited.salt)
    content = signing.seal(
        page.written({PROOF_FILE: proof.encode()}),
        at=now.replace(microsecond=0),
        reason=facts["serial"],
        location=localized(facts["issuer"]["names"], facts["language"]),
    )
    CertificateDocument.objects.create(
        certificate=certificate,
        content=content,
        sha256=document.sha256(content),
        size=len(content),
        template_version=facts["template"],
        made_at=now,
    )
