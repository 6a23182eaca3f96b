"""trust.json: whom a verifier may believe, and what was known on the day it was written.

The issuer's identifier, every public key with its period, the keys of the log and of its witnesses, the last checkpoint,
and the status lists with their dates. Nothing in it is about a person. A key that was stolen is in it too: what it
signed before the theft can be told from the rest by its place in the log.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from certification.formats import did, status_list
from certification.formats.checkpoints import LOG, NoteKey

VERSION = 1


@dataclass(frozen=True)
class Key:
    """A public key as it is told. ``id`` is its DID URL, ``purpose`` credential or status, ``public`` 32 raw bytes.

    ``compromised_tree_size`` is how many entries the log had when the key was last known to be in the right hands.
    """

    id: str
    purpose: str
    public: bytes
    state: str = "active"
    active_from: datetime | None = None
    retired_at: datetime | None = None
    compromised_at: datetime | None = None
    compromised_tree_size: int | None = None


@dataclass(frozen=True)
class ListCopy:
    """A status list as it was last published: its number in square codes, its address and the signed JSON.

    One bit tells revoked and replaced alike, and a certificate whose programme knows no suspension has no other; the
    places in ``suspended`` and ``replaced`` tell them apart for the reader of the kit.
    """

    number: int
    address: str
    purpose: str
    content: str
    suspended: frozenset[int] = frozenset()
    replaced: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Trust:
    """What goes into a kit made at ``made_at``. ``seal_roots`` are the certificates of the seal's issuers, as PEM."""

    made_at: datetime
    did: str
    names: Mapping[str, str]  # of the issuer, by language
    keys: tuple[Key, ...]
    log_keys: tuple[NoteKey, ...]
    witness_keys: tuple[NoteKey, ...]
    checkpoint: str
    lists: tuple[ListCopy, ...]
    seal_roots: tuple[str, ...] = field(default=())
    is_demo: bool = False
    # How many entries the log had, and when a witness first saw so many: each size once, the smallest first.
    witnessed: tuple[tuple[int, datetime], ...] = ()


def kit_name(issuer: str) -> str:
    """The name under which kits are signed: ``deshmi.example/kit`` for ``did:web:deshmi.example``."""
    return "/".join((*map(unquote, issuer.removeprefix("did:web:").split(":")), "kit"))


def note_key(issuer: str, public: bytes) -> NoteKey:
    """The key under a kit's manifest."""
    return NoteKey(kit_name(issuer), LOG, public)


def document(trust: Trust) -> dict[str, Any]:
    """``trust`` as JSON. The same trust gives the same document, in whatever order keys and lists came."""
    return {
        "version": VERSION,
        "made": _moment(trust.made_at),
        "demo": trust.is_demo,
        "issuer": {"did": trust.did, "names": dict(trust.names)},
        "keys": [_key(trust.did, key) for key in sorted(trust.keys, key=lambda key: (key.purpose, key.id))],
        "log": {
            "keys": sorted(map(str, trust.log_keys)),
            "witnesses": sorted(map(str, trust.witness_keys)),
            "checkpoint": trust.checkpoint,
            "witnessed": [[size, _moment(at)] for size, at in trust.witnessed],
        },
        "lists": [_list(each) for each in sorted(trust.lists, key=lambda each: (each.number, each.purpose))],
        "seal": list(trust.seal_roots),
    }


def _key(issuer: str, key: Key) -> dict[str, Any]:
    if not key.id.startswith(f"{issuer}#"):
        raise ValueError(f"The key {key.id} does not belong to {issuer}; a kit tells the keys of one issuer.")
    return {
        "id": key.id,
        "purpose": key.purpose,
        "state": key.state,
        "publicKeyMultibase": did.multikey(key.public),
        "active_from": _moment(key.active_from),
        "retired_at": _moment(key.retired_at),
        "compromised_at": _moment(key.compromised_at),
        "compromised_tree_size": key.compromised_tree_size,
        "note_key": str(note_key(issuer, key.public)),
    }


def _list(copy: ListCopy) -> dict[str, Any]:
    return {
        "number": copy.number,
        "address": copy.address,
        "purpose": copy.purpose,
        "content": copy.content,
        "suspended": _places(copy.suspended),
        "replaced": _places(copy.replaced),
    }


def _places(places: Iterable[int]) -> str:
    return status_list.encode(places)


def _moment(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError(f"The moment {moment} has no time zone.")
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
