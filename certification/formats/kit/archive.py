"""The kit's files and the one archive that holds them. The same trust and key give the same bytes.

What a reader opens is one page that holds rules, words and trust itself: a page from a disk may read no other file. Its
policy names the digests of its own two scripts and forbids everything else, every connection too.
"""

import base64
import hashlib
import io
import json
import re
import zipfile
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib import resources
from typing import Any

from certification.formats.checkpoints import Note, SignatureLine
from certification.formats.kit.trust import Trust, document, kit_name, note_key
from certification.formats.signer import Signer

FOLDER = "deshmi-kit"
MANIFEST = "MANIFEST"
LANGUAGES = ("sq", "sr", "sr-latn", "en")
# The first moment that a ZIP can hold: files of a kit have no date of their own, trust.json says when it was made.
_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Kept:
    """Addresses of what makes the page one that a browser keeps: its manifest, icon, scripts and service worker."""

    manifest: str
    icon: str
    script: str
    reader: str  # of square codes
    decoder: str  # loaded when the browser cannot read them itself
    worker: str


def build(trust: Trust, signer: Signer) -> bytes:
    """The archive, signed with the key that signs status lists: it is as true as those and as often made."""
    held = files(trust)
    held[MANIFEST] = manifest(held, trust, signer).encode()
    archive = io.BytesIO()
    # Stored and not packed, because what a library packs differs between its versions.
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as archived:
        for name in sorted(held):
            entry = zipfile.ZipInfo(f"{FOLDER}/{name}", _DATE)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            archived.writestr(entry, held[name])
    return archive.getvalue()


def files(trust: Trust) -> dict[str, bytes]:
    """Every file of the kit but its manifest, by name."""
    told = document(trust)
    return {
        "verify.html": page(told).encode(),
        "verify.py": _own("verify.py").encode(),
        "words.json": _own("words.json").encode(),
        "trust.json": (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode(),
        "checkpoint.txt": trust.checkpoint.encode(),
        "seal-root.pem": "".join(trust.seal_roots).encode(),
        **{f"README.{language}.txt": _own(f"README.{language}.txt").encode() for language in LANGUAGES},
    }


def manifest(held: dict[str, bytes], trust: Trust, signer: Signer) -> str:
    """A signed note (c2sp.org/signed-note): the kit's name, when it was made, and the SHA-256 of each file."""
    lines = [f"{hashlib.sha256(content).hexdigest()}  {name}" for name, content in sorted(held.items())]
    text = "".join(f"{line}\n" for line in (kit_name(trust.did), document(trust)["made"], *lines))
    key = note_key(trust.did, signer.public)
    return str(Note(text, (SignatureLine(key.name, key.id, signer.sign(text.encode())),)))


def page(told: dict[str, Any], *, kept: Kept | None = None) -> str:
    """verify.html with the trust document ``told`` in it; as a page of the site that a browser keeps when ``kept``."""
    words = json.loads(_own("words.json"))
    style, rules, script = _own("page.css"), _own("rules.js"), _own("page.js")
    # What a browser keeps may ask its own site for a newer copy, and nobody else.
    own = " 'self'" if kept else ""
    more = "connect-src 'self'; manifest-src 'self'; worker-src 'self'; img-src 'self' blob:; " if kept else ""
    policy = (
        f"default-src 'none'; script-src {_digest(rules)} {_digest(script)}{own}; style-src {_digest(style)}; "
        f"{more}base-uri 'none'; form-action 'none'"
    )
    pieces = {
        "policy": policy,
        "style": style,
        "no_script": escape(" ".join(words[language]["no_script"] for language in LANGUAGES)),
        "trust": _data(told),
        "words": _data(words),
        "rules": rules,
        "page": script,
        "head": f'<link rel="manifest" href="{kept.manifest}">\n<link rel="icon" href="{kept.icon}">\n' if kept else "",
        "more": f'<script type="module" src="{kept.script}" data-reader="{kept.reader}" '
        f'data-decoder="{kept.decoder}" data-worker="{kept.worker}"></script>\n'
        if kept
        else "",
    }
    # In one pass, so that braces in what is put in stay braces.
    return re.sub(r"\{(\w+)\}", lambda place: pieces[place[1]], _own("page.html"))


def _data(value: Any) -> str:
    """JSON that cannot end the script element it stands in."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def _digest(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


@cache
def _own(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
