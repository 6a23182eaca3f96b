"""A witness of the log: it looks at the newest checkpoint, and cosigns it when it follows from the one it saw before.

    python -m certification.witness --new-key council.example/witness --key witness.key
    python -m certification.witness --log https://deshmi.example/log --key witness.key --state witness.json \\
        --log-key deshmi.example/log+0a1b2c3d+AbCd…

It runs on a machine of the Council's own, apart from ours, with this folder and the package ``cryptography``: no
database, no settings, no framework. What it needs of us are the public files, over HTTPS or from a folder. What it has
seen stays in its state; a log that shrank or was rewritten is refused, for ever, and both notes are kept as evidence.

Ends with 0 when it has cosigned or when there is nothing new, 1 when it could not look, 3 when the log was rewritten.
Sources: c2sp.org/tlog-cosignature, c2sp.org/tlog-tiles.
"""

import argparse
import base64
import json
import os
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from certification.formats import checkpoints, tiles
from certification.formats.checkpoints import Checkpoint, MalformedNote, Note, NoteKey, UntrustedNote
from certification.formats.signer import Signer
from certification.rules import merkle

SEEN, REWRITTEN = 0, 3
_MOST_BYTES = 32 * 1024 * 1024  # a bundle of 256 entries of 65,535 bytes is half of it
_SECONDS = 30
_HERE = {"127.0.0.1", "localhost", "::1"}


class CannotLook(Exception):
    """The log, the key or the state cannot be read; the text says which and what to do."""


class Rewritten(Exception):
    """The log is not the one that was seen before: it is shorter, or its first entries are others."""


# --- The witness's own key -------------------------------------------------------------------------


@dataclass(frozen=True)
class WitnessKey:
    """The private half, with the name that signature lines bear."""

    name: str
    private: Ed25519PrivateKey

    @property
    def public(self) -> NoteKey:
        raw = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return checkpoints.witness_key(self.name, raw)

    @property
    def signer(self) -> Signer:
        return Signer(self.name, self.public.public, self.private.sign)

    def __str__(self) -> str:
        """As programs for signed notes keep it: ``PRIVATE+KEY+name+id+base64(kind ‖ seed)``."""
        seed = self.private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        kept = base64.b64encode(bytes([checkpoints.WITNESS]) + seed).decode()
        return f"PRIVATE+KEY+{self.name}+{self.public.id.hex()}+{kept}"

    @classmethod
    def parse(cls, text: str) -> "WitnessKey":
        parts = text.strip().split("+", 4)
        if len(parts) != 5 or parts[:2] != ["PRIVATE", "KEY"]:
            raise CannotLook("The key file does not begin with PRIVATE+KEY+; make one with --new-key NAME.")
        kept = checkpoints.decoded(parts[4], "key", 33)
        key = cls(parts[2], Ed25519PrivateKey.from_private_bytes(kept[1:]))
        if kept[0] != checkpoints.WITNESS or parts[3] != key.public.id.hex():
            raise CannotLook("The key file is not one of a witness, or was damaged.")
        return key


def new_key(name: str, file: Path) -> NoteKey:
    """Make a key for the witness ``name`` and keep it in ``file``, readable by its owner only. Never writes over one."""
    key = WitnessKey(name, Ed25519PrivateKey.generate())
    public = key.public  # refuses a name that signature lines cannot bear
    try:
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CannotLook(f"{file} is there already; a key is never written over. Name another file.") from None
    except OSError as error:
        raise CannotLook(f"{file} cannot be written: {error.strerror}.") from None
    with os.fdopen(opened, "w") as kept:
        kept.write(f"{key}\n")
    return public


# --- What it reads ---------------------------------------------------------------------------------


def fetcher(log: str) -> tiles.Fetch:
    """Files of the log at an address (https://…/log) or in a folder (…/log); None for those that are not there."""
    if "://" not in log:
        folder = Path(log)
        return lambda path: (folder / path).read_bytes() if (folder / path).is_file() else None
    parts = urlsplit(log)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _HERE):
        raise CannotLook(f"{log} is not an https:// address; what is fetched over the open net says nothing.")

    def fetch(path: str) -> bytes | None:
        try:
            with urllib.request.urlopen(f"{log.rstrip('/')}/{path}", timeout=_SECONDS) as answer:  # noqa: S310
                return answer.read(_MOST_BYTES)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise CannotLook(f"{log}/{path} answers {error.code}.") from None
        except OSError as error:
            raise CannotLook(f"{log}/{path} cannot be fetched: {error}") from None

    return fetch


@dataclass(frozen=True)
class State:
    """What the witness has seen: the keys of the log it believes, and the last note that it cosigned."""

    log_keys: tuple[NoteKey, ...] = ()
    note: str = ""

    @classmethod
    def read(cls, file: Path) -> "State":
        if not file.exists():
            return cls()
        try:
            kept = json.loads(file.read_text(encoding="utf-8"))
            return cls(tuple(map(NoteKey.parse, kept["log_keys"])), kept["note"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CannotLook(
                f"{file} cannot be read ({error}). Do not begin anew: restore it, or the log could be rewritten unseen."
            ) from None

    def write(self, file: Path) -> None:
        kept = json.dumps({"log_keys": [str(key) for key in self.log_keys], "note": self.note}, indent=1)
        _write(file, kept + "\n")


def _write(file: Path, text: str) -> None:
    """Whole or not at all."""
    try:
        with tempfile.NamedTemporaryFile("w", dir=file.absolute().parent, delete=False, encoding="utf-8") as kept:
            kept.write(text)
            kept.flush()
            os.fsync(kept.fileno())
        os.replace(kept.name, file)
    except OSError as error:
        raise CannotLook(f"{file} cannot be written: {error.strerror}.") from None


# --- Looking and cosigning -------------------------------------------------------------------------


def look(fetch: tiles.Fetch, state: State, key: WitnessKey, moment: int) -> State:
    """The state after a look at the log: with the newest checkpoint, cosigned at ``moment`` (POSIX seconds).

    Raises Rewritten when the log does not go on from what was seen, CannotLook when that cannot be told.
    """
    try:
        content = fetch("checkpoint")
        if content is None:
            raise CannotLook("The log has no checkpoint; is this the address that ends in /log?")
        opened = checkpoints.verify(content, log_keys=state.log_keys)
        newest, note = opened.checkpoint, str(_of_the_log(Note.parse(content), state.log_keys))
        if state.note:
            seen = Checkpoint.parse(Note.parse(state.note).text)
            _refuse_unless_it_follows(seen, newest, fetch)
        elif newest.size:
            read = tiles.reader(newest.size, fetch)
            if merkle.stored_root(newest.size, read) != newest.root:
                raise CannotLook("The tiles do not give the root that the checkpoint names; fetch them again.")
    except (MalformedNote, UntrustedNote, tiles.BadTile, tiles.MissingTile) as error:
        raise CannotLook(str(error)) from None
    return State(state.log_keys, checkpoints.cosigned(note, name=key.name, signer=key.signer, moment=moment))


def _of_the_log(note: Note, keys: tuple[NoteKey, ...]) -> Note:
    """Without other witnesses' lines, which are theirs to hand over."""
    known = {(key.name, key.id) for key in keys}
    return Note(note.text, tuple(line for line in note.signatures if (line.name, line.key_id) in known))


def _refuse_unless_it_follows(seen: Checkpoint, newest: Checkpoint, fetch: tiles.Fetch) -> None:
    if newest.origin != seen.origin:
        raise Rewritten(f"This is the log {newest.origin}; the one that was seen is {seen.origin}.")
    if newest.size < seen.size:
        raise Rewritten(f"The log has shrunk: {seen.size} entries were seen, and now it says it has {newest.size}.")
    if newest.size == seen.size:
        if newest.root != seen.root:
            raise Rewritten(f"The log was rewritten: its {seen.size} entries are not those that were seen.")
        return
    path = merkle.stored_consistency_path(seen.size, newest.size, tiles.reader(newest.size, fetch))
    if newest.follows(seen, path):
        return
    # Tiles that do not even give the new root are broken; those that do show another history.
    if merkle.stored_root(newest.size, tiles.reader(newest.size, fetch)) != newest.root:
        raise CannotLook("The tiles do not give the root that the checkpoint names; fetch them again.")
    raise Rewritten(
        f"The log was rewritten: the first {seen.size} of its {newest.size} entries are not those that were seen."
    )


def submit(note: str, address: str) -> str:
    """Hand the cosigned note over. Returns what was answered."""
    sent = urllib.request.Request(  # noqa: S310
        address, note.encode(), {"Content-Type": "text/plain; charset=utf-8"}, method="POST"
    )
    try:
        with urllib.request.urlopen(sent, timeout=_SECONDS) as answer:  # noqa: S310
            return answer.read(1_000).decode(errors="replace").strip()
    except urllib.error.HTTPError as error:
        said = error.read(1_000).decode(errors="replace").strip()
        raise CannotLook(f"The cosignature was not taken ({error.code}): {said}") from None
    except OSError as error:
        raise CannotLook(f"{address} cannot be reached: {error}") from None


# --- At the command line ---------------------------------------------------------------------------


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--log", metavar="URL_OR_DIR", help="where checkpoint and tile/ are: https://…/log or a folder")
    parser.add_argument("--key", metavar="FILE", type=Path, required=True, help="the witness's private key")
    parser.add_argument(
        "--state", metavar="FILE", type=Path, help="what was seen last; keep it safe, and apart from us"
    )
    parser.add_argument(
        "--log-key", metavar="NAME+ID+KEY", action="append", help="the log's key; needed the first time"
    )
    parser.add_argument(
        "--out", metavar="FILE", type=Path, help="write the cosigned note there, to hand it over by hand"
    )
    parser.add_argument("--submit", metavar="URL", help="hand it over there (default: URL of --log and /cosignature)")
    parser.add_argument(
        "--new-key", metavar="NAME", help="make a key for the witness NAME in the file of --key, and end"
    )


def run(given: argparse.Namespace) -> tuple[int, str]:
    """What to end with, and the sentence to say."""
    try:
        if given.new_key:
            public = new_key(given.new_key, given.key)
            return SEEN, f"The private key is in {given.key}; keep it to yourself. Hand this over to the log:\n{public}"
        if not given.log or not given.state:
            raise CannotLook("Give --log and --state, or --new-key NAME to make a key.")
        return _looked(given)
    except (CannotLook, MalformedNote) as error:
        return 1, str(error)
    except Rewritten as error:
        return REWRITTEN, f"{error} Nothing was cosigned. Tell the Council and the public; keep both notes."


def _looked(given: argparse.Namespace) -> tuple[int, str]:
    try:
        key = WitnessKey.parse(given.key.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CannotLook(f"{given.key} cannot be read: {error}") from None
    state = State.read(given.state)
    keys = tuple(dict.fromkeys((*state.log_keys, *map(NoteKey.parse, given.log_key or ()))))
    if not keys:
        raise CannotLook(
            "Say which key the log has with --log-key; take it from the Council's own records, not from us."
        )
    fetch = fetcher(given.log)
    try:
        found = look(fetch, State(keys, state.note), key, int(time.time()))
    except Rewritten as error:
        evidence = given.state.with_name(given.state.name + ".evidence")
        _write(
            evidence,
            f"{error}\n\n--- seen\n{state.note}\n--- now\n{(fetch('checkpoint') or b'').decode(errors='replace')}",
        )
        raise
    # First remembered, then handed over: what is out cannot be taken back, and must never be contradicted.
    found.write(given.state)
    if given.out:
        _write(given.out, found.note)
    said = f"Cosigned {Checkpoint.parse(Note.parse(found.note).text).size} entries as {key.name}."
    address = given.submit or (f"{given.log.rstrip('/')}/cosignature" if "://" in given.log else "")
    return SEEN, f"{said} {submit(found.note, address)}".strip() if address else said


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Witness a transparency log: cosign it when it has only grown.")
    add_arguments(parser)
    ending, said = run(parser.parse_args(arguments))
    print(said, file=sys.stderr if ending else sys.stdout)
    return ending


if __name__ == "__main__":
    sys.exit(main())
