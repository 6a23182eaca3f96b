"""What a file says that somebody brought: read in a process of its own, under limits, told in plain values.

The process is started afresh for each file (``python -m certification.formats.strangers_file``), without our settings,
our database or our environment. It reads one line of JSON with the keys we trust and then the file from its standard
input, and writes one JSON object. It may use 5 seconds of processor time and 512 MB, writes no file, starts no program
and opens no connection: whatever a parser can be talked into, it ends here.
"""

import binascii
import importlib
import json
import os
import re
import resource
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NoReturn

from certification.formats import badge_image, credential, data_integrity, jose, qr_token

PROCESSOR_SECONDS, MEMORY = 5, 512 * 1024 * 1024
MAX_FILE = 10 * 1024 * 1024  # bytes

GOOD, BAD, UNKNOWN_KEY, FOREIGN = "good", "bad", "unknown_key", "foreign"

_ADDRESS = re.compile(rb"https?://\S{1,2000}")
_JWT = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_FORBIDDEN = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "ctypes.")


@dataclass(frozen=True)
class Told:
    """What the file is and says.

    ``kind`` is pdf, png, svg, json, jwt or address, or empty when it is none of them. ``problem`` says why nothing can
    be read from it. ``signature`` is GOOD, BAD, UNKNOWN_KEY (ours by name, but not among our keys), FOREIGN (somebody
    else's credential) or empty when there is nothing signed; ``detail`` says why it does not hold. ``seal`` is the
    verdict of ``sealed_file.verify_seal``, None when the file is no PDF or no root is known.
    """

    kind: str = ""
    problem: str = ""
    signature: str = ""
    detail: str = ""
    key_id: str = ""
    credential: dict[str, Any] | None = None  # without its proofs
    token: dict[str, str] | None = None  # the claims of a square code
    seal: dict[str, Any] | None = None
    log_proof: str = ""


@dataclass(frozen=True)
class Trusted:
    """Whom we believe: our DID, our Ed25519 keys by DID URL, the roots of our seals (DER), and the moment now."""

    did: str
    keys: Mapping[str, bytes]
    roots: tuple[bytes, ...] = ()
    at: datetime | None = None

    def dump(self) -> bytes:
        return json.dumps(
            {
                "did": self.did,
                "keys": {name: key.hex() for name, key in self.keys.items()},
                "roots": [root.hex() for root in self.roots],
                "at": self.at.isoformat() if self.at else None,
            }
        ).encode()

    @classmethod
    def load(cls, line: bytes) -> "Trusted":
        found = json.loads(line)
        keys = {name: bytes.fromhex(key) for name, key in found["keys"].items()}
        roots = tuple(bytes.fromhex(root) for root in found["roots"])
        return cls(found["did"], keys, roots, datetime.fromisoformat(found["at"]) if found["at"] else None)


def kind_of(content: bytes) -> str:
    """What ``content`` looks like from its first bytes; empty when it is nothing that we issue."""
    start = content[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    if b"%PDF-" in content[:1024]:
        return "pdf"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if start.startswith(b"{"):
        return "json"
    if start.startswith(b"<"):
        return "svg"
    if _ADDRESS.fullmatch(content[:2100].strip()):
        return "address"
    return "jwt" if _JWT.fullmatch(content.strip()) else ""


def tell(content: bytes, trusted: Trusted) -> Told:
    """Everything that can be said about ``content`` without our register. Never raises for what a stranger wrote."""
    kind = kind_of(content)
    if len(content) > MAX_FILE:
        return Told(kind, problem=f"The file has {len(content)} bytes; more than {MAX_FILE} are not read.")
    match kind:
        case "pdf":
            return _pdf(content, trusted)
        case "png" | "svg":
            try:
                return _text(kind, badge_image.unbake(content).encode(), trusted)
            except badge_image.NotABadge as error:
                return Told(kind, problem=str(error))
        case "json" | "jwt":
            return _text(kind, content, trusted)
        case "address":
            return _address(content, trusted)
    return Told(problem="This is no PDF, no credential (JSON or JWT), and no badge (PNG or SVG).")


def _pdf(content: bytes, trusted: Trusted) -> Told:
    # Reading PDFs takes half a second to load, which other files need not wait for.
    sealed_file = importlib.import_module("certification.formats.sealed_file")
    try:
        carried = sealed_file.attachments(content)
    except sealed_file.UnreadableFile as error:
        return Told("pdf", problem=str(error))
    seal = None
    if trusted.roots and trusted.at:
        verdict = sealed_file.verify_seal(content, roots=trusted.roots, at=trusted.at)
        seal = {"sound": verdict.sound, "signatures": verdict.signatures, "problem": verdict.problem}
    if "credential.json" not in carried:
        return Told("pdf", problem="The PDF carries no credential.", seal=seal)
    told = _text("pdf", carried["credential.json"], trusted)
    proof = carried.get("credential.tlog-proof", b"").decode(errors="replace")
    return Told(**{**vars(told), "seal": seal, "log_proof": proof})


def _text(kind: str, raw: bytes, trusted: Trusted) -> Told:
    """A credential as text, a token or a document with its proof."""
    raw = raw.removeprefix(b"\xef\xbb\xbf").strip()
    try:
        if not raw.startswith(b"{"):
            return _jwt(kind, raw, trusted)
        document = credential.parse(raw)
    except credential.NotACredential as error:
        return Told(kind, problem=str(error))
    bare = {name: value for name, value in document.items() if name != "proof"}
    try:
        proved = data_integrity.verify(document, trusted.keys)
    except data_integrity.UnknownKey as error:
        signature = UNKNOWN_KEY if _is_ours(bare, trusted) else FOREIGN
        return Told(kind, signature=signature, detail=str(error), key_id=error.key_id, credential=bare)
    except data_integrity.Refused as error:
        return Told(kind, signature=_bad(bare, trusted), detail=str(error), credential=bare)
    return Told(kind, signature=GOOD, key_id=proved.verification_method, credential=proved.document)


def _jwt(kind: str, raw: bytes, trusted: Trusted) -> Told:
    if len(raw) > 2 * credential.MAX_BYTES:
        raise credential.NotACredential(f"The token has {len(raw)} bytes, more than a credential can need.")
    try:
        document, key_id = jose.verify(raw, trusted.keys)
    except data_integrity.UnknownKey as error:
        claimed = _payload(raw)
        signature = UNKNOWN_KEY if claimed and _is_ours(claimed, trusted) else FOREIGN
        return Told(kind, signature=signature, detail=str(error), key_id=error.key_id, credential=claimed)
    except data_integrity.Refused as error:
        claimed = _payload(raw)
        signature = _bad(claimed, trusted) if claimed else BAD
        return Told(kind, signature=signature, detail=str(error), credential=claimed)
    return Told(kind, signature=GOOD, key_id=key_id, credential=document)


def _payload(raw: bytes) -> dict[str, Any] | None:
    """What an unproven token claims: shown beside what is recorded, and believed by nobody."""
    part = raw.split(b".")[1] if raw.count(b".") == 2 else b""
    try:
        return credential.parse(binascii.a2b_base64(part.translate(bytes.maketrans(b"-_", b"+/")) + b"=="))
    except (binascii.Error, credential.NotACredential):
        return None


def _is_ours(document: Mapping[str, Any], trusted: Trusted) -> bool:
    return credential.issuer_of(document) == trusted.did


def _bad(document: Mapping[str, Any], trusted: Trusted) -> str:
    return BAD if _is_ours(document, trusted) else FOREIGN


def _address(content: bytes, trusted: Trusted) -> Told:
    """What a square code says. Its domain proves nothing; only the signature counts."""
    keys = {name.rpartition("#")[2]: key for name, key in trusted.keys.items()}
    try:
        _domain, token = qr_token.read_address(content.strip().decode("ascii", "replace"), keys)
    except qr_token.UnknownKey as error:
        return Told("address", signature=UNKNOWN_KEY, detail=str(error))
    except qr_token.BadSignature as error:
        return Told("address", signature=BAD, detail=str(error))
    except qr_token.NotAToken as error:
        return Told("address", problem=str(error))
    claims = {name: str(value) for name, value in vars(token.claims).items() if value is not None}
    return Told("address", signature=GOOD, key_id=token.key_id, token=claims)


# --- The process -----------------------------------------------------------------------------------


def confine(processor_seconds: int = PROCESSOR_SECONDS) -> None:
    """Take from this process what reading a file does not need. It cannot be given back."""
    for what, most in (
        (resource.RLIMIT_CPU, processor_seconds),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple) -> None:
    if event.startswith(_FORBIDDEN) and event not in ("socket.gethostname", "ctypes.dlopen", "ctypes.dlsym"):
        _denied(event)
    if event == "open":
        _path, mode, flags = arguments
        if (isinstance(mode, str) and set(mode) & set("wax+")) or (isinstance(flags, int) and flags & _WRITING):
            _denied("open for writing")


def _denied(event: str) -> NoReturn:
    raise PermissionError(f"A process that reads a stranger's file does not need {event}.")


def main() -> None:
    confine()
    trusted = Trusted.load(sys.stdin.buffer.readline())
    try:
        told = tell(sys.stdin.buffer.read(), trusted)
    except MemoryError:
        told = Told(problem="too_much")
    sys.stdout.write(json.dumps(asdict(told)))


if __name__ == "__main__":
    main()
