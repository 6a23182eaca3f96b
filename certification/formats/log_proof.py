"""The proof that comes with a certificate: its entry stands in the log at this place, as a witness has seen.

    c2sp.org/tlog-proof@v1
    extra 3q2+7wEjRWeJq83vASNFZw==        the salt of the entry's commitment
    index 73894                           the entry's place
    gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=      the inclusion path, the entry's neighbour first
    …

    deshmi.example/log                    and the checkpoint, word for word
    …

Source: c2sp.org/tlog-proof. The file needs nobody's server: with the log's and the witness's keys it proves itself.
The salt is believed by nobody: a wrong one gives another entry, and that one is not in the log.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from certification.formats import checkpoints
from certification.formats.checkpoints import MalformedNote, NoteKey, Opened, UntrustedNote
from certification.formats.log_leaf import SALT_BYTES
from certification.rules import merkle

HEADER = "c2sp.org/tlog-proof@v1"
EXTENSION = ".tlog-proof"
MOST_BYTES = checkpoints.MOST_BYTES + 8_192
MOST_EXTRA = 1_024  # bytes


class NotInLog(UntrustedNote):
    """The checkpoint can be believed, but the path does not lead from this entry to its root."""


@dataclass(frozen=True)
class LogProof:
    """A proof, read but not believed. ``note`` is the checkpoint with its signatures; ``extra`` is None if missing."""

    index: int
    path: tuple[bytes, ...]
    note: str
    extra: bytes | None = None

    def __str__(self) -> str:
        extra = () if self.extra is None else (f"extra {checkpoints.encoded(self.extra)}",)
        lines = (HEADER, *extra, f"index {self.index}", *map(checkpoints.encoded, self.path))
        return "".join(f"{line}\n" for line in lines) + "\n" + self.note

    @property
    def salt(self) -> bytes:
        """The salt of our entries. Raises MalformedNote when the proof is one of another log and carries none."""
        if self.extra is None or len(self.extra) != SALT_BYTES:
            raise MalformedNote(f"The proof carries no salt of {SALT_BYTES} bytes in its extra line.")
        return self.extra

    @classmethod
    def parse(cls, content: bytes | str) -> "LogProof":
        """The proof, read strictly: ``str`` gives the same bytes again. Raises MalformedNote."""
        written = checkpoints.as_text(content, MOST_BYTES)
        head, blank, note = written.partition("\n\n")
        if not blank:
            raise MalformedNote("It has no empty line between a proof and its checkpoint.")
        checkpoints.Checkpoint.parse(checkpoints.Note.parse(note).text)
        first, *lines = head.split("\n")
        if first != HEADER:
            raise MalformedNote(f"It does not begin with {HEADER} but with {checkpoints.shown(first)}.")
        extra = None
        if lines and lines[0].startswith("extra "):
            extra = checkpoints.decoded(lines.pop(0).removeprefix("extra "), "extra data")
            if len(extra) > MOST_EXTRA:
                raise MalformedNote(f"It has {len(extra)} bytes of extra data; {MOST_EXTRA} are the most we read.")
        if not lines or not lines[0].startswith("index "):
            raise MalformedNote("It does not say its index on the line before the path.")
        index = checkpoints.whole_number(lines.pop(0).removeprefix("index "), "index")
        if len(lines) > merkle.LONGEST_PATH:
            raise MalformedNote(f"It has a path of {len(lines)} hashes; no log needs more than {merkle.LONGEST_PATH}.")
        path = tuple(checkpoints.decoded(line, "hash", merkle.HASH_BYTES) for line in lines)
        return cls(index, path, note, extra)


def write(*, index: int, path: Iterable[bytes], note: bytes | str, salt: bytes) -> str:
    """The proof as a file: ``path`` leads from entry ``index`` to the root in ``note``. Raises MalformedNote."""
    proof = LogProof(index, tuple(path), checkpoints.as_text(note), salt)
    if LogProof.parse(str(proof)) != proof or proof.salt != salt:
        raise MalformedNote("What was to be written cannot be read again.")
    return str(proof)


def verify(
    proof: LogProof | bytes | str,
    entry: bytes,
    *,
    log_keys: Iterable[NoteKey],
    witness_keys: Iterable[NoteKey] = (),
    quorum: int = 0,
    latest: int = checkpoints.LATEST_MOMENT,
) -> Opened:
    """The checkpoint under which ``entry`` (its bytes as in the log) is proven to stand at the proof's index.

    The keys, ``quorum`` and ``latest`` are those of ``checkpoints.verify``. Raises MalformedNote, UntrustedNote when
    the checkpoint cannot be believed, and NotInLog when it can but the entry is not proven to be in it.
    """
    read = proof if isinstance(proof, LogProof) else LogProof.parse(proof)
    opened = checkpoints.verify(read.note, log_keys=log_keys, witness_keys=witness_keys, quorum=quorum, latest=latest)
    checkpoint = opened.checkpoint
    if not merkle.verify_inclusion(merkle.leaf_hash(entry), read.index, checkpoint.size, read.path, checkpoint.root):
        raise NotInLog(
            f"This is not entry {read.index} of the log {checkpoints.shown(checkpoint.origin)} "
            f"when it had {checkpoint.size} entries."
        )
    return opened
