"""Issuing: an approved list becomes certificates, one live one for each person.

It may be killed at any point and run again: a row that is issued stays issued, one that is not is taken up again,
and the database admits one live certificate per registration.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from certification import signing
from certification.formats import certificate as document
from certification.formats.attachments import ATTACHMENTS
from certification.formats.contexts import MemberLost
from certification.formats.facts import Sealed, Terms, build, seal
from certification.models import Certificate, CertificateDocument, CertificateEvent, IssueBatch, IssueRow
from certification.operations import composing, crediting, renewing
from certification.operations.approving import (
    CHUNK,
    AlreadyRequested,
    Approved,
    FourEyes,
    IssuingError,
    KeyUsedBefore,
    NoIssuer,
    NothingToIssue,
    NotWaiting,
    approve,
    enqueue,
    finish,
    go_on,
    next_serials,
    pause,
    put_aside,
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
from lms.kernel.pdf import Drawn, WrongLength
from lms.kernel.search_names import search_key

__all__ = [
    "CHUNK",
    "AlreadyRequested",
    "Approved",
    "FourEyes",
    "IssuingError",
    "KeyUsedBefore",
    "NoIssuer",
    "NotWaiting",
    "NothingToIssue",
    "approve",
    "go_on",
    "issue_rows",
    "next_serials",
    "pause",
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
    """A certificate made but not yet in the register: its facts sealed and signed, its page drawn."""

    candidate: Candidate
    number: str
    code: str
    sealed: Sealed
    signature: signing.Signature
    credited: Credited
    page: Drawn


# What may be wrong with one certificate while the others go on → the row's reason.
_FAILURES: dict[type[Exception], str] = {
    document.MissingGlyphs: "missing_glyph",
    WrongLength: "wrong_length",
    MemberLost: "not_expressible",
}


def issue_rows(batch_id: int, row_ids: Iterable[int]) -> int:
    """Issue these rows of a running batch; whatever is no longer waiting is passed over. Returns how many were issued.

    The credentials are signed and the pages drawn before any lock is taken. Then, in one short transaction, the rows
    are locked, everybody is judged once more, and what was made is entered in the log and written; under the
    checkpoint over the whole chunk the documents get their proof and their seal. When the batch is paused meanwhile
    nothing is written, and what was drawn is drawn again later.
    """
    batch = IssueBatch.objects.select_related("requested_by", "decided_by").get(pk=batch_id)
    if batch.state != IssueBatch.State.RUNNING:
        return 0
    terms = Terms.from_json(batch.terms)
    rows = list(batch.rows.filter(pk__in=list(row_ids), state=IssueRow.State.PENDING))
    if not rows:
        finish(batch)
        return 0
    candidates = judge_registrations([row.registration for row in rows], terms.issued_on)
    made: dict[int, _Made] = {}
    failed: dict[int, tuple[str, str]] = {}
    for row, place in zip(rows, crediting.places(len(rows)), strict=True):
        candidate = candidates.get(row.registration)
        if candidate is None or not candidate.ready or candidate.completion is None:
            continue  # dropped below, under the lock
        try:
            made[row.pk] = _make(row, candidate, candidate.completion, terms, place)
        except tuple(_FAILURES) as error:
            failed[row.pk] = (_FAILURES[type(error)], getattr(error, "named", str(error))[:500])
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
    return _Made(candidate, number, code, sealed, signing.sign(sealed.canonical), credited, page)


def draw(sealed: Sealed, credited: Credited, code: str) -> Drawn:
    """The page with its credential attached, a place for the log's proof and one for the seal."""
    facts = sealed.facts
    return document.draw(
        facts,
        digest=sealed.sha256,
        code=code,
        site_url=settings.SITE_URL,
        qr=credited.square_code,
        look=composing.look(facts["template_version"].get("sha256", "")),
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
    signs_today = _signing_today(terms)
    if not IssueBatch.objects.filter(pk=batch.pk, state=IssueBatch.State.RUNNING).exists():
        return 0  # paused while the pages were drawn
    earlier = renewing.latest_of((each.person_id for each in now_due.values()), _programme_of(now_due))
    log = Appending()  # the last lock, so that nobody holds it and waits for another
    key_in_use = crediting.key_in_use()
    # Whoever writes a certificate holds the log, so what is free now is free until the end.
    registrations = [row.registration for row in rows]
    have_one = set(
        Certificate.objects.filter(registration__in=registrations, ended_at__isnull=True).values_list(
            "registration", flat=True
        )
    )
    taken = crediting.taken(each.credited for each in made.values())
    issued: list[tuple[_Made, Certificate]] = []
    events, again = [], []
    for row in rows:
        candidate, drawn = now_due.get(row.registration), made.get(row.pk)
        if candidate is None or not candidate.ready or candidate.completion is None:
            put_aside(row, candidate)
        elif row.registration in have_one:
            row.state, row.error_code = IssueRow.State.DROPPED, "already_issued"
        elif row.pk in failed:
            row.state, (row.error_code, row.error_detail) = IssueRow.State.FAILED, failed[row.pk]
        elif drawn is None or drawn.candidate != candidate or drawn.credited.place in taken:
            again.append(row.pk)  # due, named or placed otherwise since the page was drawn
        elif drawn.credited.key != key_in_use:
            again.append(row.pk)  # the key was changed meanwhile; it may have been stolen
        elif signs_today != (terms.issuer, terms.signatories):
            # What was approved was to be signed by others.
            row.state, row.error_code = IssueRow.State.FAILED, "signatory_changed"
        else:
            certificate, event = _enter(
                drawn.sealed,
                drawn.credited,
                drawn.signature,
                log,
                code=drawn.code,
                person_id=candidate.person_id,
                licence_id=candidate.licence_id,
                batch=batch,
                renews=earlier.get(candidate.person_id),
                actor=batch.requested_by,
                approver=batch.decided_by,
            )
            row.state = IssueRow.State.ISSUED
            issued.append((drawn, certificate))
            events.append(event)
    Certificate.objects.bulk_create(certificate for _drawn, certificate in issued)
    CertificateEvent.objects.bulk_create(events)
    log.close()
    CertificateDocument.objects.bulk_create(
        _document(certificate, drawn.credited, drawn.page, log) for drawn, certificate in issued
    )
    IssueRow.objects.bulk_update(rows, ["state", "error_code", "error_detail"])
    enqueue(batch, again)
    if issued:
        # In this very transaction, so that every holder is told and none before the certificate is there.
        told = [str(certificate.pk) for _drawn, certificate in issued]
        queue.enqueue("certification.tasks.tell_holders", told, group="certificates")
        _log.info("Issued %s certificates in batch %s", len(issued), batch.pk)
    return len(issued)


def _signing_today(terms: Terms):
    """Who issues and signs for this programme now; None when nobody does."""
    try:
        today = terms_of_today(terms.programme_code)
    except NoIssuer:
        return None
    return today.issuer, today.signatories


def _programme_of(candidates: Mapping[UUID, Candidate]) -> str:
    """The programme of a batch: everybody on its list completed the same one."""
    return next((each.completion.programme_code for each in candidates.values() if each.completion), "")


def record(sealed: Sealed, credited: Credited, log: Appending, **terms) -> Certificate:
    """The rows of a new certificate, itself and its first event, and its entry in the log.

    ``terms`` are those of ``_enter``. Call inside a transaction; when ``log`` is closed, go on with ``record_document``.
    """
    certificate, event = _enter(sealed, credited, signing.sign(sealed.canonical), log, **terms)
    certificate.save(force_insert=True)
    event.save(force_insert=True)
    return certificate


def _enter(
    sealed: Sealed,
    credited: Credited,
    signature: signing.Signature,
    log: Appending,
    *,
    code: str,
    person_id: int,
    licence_id: int | None,
    actor,
    approver,
    batch=None,
    supersedes=None,
    restores=None,
    renews=None,
    grounds=None,
) -> tuple[Certificate, CertificateEvent]:
    """A certificate and its first event, in the log already and to be saved by the caller in the same transaction.

    ``grounds`` (revoking.Grounds) say why, where it is not the first for its award.
    """
    facts, now = sealed.facts, clock.now()
    certificate = Certificate(
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
        restores=restores,
        renews=renews,
        holder_key=search_key(facts["holder"]["printed"])[:1000],
        credential=credited.content,
        credential_jwt=credited.jwt,
        credential_id=credited.id,
        status_list_id=credited.list_number,
        status_index=credited.index,
        salt=credited.salt,
        log_index=log.next_index,
    )
    event = CertificateEvent(
        certificate=certificate,
        sequence=1,
        kind=CertificateEvent.Kind.ISSUED,
        at=now,
        effective_on=certificate.issued_on,
        actor=actor,
        approver=approver,
        reason_code=grounds.reason_code if grounds else "",
        internal_note=grounds.internal_note[:500] if grounds else "",
        decision_number=grounds.decision_number[:60] if grounds else "",
    )
    log.append("issue", at=credited.created, salt=credited.salt, content=credited.secured, certificate=certificate)
    return certificate, event


def record_document(certificate: Certificate, credited: Credited, page: Drawn, log: Appending) -> None:
    """The document of a certificate that stands in the log: with its proof, sealed."""
    _document(certificate, credited, page, log).save(force_insert=True)


def _document(certificate: Certificate, credited: Credited, page: Drawn, log: Appending) -> CertificateDocument:
    facts, now = certificate.facts, clock.now()
    proof = log.proof(cast(int, certificate.log_index), credited.salt)
    content = signing.seal(
        page.written({PROOF_FILE: proof.encode()}),
        at=now.replace(microsecond=0),
        reason=facts["serial"],
        location=localized(facts["issuer"]["names"], facts["language"]),
    )
    return CertificateDocument(
        certificate=certificate,
        content=content,
        sha256=document.sha256(content),
        size=len(content),
        template_version=facts["template"],
        made_at=now,
    )
