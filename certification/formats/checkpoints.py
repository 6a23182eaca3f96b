"""Checkpoints: what the log says of itself, as a note that the log signs and its witnesses cosign with the time.

    deshmi.example/log                      origin: which log
    20852163                                how many entries
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=      the root over them

    — deshmi.example/log Az3grlgt…          signature lines: key name, base64(key id ‖ signature)

Sources: c2sp.org/signed-note, c2sp.org/tlog-checkpoint, c2sp.org/tlog-cosignature (the Ed25519 kind, cosignature/v1).
A note comes from strangers until a key we trust has signed it: reading one is bounded and refuses every second way of
writing the same thing.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from certification.formats.signer import Signer
from certification.rules import merkle

LOG, WITNESS = 0x01, 0x04  # the kinds of signature: plain Ed25519, and Ed25519 with the time
MOST_BYTES = 131_072  # sixteen post-quantum signatures, which we only pass over, fit
MOST_SIGNATURES = 32
LATEST_MOMENT = 2**63 - 1  # POSIX seconds

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
_DASH = "— "


class MalformedNote(ValueError):
    """This is not a note, or not a checkpoint, as the standard writes it."""


class UntrustedNote(ValueError):
    """No trusted log key has signed it, a trusted key's signature is wrong, or too few witnesses have cosigned."""


def shown(value: object) -> str:
    """``value`` from a stranger, short enough for a message."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def decoded(text: str, what: str, length: int | None = None) -> bytes:
    """The bytes of standard base64 (RFC 4648 section 4) in the one canonical spelling. Raises MalformedNote."""
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedNote(f"The {what} {shown(text)} is not base64.")
    if encoded(value) != text:
        raise MalformedNote(f"The {what} {shown(text)} is not the usual base64 of its bytes.")
    if length is not None and len(value) != length:
        raise MalformedNote(f"The {what} {shown(text)} has {len(value)} bytes; it must have {length}.")
    return value


def encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


def whole_number(text: str, what: str) -> int:
    """A number from 0 to 2**63 - 1 in ASCII digits without leading zeroes. Raises MalformedNote."""
    if not _DECIMAL.fullmatch(text) or int(text) > merkle.LARGEST_SIZE:
        raise MalformedNote(f"The {what} {shown(text)} is not a whole number from 0 to 2**63 - 1.")
    return int(text)


def as_text(content: bytes | str, most_bytes: int = MOST_BYTES) -> str:
    """``content`` as text without control characters other than the newline. Raises MalformedNote."""
    try:
        size = len(content.encode() if isinstance(content, str) else content)
        if size > most_bytes:
            raise MalformedNote(f"It has {size} bytes; {most_bytes} are the most we read.")
        text = content if isinstance(content, str) else content.decode()
    except UnicodeError:
        raise MalformedNote("It is not UTF-8 text.")
    if any(letter < " " and letter != "\n" for letter in text):
        raise MalformedNote("It has control characters other than the newline.")
    return text


# --- Keys -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NoteKey:
    """The public half of a key that signs notes: its name, its kind (LOG or WITNESS) and 32 raw bytes."""

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        if not _is_name(self.name):
            raise MalformedNote(f"The key name {shown(self.name)} must not be empty nor have blanks or a plus.")
        if self.kind not in (LOG, WITNESS):
            raise MalformedNote(f"The kind of key {shown(self.kind)} is not known here; 1 (log) and 4 (witness) are.")
        if len(self.public) != 32:
            raise MalformedNote(f"An Ed25519 public key has 32 bytes, not {len(self.public)}.")

    @property
    def id(self) -> bytes:
        """The four bytes that name the key in a signature line: signed-note, «Signatures»; tlog-cosignature, «Format»."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        """The key as notes' verifiers are given it: ``name+id in hexadecimal+base64(kind ‖ public)``."""
        return f"{self.name}+{self.id.hex()}+{encoded(bytes([self.kind]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> "NoteKey":
        """The key that ``str`` wrote. Raises MalformedNote."""
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise MalformedNote(f"{shown(text)} is not a verifier key; it looks like name+0a1b2c3d+base64.")
        value = decoded(parts[2], "key", 33)
        key = cls(parts[0], value[0], value[1:])
        if parts[1] != key.id.hex():
            raise MalformedNote(f"The key id {shown(parts[1])} does not belong to the key, which is {key.id.hex()}.")
        return key


def log_key(origin: str, public: bytes) -> NoteKey:
    return NoteKey(origin, LOG, public)


def witness_key(name: str, public: bytes) -> NoteKey:
    return NoteKey(name, WITNESS, public)


def _is_name(name: str) -> bool:
    return name != "" and not any(letter.isspace() or letter < " " or letter == "+" for letter in name)


# --- Notes ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SignatureLine:
    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {encoded(self.key_id + self.value)}\n"


@dataclass(frozen=True)
class Note:
    """A text, its last newline included, and the signatures under it, which nobody has looked at yet."""

    text: str
    signatures: tuple[SignatureLine, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(map(str, self.signatures))

    @classmethod
    def parse(cls, content: bytes | str) -> "Note":
        """The note, read strictly: ``str`` gives the same bytes again. Raises MalformedNote."""
        written = as_text(content)
        text, blank, lines = written.rpartition("\n\n")
        if not blank or not text:
            raise MalformedNote("It has no empty line between a text and its signatures.")
        return cls(text + "\n", parse_signatures(lines))

    def signed_by(self, keys: Iterable[NoteKey]) -> dict[NoteKey, int | None]:
        """Those of ``keys`` that have signed the text, with the POSIX second of their signature (None: it has none).

        Lines of other keys are passed over. Raises UntrustedNote when a line of one of ``keys`` is wrong.
        """
        known = {(key.name, key.id): key for key in keys}
        found: dict[NoteKey, int | None] = {}
        for line in self.signatures:
            key = known.get((line.name, line.key_id))
            if key is None:
                continue
            moment = _moment(key, self.text, line.value)
            earlier = found.get(key)
            found[key] = moment if moment is None or earlier is None else min(moment, earlier)
        return found


def parse_signatures(lines: str) -> tuple[SignatureLine, ...]:
    """One or more signature lines, each ending in a newline. Raises MalformedNote."""
    if not lines.endswith("\n"):
        raise MalformedNote("It does not end with a signature line and its newline.")
    each = lines[:-1].split("\n")
    if len(each) > MOST_SIGNATURES:
        raise MalformedNote(f"It has {len(each)} signatures; {MOST_SIGNATURES} are the most we read.")
    return tuple(map(_signature_line, each))


def _signature_line(line: str) -> SignatureLine:
    name, blank, value = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not blank or not _is_name(name):
        raise MalformedNote(f"{shown(line)} is not a signature line, which looks like: — name base64.")
    signature = decoded(value, "signature")
    if len(signature) < 5:
        raise MalformedNote(f"The signature {shown(value)} is too short for a key id and a signature.")
    return SignatureLine(name, signature[:4], signature[4:])


def _moment(key: NoteKey, text: str, value: bytes) -> int | None:
    """When ``key`` signed ``text`` (None for a plain signature). Raises UntrustedNote when it did not."""
    moment = None
    message = text.encode()
    if key.kind == WITNESS:
        moment, value = int.from_bytes(value[:8], "big"), value[8:]
        if moment > LATEST_MOMENT:
            raise UntrustedNote(f"The cosignature of {key.name} has no possible time.")
        message = cosigned_message(text, moment)
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(value, message)
    except InvalidSignature:
        raise UntrustedNote(f"The signature of {key.name} ({key.id.hex()}) does not belong to this text.")
    return moment


def cosigned_message(text: str, moment: int) -> bytes:
    """What a witness signs: tlog-cosignature, «Ed25519 signed message»."""
    return f"cosignature/v1\ntime {moment}\n{text}".encode()


# --- Checkpoints ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Checkpoint:
    """The root of a log at a size. ``str`` is the text that is signed."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()  # lines other logs may add; ours never does

    def __str__(self) -> str:
        return "".join(f"{line}\n" for line in (self.origin, self.size, encoded(self.root), *self.extensions))

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """The text of a note, read as a checkpoint: tlog-checkpoint, «Note text». Raises MalformedNote."""
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() != "" or not all(lines):
            raise MalformedNote("A checkpoint has three or more lines (origin, size, root) and no empty one.")
        size = whole_number(lines[1], "size")
        root = decoded(lines[2], "root", merkle.HASH_BYTES)
        if size == 0 and root != merkle.EMPTY_ROOT:
            raise MalformedNote(f"The root of an empty log is {encoded(merkle.EMPTY_ROOT)}, not {lines[2]}.")
        return cls(lines[0], size, root, tuple(lines[3:]))

    def follows(self, earlier: "Checkpoint", path: Sequence[bytes]) -> bool:
        """Is this a later state of the same log, which kept all that ``earlier`` had? What a witness asks first."""
        return self.origin == earlier.origin and merkle.verify_consistency(
            earlier.size, self.size, earlier.root, self.root, path
        )


@dataclass(frozen=True)
class Opened:
    """A checkpoint that can be believed, with who has said so."""

    checkpoint: Checkpoint
    log_keys: tuple[NoteKey, ...]
    witnesses: dict[NoteKey, int]  # and the POSIX second at which each has seen it

    @property
    def first_seen(self) -> int | None:
        """The POSIX second of the earliest cosignature; None when no witness has seen the checkpoint."""
        return min(self.witnesses.values(), default=None)


def signed(checkpoint: Checkpoint, signer: Signer) -> str:
    """The note of ``checkpoint`` with the log's own signature; the key is named like the log.

    The caller answers for never signing two checkpoints of which one does not follow from the other.
    """
    text = str(checkpoint)
    if Checkpoint.parse(text) != checkpoint:
        raise MalformedNote(f"The origin {shown(checkpoint.origin)} must be one line.")
    key = log_key(checkpoint.origin, signer.public)
    return str(Note(text, (SignatureLine(key.name, key.id, signer.sign(text.encode())),)))


def cosigned(note: bytes | str, *, name: str, signer: Signer, moment: int) -> str:
    """``note`` with the cosignature of the witness ``name`` at ``moment`` (POSIX seconds) in place of its earlier one.

    The caller has verified that the log signed it and that it ``follows`` the last one this witness has seen.
    """
    parsed = Note.parse(note)
    Checkpoint.parse(parsed.text)
    if not 0 <= moment <= LATEST_MOMENT:
        raise ValueError(f"The moment {moment} is not one in POSIX seconds.")
    key = witness_key(name, signer.public)
    value = moment.to_bytes(8, "big") + signer.sign(cosigned_message(parsed.text, moment))
    kept = tuple(line for line in parsed.signatures if (line.name, line.key_id) != (key.name, key.id))
    return str(Note(parsed.text, (*kept, SignatureLine(key.name, key.id, value))))


def with_signatures(note: bytes | str, lines: str) -> str:
    """``note`` with the signature ``lines`` a witness has answered with, each only once. Raises MalformedNote."""
    parsed = Note.parse(note)
    return str(Note(parsed.text, tuple(dict.fromkeys((*parsed.signatures, *parse_signatures(lines))))))


def verify(
    note: bytes | str,
    *,
    log_keys: Iterable[NoteKey],
    witness_keys: Iterable[NoteKey] = (),
    quorum: int = 0,
    latest: int = LATEST_MOMENT,
) -> Opened:
    """The checkpoint in ``note`` if one of ``log_keys`` signed it and ``quorum`` of ``witness_keys`` cosigned it.

    ``latest`` is the POSIX second after which a cosignature is from the future (now, with some tolerance). Old log
    keys may stay among ``log_keys``; the origin must be the name of the key that signed. A wrong signature of any key
    we know spoils the note. Raises MalformedNote or UntrustedNote.
    """
    parsed = Note.parse(note)
    checkpoint = Checkpoint.parse(parsed.text)
    logs = parsed.signed_by(key for key in log_keys if key.kind == LOG and key.name == checkpoint.origin)
    if not logs:
        raise UntrustedNote(f"No key we know for {shown(checkpoint.origin)} has signed this checkpoint.")
    found = parsed.signed_by(key for key in witness_keys if key.kind == WITNESS)
    witnesses = {key: moment for key, moment in found.items() if moment is not None}
    for key, moment in witnesses.items():
        if moment > latest:
            raise UntrustedNote(f"{key.name} has cosigned in the future, at {moment}; it is {latest} at the latest.")
    # One key under two names is one witness: the message does not say the name.
    if len({key.public for key in witnesses}) < quorum:
        raise UntrustedNote(f"{len(witnesses)} witnesses we know have cosigned this checkpoint; {quorum} must have.")
    return Opened(checkpoint, tuple(logs), witnesses)
