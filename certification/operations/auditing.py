"""Auditing the log: everything is computed again from the entries and held against every checkpoint that was signed.

From our own rows, or from a copy of the public files, for somebody who does not want to believe us. Nothing is changed.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from certification import signing
from certification.formats import checkpoints, log_leaf, tiles
from certification.formats.checkpoints import MalformedNote, NoteKey, UntrustedNote
from certification.models import Certificate, Checkpoint, LogEntry, LogHead, LogNode
from certification.operations import witnessing
from certification.rules import merkle


@dataclass
class Audit:
    """What was found. ``counted`` is how many entries of each operation the log has; ``faults`` are sentences."""

    size: int = 0
    root: bytes = merkle.EMPTY_ROOT
    checkpoints: int = 0
    counted: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def audit_rows() -> Audit:
    """Replay the log's rows, check each kept checkpoint against them, and count certificates against entries."""
    audit = Audit()
    notes = [
        (kept.size, kept.note + "".join(each.line for each in kept.cosignatures.all()))
        for kept in Checkpoint.objects.order_by("size").prefetch_related("cosignatures")
    ]
    nodes = {
        (level, index): bytes(value) for level, index, value in LogNode.objects.values_list("level", "index", "hash")
    }
    _replay(audit, _entries_of_rows(audit), notes, nodes)
    for level, index in sorted(nodes):
        audit.faults.append(f"Node {level}/{index} is kept, but the log has no such node or it has another hash.")
    head = LogHead.objects.values_list("size", "peaks").first()
    if head is not None and head[0] != audit.size:
        audit.faults.append(f"The log should have {head[0]} entries; it has {audit.size}.")
    issued = Certificate.objects.filter(log_index__isnull=False).count()
    if issued != audit.counted["issue"]:
        audit.faults.append(
            f"The log tells of {audit.counted['issue']} certificates issued; the register has {issued} that say so."
        )
    return audit


def audit_files(folder: Path, kept: Iterable[str] = (), keys: Iterable[NoteKey] | None = None) -> Audit:
    """The same for a copy of the public files in ``folder`` (which holds ``log/``) and for notes ``kept`` elsewhere.

    ``keys`` are the log's; without them those of the register are believed.
    """
    audit = Audit()

    def fetch(path: str) -> bytes | None:
        file = folder / "log" / path
        return file.read_bytes() if file.is_file() else None

    try:
        newest = (folder / "log" / "checkpoint").read_text(encoding="utf-8")
        notes = sorted((_size_of(note), note) for note in (*kept, newest))
        size = _size_of(newest)
        _replay(audit, iter(tiles.entries(size, fetch)), notes, {}, keys)
        audit.faults += [
            f"{path} is missing or does not follow from the entries." for path in tiles.differing(size, fetch)
        ]
    except OSError as error:
        audit.faults.append(f"{error.filename} cannot be read: {error.strerror}.")
    except (MalformedNote, tiles.BadTile, tiles.MissingTile) as error:
        audit.faults.append(str(error))
    return audit


def _entries_of_rows(audit: Audit) -> Iterator[bytes]:
    rows = LogEntry.objects.order_by("index").values_list("index", "entry", "leaf_hash", "op")
    expected = 0
    for index, content, leaf, operation in rows.iterator(chunk_size=2_000):
        for missing in range(expected, index):
            audit.faults.append(f"Entry {missing} is missing.")
        content = bytes(content)
        if merkle.leaf_hash(content) != bytes(leaf):
            audit.faults.append(f"Entry {index} does not have the hash that was kept with it.")
        if f'"op":"{operation}"' not in content.decode(errors="replace"):
            audit.faults.append(f"Entry {index} is filed as {operation!r}, which is not what it says.")
        expected = index + 1
        yield content


def _replay(
    audit: Audit,
    entries: Iterator[bytes],
    notes: list[tuple[int, str]],
    nodes: dict[tuple[int, int], bytes],
    keys: Iterable[NoteKey] | None = None,
) -> None:
    """Grow the tree and stop at each size that was signed. Takes out of ``nodes`` those that are as they should be."""
    frontier = merkle.Frontier()
    logs, witnesses = (signing.log_keys(lost=True), witnessing.keys()) if keys is None else (list(keys), [])
    for size, note in notes:
        while frontier.size < size and (content := next(entries, None)) is not None:
            _grow(audit, frontier, content, nodes)
        _compare(audit, frontier, size, note, logs, witnesses)
    for content in entries:
        _grow(audit, frontier, content, nodes)
    audit.size, audit.root = frontier.size, frontier.root()


def _grow(audit: Audit, frontier: merkle.Frontier, content: bytes, nodes: dict[tuple[int, int], bytes]) -> None:
    try:
        audit.counted[log_leaf.parse(content).operation] += 1
    except log_leaf.MalformedEntry as error:
        audit.faults.append(f"Entry {frontier.size}: {error}")
    for level, index, value in frontier.append(merkle.leaf_hash(content)):
        if nodes.get((level, index)) == value:
            del nodes[level, index]


def _compare(
    audit: Audit, frontier: merkle.Frontier, size: int, note: str, logs: list[NoteKey], witnesses: list[NoteKey]
) -> None:
    audit.checkpoints += 1
    try:
        told = checkpoints.verify(note, log_keys=logs, witness_keys=witnesses).checkpoint
    except (MalformedNote, UntrustedNote) as error:
        audit.faults.append(f"The checkpoint of {size} entries: {error}")
        return
    if told.size != size:
        audit.faults.append(f"The checkpoint kept for {size} entries speaks of {told.size}.")
    elif frontier.size != size:
        audit.faults.append(f"A checkpoint of {size} entries was signed; the log has only {frontier.size}.")
    elif frontier.root() != told.root:
        audit.faults.append(
            f"The first {size} entries are not those that were signed: the log was rewritten. Keep this checkpoint."
        )


def _size_of(note: str) -> int:
    return checkpoints.Checkpoint.parse(checkpoints.Note.parse(note).text).size
