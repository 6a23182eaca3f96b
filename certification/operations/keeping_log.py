"""Keeping the log: entries are appended under a lock, and what was appended is covered by a signed checkpoint.

Everything happens in the caller's transaction, so that an act and its entry are there together or not at all. Whoever
appends waits for the row of the head, so that two workers never go on from the same end; the lock is taken last.
"""

import ssl
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from certification import signing
from certification.formats import checkpoints, log_leaf, log_proof
from certification.models import Certificate, CertificateEvent, Checkpoint, LogEntry, LogHead, LogNode, SigningKey
from certification.rules import merkle
from lms.kernel import clock

# How an event of a certificate's ledger is called in the log.
OPERATIONS = {
    "suspended": "suspend",
    "reinstated": "reinstate",
    "revoked": "revoke",
    "superseded": "supersede",
}
# Between two checkpoints, unless documents wait for the proof that one gives.
CHECKPOINT_EVERY = timedelta(minutes=10)
_TILE_LEVELS = 8  # of the nodes above the leaves only every eighth level is kept: the lowest row of a tile


class LogRewritten(RuntimeError):
    """What is kept of the log is not what was signed; nothing may be signed until somebody has found out why."""


class Appending:
    """The open end of the log, locked until the transaction ends. ``close`` writes what was appended."""

    def __init__(self) -> None:
        if not transaction.get_connection().in_atomic_block:
            raise transaction.TransactionManagementError("The log is appended to inside a transaction.")
        self._head = LogHead.objects.select_for_update().get_or_create(pk=1)[0]
        peaks = bytes(self._head.peaks)
        self._frontier = merkle.Frontier(
            self._head.size, (peaks[at : at + merkle.HASH_BYTES] for at in range(0, len(peaks), merkle.HASH_BYTES))
        )
        self._root_before = self._frontier.root()
        # The old peaks and the new nodes are all that the paths of new entries need.
        self._nodes = dict(zip(_places_of_peaks(self._head.size), self._frontier.peaks, strict=True))
        self._entries: list[LogEntry] = []
        self._upper: list[LogNode] = []
        self._note = ""
        self._enter_new_keys()

    @property
    def next_index(self) -> int:
        """The place of whatever is appended next."""
        return self._frontier.size

    def append(
        self,
        operation: str,
        *,
        at: datetime,
        salt: bytes,
        content: Any,
        certificate: Certificate | None = None,
    ) -> int:
        """One more entry; its index. The salt of an issue is kept with the certificate, every other one here."""
        index, entry = self.next_index, log_leaf.entry(operation, at=at, salt=salt, content=content)
        leaf = merkle.leaf_hash(entry)
        for level, place, value in self._frontier.append(leaf):
            self._nodes[level, place] = value
            if level and level % _TILE_LEVELS == 0:
                self._upper.append(LogNode(level=level, index=place, hash=value))
        self._entries.append(
            LogEntry(
                index=index,
                entry=entry,
                leaf_hash=leaf,
                certificate=certificate,
                op=operation,
                at=at,
                salt=None if operation == "issue" else salt,
            )
        )
        return index

    def close(self) -> str:
        """Write the entries; the note of the checkpoint over them, or "" when none is signed now.

        One is signed when documents wait for their proof, and otherwise when the last one is ten minutes old: what is
        not covered yet is covered by ``publish``, which runs by the clock.
        """
        if not self._entries:
            return ""
        if not self._head.origin:
            self._head.origin = signing.log_origin_set()
        size_before, self._head.size = self._head.size, self._frontier.size
        LogEntry.objects.bulk_create(self._entries)
        LogNode.objects.bulk_create(self._upper)
        self._head.peaks = b"".join(self._frontier.peaks)
        self._head.save()
        newest = Checkpoint.objects.order_by("-size").first()
        if newest is not None and (size_before, self._root_before) != (newest.size, _root_of(newest)):
            _refuse_unless_longer(newest, size_before)
        now = clock.now()
        waits = any(entry.op == "issue" for entry in self._entries)
        if waits or newest is None or now - newest.published_at >= CHECKPOINT_EVERY:
            self._note = _signed(self._head, self._frontier, now)
        return self._note

    def proof(self, index: int, salt: bytes) -> str:
        """The proof of an entry that was appended here, under the checkpoint of ``close``."""
        path = merkle.stored_inclusion_path(index, self._frontier.size, lambda level, place: self._nodes[level, place])
        return log_proof.write(index=index, path=path, note=self._note, salt=salt)

    def _enter_new_keys(self) -> None:
        """Record the first key for each purpose; every other comes by operations/turning_keys.py."""
        known = set(SigningKey.objects.exclude(state=SigningKey.State.PENDING).values_list("purpose", flat=True))
        for purpose in signing.PURPOSES:
            if purpose not in known:
                self.enter_key(first_row(purpose))

    def enter_key(self, row: SigningKey) -> int:
        """Append how ``row`` stands from now on, and save it."""
        row.save()
        return self.append("key", at=clock.now(), salt=log_leaf.new_salt(), content=key_content(row))


def first_row(purpose: str) -> SigningKey:
    """The key that signs for ``purpose`` before any was entered, in use from now on."""
    key, now = signing.in_use(purpose), clock.now()
    row = SigningKey.objects.filter(kid=key.kid).first() or SigningKey(kid=key.kid, purpose=purpose, public=key.public)
    row.state, row.published_at, row.active_from = SigningKey.State.ACTIVE, row.published_at or now, now
    row.chain, row.backend_uri = pem(key.chain), key.source[:200]
    return row


def pem(chain: Iterable[bytes]) -> bytes:
    """Certificates in DER, as the register of keys has them."""
    return b"".join(ssl.DER_cert_to_PEM_cert(each).encode() for each in chain)


# --- Checkpoints -----------------------------------------------------------------------------------


@transaction.atomic
def publish() -> str:
    """Sign a checkpoint over what no other covers yet; the note, or "" when there is nothing. Safe to repeat.

    Raises LogRewritten when the rows do not lead from the last checkpoint to the end: then nothing is signed.
    """
    head = LogHead.objects.select_for_update().first()
    newest = Checkpoint.objects.order_by("-size").first()
    if head is None or head.size == (newest.size if newest else 0):
        return ""
    frontier = merkle.Frontier.stored(head.size, read)
    if b"".join(frontier.peaks) != bytes(head.peaks):
        raise LogRewritten("The end of the log does not follow from its entries. Run audit_log; nothing was signed.")
    if newest is not None:
        _refuse_unless_longer(newest, head.size)
        if merkle.stored_root(newest.size, read) != _root_of(newest):
            raise LogRewritten(
                f"The first {newest.size} entries are not those that were signed. Run audit_log; nothing was signed."
            )
    return _signed(head, frontier, clock.now())


def _signed(head: LogHead, frontier: merkle.Frontier, now: datetime) -> str:
    """The checkpoint over everything; its size is new, so that no size is ever signed with two roots."""
    checkpoint = checkpoints.Checkpoint(head.origin, frontier.size, frontier.root())
    note = signing.signed_checkpoint(checkpoint, read)
    Checkpoint.objects.create(size=frontier.size, note=note, published_at=now)
    transaction.on_commit(lambda: signing.tell_published(checkpoint))
    return note


def _refuse_unless_longer(newest: Checkpoint, size: int) -> None:
    if size <= newest.size:
        raise LogRewritten(
            f"A checkpoint of {newest.size} entries was signed; the log has {size}, or others. Run audit_log; nothing "
            "was signed."
        )


def _root_of(kept: Checkpoint) -> bytes:
    return checkpoints.Checkpoint.parse(checkpoints.Note.parse(kept.note).text).root


# --- Entries ---------------------------------------------------------------------------------------


@transaction.atomic
def record(
    operation: str,
    content: Any,
    *,
    at: datetime | None = None,
    certificate: Certificate | None = None,
    log: Appending | None = None,
) -> int:
    """Enter ``content`` (what a JSON file may hold) as one ``operation`` of ``log_leaf.OPERATIONS``; its index.

    The commitment gets a salt of its own, which is kept beside the entry; that of an issue is the certificate's. Give
    ``log`` when you hold the open end already: a second one in the same transaction would go on from the same place.
    """
    if operation == "issue":
        if certificate is None or certificate.salt is None:
            raise log_leaf.MalformedEntry("An issue is entered with its certificate, which keeps the salt.")
        salt = bytes(certificate.salt)
    else:
        salt = log_leaf.new_salt()
    keeper = log or Appending()
    index = keeper.append(operation, at=at or clock.now(), salt=salt, content=content, certificate=certificate)
    if log is None:
        keeper.close()
    return index


class KeyNotInUse(ValueError):
    """The settings name a key that was retired or lost before."""


def key_content(row: SigningKey) -> dict[str, str]:
    """What the log's entry of a key commits to."""
    return {"kid": row.kid, "purpose": row.purpose, "public": bytes(row.public).hex(), "state": row.state}


def event_content(event: CertificateEvent) -> Mapping[str, Any]:
    """What the log's entry of an act commits to: everything that the ledger will say to the public."""
    certificate = event.certificate
    return {
        "certificate": certificate.credential_id or str(certificate.pk),
        "sequence": event.sequence,
        "kind": event.kind,
        "effective_on": event.effective_on.isoformat(),
        "reason": event.reason_code,
        "public_text": dict(event.public_text),
        "decision": event.decision_number,
    }


def enter(event: CertificateEvent, log: Appending) -> None:
    """Append an act (not an issue) and save it with the index of its entry."""
    event.log_index = log.append(
        OPERATIONS[event.kind],
        at=event.at,
        salt=log_leaf.new_salt(),
        content=event_content(event),
        certificate=event.certificate,
    )


def _places_of_peaks(size: int) -> list[tuple[int, int]]:
    """Level and index of the nodes that a log of ``size`` goes on from, largest first. For 6: (2, 0), (1, 2)."""
    places, start = [], 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            places.append((level, start >> level))
            start += 1 << level
    return places


def read(level: int, index: int) -> bytes:
    """A node of the log from its rows, as ``merkle.stored_…`` and tiles ask for it. At most 256 rows are read."""
    stored, above = level - level % _TILE_LEVELS, level % _TILE_LEVELS
    return merkle.root(row(stored, index << above, 1 << above))


def row(level: int, start: int, count: int) -> list[bytes]:
    """``count`` nodes from ``start`` on, of level 0, 8, 16 …: what a tile holds. Raises LookupError for missing ones."""
    within = {"index__gte": start, "index__lt": start + count}
    if level:
        nodes = LogNode.objects.filter(level=level, **within).order_by("index")
        hashes = [bytes(node.hash) for node in nodes]
    else:
        entries = LogEntry.objects.filter(**within).order_by("index").only("leaf_hash")
        hashes = [bytes(entry.leaf_hash) for entry in entries]
    if len(hashes) != count:
        raise LookupError(f"The log has {len(hashes)} of the {count} nodes from {start} on at level {level}.")
    return hashes
