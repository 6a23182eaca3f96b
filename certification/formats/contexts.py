"""JSON-LD under pinned contexts: the only place that knows what a term means, and it never asks the network.

The context files come with installed packages and are pinned by digest: a release of a package that changes one is
refused, because a changed context changes what an old signature says (docs/decisions/0022-contexts.md).
"""

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution
from typing import Any, NoReturn

from pyld import ContextResolver, jsonld

CREDENTIALS = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
DID = "https://www.w3.org/ns/did/v1"
MULTIKEY = "https://w3id.org/security/multikey/v1"

# What stands in an IRI (RFC 3987 with the exclusions of N-Triples): anything else would be left out without a word.
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]+")


# What a relative name resolves to, so that it is recognised: pyld would make up an address at example.org.
_NOWHERE = "relative://nowhere/"


class ContextChanged(RuntimeError):
    """An installed package carries other bytes than those that were signed under."""


class MemberLost(ValueError):
    """A member has no meaning under the contexts, so that a signature over the meaning would not cover it."""


@dataclass(frozen=True)
class Pinned:
    """Where a context file lies, and the SHA-256 of its bytes."""

    package: str
    path: str
    sha256: str


PINNED: Mapping[str, Pinned] = {
    # The digest is the one the Recommendation itself names (VC Data Model 2.0, appendix B.1).
    CREDENTIALS: Pinned(
        "openbadgeslib",
        "openbadgeslib/ob3/contexts/credentials-v2.json",
        "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
    ),
    OPEN_BADGES: Pinned(
        "openbadgeslib",
        "openbadgeslib/ob3/contexts/ob-v3p0-context-3.0.3.json",
        "3d34f4d4ef1bce691106e63798beb5e7b862ba841423f5ee1e53ab7ddf3bca84",
    ),
    DID: Pinned(
        "pyld",
        "pyld/documentloader/frozen/bundled/did-v1.jsonld",
        "62c1054bf404d6dd3a4b26b64f830fd72095f6a26edc4469908c94351352ce5f",
    ),
    MULTIKEY: Pinned(
        "openbadgeslib",
        "openbadgeslib/ob3/contexts/security-multikey-v1.json",
        "ba2c182de2d92f7e47184bcca8fcf0beaee6d3986c527bf664c195bbc7c58597",
    ),
}


@cache
def content(url: str) -> bytes:
    """The bytes of the context at ``url``, as they may be served again. Raises KeyError for any other address."""
    pinned = PINNED[url]
    # The file is found without importing the package it came with. (Of a file on a disk it is a Path; typed as less.)
    found = distribution(pinned.package).locate_file(pinned.path).read_bytes()  # type: ignore[attr-defined]
    digest = hashlib.sha256(found).hexdigest()
    if digest != pinned.sha256:
        raise ContextChanged(
            f"The installed {pinned.package} carries {url} with SHA-256 {digest}, not {pinned.sha256}. "
            "Install the locked version; a new context is a decision, because old signatures depend on it."
        )
    return found


def load(url: str, options: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A document loader for pyld over exactly the pinned contexts."""
    if url not in PINNED:
        raise jsonld.JsonLdError(
            f"The context {url} is not one of ours and is not fetched.", "jsonld.LoadDocumentError", {"url": url}
        )
    # Immutable for the life of the process, so pyld may keep its parsed form ("static").
    return {"contextUrl": None, "documentUrl": url, "document": json.loads(content(url)), "tag": "static"}


class _OfExpanded(jsonld.JsonLdProcessor):
    """pyld's own steps, but for the first: the document is expanded already, and strictly."""

    def expand(self, input_: Any, options: Mapping[str, Any]) -> Any:
        return input_


class Processor:
    """JSON-LD expansion and RDF canonicalisation under what ``loader`` knows, one document at a time.

    For our own documents only: canonicalising a few hostile kilobytes takes minutes.
    """

    def __init__(self, loader: Callable[..., dict[str, Any]] = load):
        self._loader = loader
        # Its own cache, as small as the list of contexts: what another user of pyld resolved must not speak here.
        self._resolver = ContextResolver({}, loader)
        self._lock = threading.Lock()  # pyld fails when two threads use it

    def expand(self, document: Mapping[str, Any]) -> list[Any]:
        """``document`` in expanded form. Raises MemberLost when anything in it would be left out silently."""
        named = document.get("@context")
        if not isinstance(named, list) or not all(isinstance(each, str) for each in named):
            raise MemberLost("@context must be a list of addresses; a definition inside the document may say anything.")
        _refuse_what_vanishes(document, "")
        with self._lock:
            expanded = jsonld.expand(dict(document), self._options(), on_property_dropped=_refuse_dropped)
        for name in _names(expanded):
            if name.startswith("relative:") or not _ABSOLUTE.fullmatch(name):
                raise MemberLost(f"{name!r} is not a term of the contexts nor an absolute IRI; it would not be signed.")
        return expanded

    def n_quads(self, document: Mapping[str, Any]) -> bytes:
        """The canonical N-Quads of ``document`` (RDFC-1.0). Raises MemberLost like ``expand``."""
        expanded = self.expand(document)
        # pyld has the algorithm under the name it bore before it became a Recommendation; the result is the same.
        options = self._options() | {"algorithm": "URDNA2015", "format": "application/n-quads"}
        with self._lock:
            return _OfExpanded().normalize(expanded, options).encode()

    def _options(self) -> dict[str, Any]:
        return {"documentLoader": self._loader, "contextResolver": self._resolver, "base": _NOWHERE}


_processor = Processor()
expand = _processor.expand
n_quads = _processor.n_quads


def _refuse_dropped(name: str | None, *_rest: Any) -> NoReturn:
    raise MemberLost(f"The member {name!r} has no meaning under the contexts; it would not be signed.")


def _refuse_what_vanishes(value: Any, path: str) -> None:
    """Expansion leaves out empty values, and keywords let a document say something else than it shows."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            if key.startswith("@") and (path or key != "@context"):
                raise MemberLost(f"The keyword {key} at {path or '/'} is not used here; write the term.")
            if key != "@context":
                _refuse_what_vanishes(each, f"{path}/{key}")
    elif isinstance(value, list | tuple):
        for position, each in enumerate(value):
            _refuse_what_vanishes(each, f"{path}/{position}")
    if value is None or value == [] or value == {}:
        raise MemberLost(f"{path or '/'} is empty and would be left out; leave the member out instead.")


def _names(value: Any) -> Iterator[str]:
    """Every identifier and type in an expanded document; what is none is left out of the RDF."""
    if isinstance(value, list):
        for each in value:
            yield from _names(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key == "@id":
                yield each
            elif key == "@type":
                yield from [each] if isinstance(each, str) else each
            elif key != "@value":
                yield from () if key.startswith("@") else (key,)
                yield from _names(each)
