"""Reconciling: register, documents, ledger, status lists and log are held against each other, and what differs is named.

An insider with the database in hand can change a row. What he changed then no longer agrees with what was signed, with
the document, or with the log, whose checkpoints others keep. Nothing is changed here.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import rfc8785
from django.db import connection
from django.db.models import Exists, OuterRef, Prefetch

from certification import signing
from certification.formats import credential as credentials
from certification.formats import data_integrity, jose, log_leaf, sealed_file, status_list
from certification.models import Certificate, CertificateEvent, Erasure, LogEntry, StatusList, write_once
from certification.operations import auditing
from certification.operations.mirroring import decided_on
from certification.rules import lifecycle
from certification.rules.validity import Standing
from lms.kernel import clock

# How an event is called in the log.
_ENTRIES = {"issued": "issue", "suspended": "suspend", "reinstated": "reinstate"} | {
    "revoked": "revoke",
    "superseded": "supersede",
}
# A published list is made anew every hour; one that is older than this was forgotten.
_LIST_AGE = timedelta(days=1)


@dataclass(frozen=True)
class Difference:
    """``where`` is a certificate's serial, an entry or a list; ``what`` says what does not agree, with both values."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def differences() -> Iterator[Difference]:
    """Everything that does not agree, as it is found."""
    for _serial, found in of_certificates():
        yield from found
    yield from of_the_whole()


def of_the_whole() -> Iterator[Difference]:
    """What does not agree of the log and the lists, seen from their side."""
    for name in write_once.missing(connection):
        yield Difference("database", f"the trigger {name} is missing or switched off; migrate puts it in place.")
    yield from _entries_without_certificate()
    yield from _lists()
    yield from (Difference("log", fault) for fault in auditing.audit_rows().faults)


# --- Certificates ----------------------------------------------------------------------------------


def of_certificates(after: str = "") -> Iterator[tuple[str, list[Difference]]]:
    """Certificate by certificate, in the order of serials, those behind ``after``: its serial and what differs."""
    events = Prefetch("events", CertificateEvent.objects.order_by("sequence"))
    rows = (
        Certificate.objects.select_related("document")
        .prefetch_related(events, "log_entries", "erasures")
        .filter(serial__gt=after)
        .order_by("serial")
    )
    keys = _every_key()
    for certificate in rows.iterator(chunk_size=100):
        told = _erased(certificate) if certificate.erased_at else _kept(certificate, keys)
        yield certificate.serial, [Difference(certificate.serial, what) for what in told]


def _kept(certificate: Certificate, keys: dict[str, bytes]) -> Iterator[str]:
    yield from _facts(certificate)
    yield from _credential(certificate, keys)
    yield from _log(certificate)
    yield from _document(certificate)
    yield from _ledger(certificate)


def _erased(certificate: Certificate) -> Iterator[str]:
    """Nothing of a person is left, two have decided, and the log says so."""
    left = [
        column
        for column in ("person_id", "licence_id", "facts", "facts_canonical", "credential", "credential_jwt", "salt")
        if getattr(certificate, column)
    ]
    if left:
        yield f"it was erased, and {', '.join(left)} is still there."
    if getattr(certificate, "document", None) is not None:
        yield "it was erased, and its document is still there."
    entries = {entry.index: entry for entry in certificate.log_entries.all()}
    if any(entry.salt is not None for entry in entries.values() if entry.op != "erase"):
        yield "it was erased, and the salt of an entry of the log is still there."
    done = [each for each in certificate.erasures.all() if each.state == Erasure.State.DONE]
    if not any(each.log_index in entries and entries[each.log_index].op == "erase" for each in done):
        yield "its data are gone, and no entry of the log says that it was erased."
    yield from _ledger(certificate)


def _every_key() -> dict[str, bytes]:
    """Of compromised keys too: that a certificate is what was signed is asked here, not whether it is believed."""
    found = {f"{signing.issuer_did()}#{row.kid}": bytes(row.public) for row in _signing_keys(signing.CREDENTIAL)}
    return found | signing.public_keys(signing.CREDENTIAL)


def _signing_keys(purpose: str) -> Any:
    return signing.SigningKey.objects.filter(purpose=purpose)


def _facts(certificate: Certificate) -> Iterator[str]:
    canonical = bytes(certificate.facts_canonical)
    if hashlib.sha256(canonical).hexdigest() != certificate.facts_sha256:
        yield "the sealed facts do not have the SHA-256 on record."
    try:
        signature = signing.Signature(certificate.key_id, bytes(certificate.facts_signature))
        if not signing.verify(canonical, signature):
            yield "the seal does not fit the facts."
    except signing.UnknownKey:
        yield f"the seal on the facts was made with {certificate.key_id}, which is not known here."
    if rfc8785.dumps(certificate.facts) != canonical:
        yield "the facts for reading are not the sealed ones."
    sealed = json.loads(canonical)
    for column, told in (
        ("number", sealed["number"]),
        ("serial", sealed["serial"]),
        ("issued_on", sealed["issued_on"]),
        ("valid_from", sealed["valid_from"]),
        ("valid_until", sealed["valid_until"]),
    ):
        value = getattr(certificate, column)
        if (str(value) if value is not None else None) != (told or None):
            yield f"{column} is {value}; the sealed facts say {told}."


def _credential(certificate: Certificate, keys: dict[str, bytes]) -> Iterator[str]:
    if certificate.credential is None:
        if certificate.log_index is not None:
            yield "the credential is gone."
        return
    try:
        proved = data_integrity.verify(credentials.parse(bytes(certificate.credential)), keys).document
        payload, _key = jose.verify(certificate.credential_jwt, keys)
    except (ValueError, data_integrity.UnknownKey) as error:
        yield f"the credential does not prove itself: {error}"
        return
    if payload != proved:
        yield "the credential as a token says something else than the document."
    entry = proved.get("credentialStatus", {})
    for column, value, told in (
        ("credential_id", certificate.credential_id, proved.get("id")),
        ("valid_from", str(certificate.valid_from), str(proved.get("validFrom"))[:10]),
        ("valid_until", str(certificate.valid_until or ""), str(proved.get("validUntil") or "")[:10]),
        ("status_index", str(certificate.status_index), entry.get("statusListIndex")),
        ("status_list", str(certificate.status_list_id), str(entry.get("statusListCredential")).rpartition("/")[2]),
    ):
        if value != told:
            yield f"{column} is {value}; the signed credential says {told}."


def _log(certificate: Certificate) -> Iterator[str]:
    if certificate.log_index is None:
        if certificate.credential is not None:
            yield "it has a credential and no entry in the log."
        return
    entries = {entry.index: entry for entry in certificate.log_entries.all()}
    issue = entries.get(certificate.log_index)
    if issue is None:
        yield f"entry {certificate.log_index} of the log, its issue, is missing or belongs to another."
        return
    if certificate.salt is None:
        yield "its salt is gone, and no entry says that it was erased."
    elif certificate.credential is not None and not _opens(issue, certificate.salt, certificate.credential):
        yield f"entry {issue.index} of the log does not tell of this credential: it was changed after its issue."


def _opens(issue: LogEntry, salt: bytes | memoryview, credential: bytes | memoryview) -> bool:
    try:
        leaf = log_leaf.parse(bytes(issue.entry))
    except log_leaf.MalformedEntry:
        return False
    return leaf.operation == "issue" and leaf.is_opened_by(bytes(salt), json.loads(bytes(credential)))


def _document(certificate: Certificate) -> Iterator[str]:
    document = getattr(certificate, "document", None)
    if document is None:
        yield "the document is gone."
        return
    content = bytes(document.content)
    found = hashlib.sha256(content).hexdigest()
    if found != document.sha256:
        yield f"the document has the SHA-256 {found}; {document.sha256} is on record."
    if certificate.credential is None:
        return
    try:
        carried = sealed_file.attachments(content)
    except sealed_file.UnreadableFile as error:
        yield f"the document cannot be read: {error}"
        return
    if carried.get("credential.json") != bytes(certificate.credential):
        yield "the document does not carry the credential on record."


def _ledger(certificate: Certificate) -> Iterator[str]:
    events = list(certificate.events.all())
    if [event.sequence for event in events] != list(range(1, len(events) + 1)):
        yield f"its ledger has the entries {', '.join(str(event.sequence) for event in events) or 'none'}."
    try:
        state = lifecycle.fold((event.kind for event in events), begins=lifecycle.State.APPROVED)
    except lifecycle.ImpossibleAct as error:
        yield f"its ledger cannot have happened: {error}"
        return
    has_ended = state in (lifecycle.State.REVOKED, lifecycle.State.SUPERSEDED)
    if has_ended != (certificate.ended_at is not None):
        yield f"its ledger says {state}; ended_at is {certificate.ended_at}."
    if certificate.log_index is None:
        return
    logged = {entry.index: entry.op for entry in certificate.log_entries.all()}
    for event in events[1:]:
        if event.log_index is None or logged.get(event.log_index) != _ENTRIES[event.kind]:
            yield f"its act {event.sequence} ({event.kind}) has no entry in the log."
    told = sum(1 for operation in logged.values() if operation in set(_ENTRIES.values()))
    if told > len(events):
        yield f"the log tells of {told} acts upon it; its ledger has {len(events)}."


# --- The log's other side --------------------------------------------------------------------------


def _entries_without_certificate() -> Iterator[Difference]:
    same = Certificate.objects.filter(pk=OuterRef("certificate_id"), log_index=OuterRef("index"))
    lost = LogEntry.objects.filter(~Exists(same), op="issue").order_by("index")
    for index, at in lost.values_list("index", "at"):
        yield Difference(
            f"entry {index}", f"tells of a certificate issued on {at:%Y-%m-%d} that is not in the register."
        )


# --- Status lists ----------------------------------------------------------------------------------


def _lists() -> Iterator[Difference]:
    keys = {f"{signing.issuer_did()}#{row.kid}": bytes(row.public) for row in _signing_keys(signing.STATUS)}
    keys |= signing.public_keys(signing.STATUS)
    for row in StatusList.objects.order_by("number"):
        where = f"status list {row.number}"
        if row.published_at is None:
            if row.certificates.exists():
                yield Difference(where, "was never published.")
            continue
        if clock.now() - row.published_at > _LIST_AGE:
            yield Difference(where, f"was last published on {row.published_at:%Y-%m-%d}.")
        try:
            document = credentials.parse(bytes(row.content))
            proved = data_integrity.verify(document, keys).document
            told = status_list.decode(proved["credentialSubject"]["encodedList"]).are_set
        except (ValueError, LookupError) as error:
            yield Difference(where, f"does not prove itself: {error}")
            continue
        decided = decided_on(clock.local_day(row.published_at), by=row.published_at)
        used = row.certificates.count()
        if used > row.size // 2:
            yield Difference(where, f"{used} of its {row.size} places are taken; more than half must not be.")
        expected = decided[row.number, Standing.REVOKED] | decided[row.number, Standing.SUPERSEDED]
        serials = dict(row.certificates.filter(status_index__in=told ^ expected).values_list("status_index", "serial"))
        for index in sorted(told ^ expected):
            says, ledger = ("1", "0") if index in told else ("0", "1")
            who = serials.get(index, "nobody")
            yield Difference(where, f"says {says} at {index} ({who}); the ledger says {ledger}.")
