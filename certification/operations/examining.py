"""Examining what a stranger brings: a file, a credential, a badge, a square code. Nothing is stored, nothing fetched.

That a file is the issued one is first of all the equality of its SHA-256 with the one on record; then no parser touches
it. Anything else is read by ``formats.strangers_file`` in a process of its own, and what it tells is held against our
register. A file can only be *genuine in what it says*: the page that somebody reads may say something else.
"""

import hashlib
import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import rfc8785
from django.conf import settings

from certification import signing, verification
from certification.formats import log_leaf, strangers_file
from certification.formats.strangers_file import BAD, GOOD, MAX_FILE, UNKNOWN_KEY, Told, Trusted
from certification.models import Certificate, LogEntry, SigningKey
from certification.rules import merkle
from certification.rules.verdicts import Verdict
from certification.verification import Check, Verified
from lms.kernel import clock

__all__ = [
    "MAX_FILE",
    "Busy",
    "Examined",
    "TooLarge",
    "examine",
    "examine_address",
    "examine_issued",
    "examine_told",
    "tell",
    "tell_many",
]

log = logging.getLogger(__name__)

# A process for reading takes up to half a second to start and 5 seconds of work; it may wait for a processor.
_WALL_SECONDS = 15
_AT_ONCE = threading.BoundedSemaphore(2)
# Nothing of ours goes along: no environment, no open file, no directory but that of the program.
_BARE = {"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"}


class TooLarge(ValueError):
    """The file is larger than anything we issue."""


class Busy(RuntimeError):
    """So many files are being examined that this one would have to wait; try again in a few seconds."""


@dataclass(frozen=True)
class Examined:
    """What was found. ``why`` names the case; the words for it are the page's.

    issued_file         it is byte by byte the issued PDF
    issued_credential   it is the issued credential, whatever it came in (JSON, JWT, badge)
    issued_code         it is the signed square code of a certificate
    other_file          a PDF whose data are genuine and which is not the issued file
    altered             it carries our name and not our signature
    other_key           it is signed with a key that is none of ours, or that can no longer be believed
    not_recorded        our key signed it, and it stands neither in the register nor in the log
    foreign             somebody else's credential, of which we can say nothing but that it is not ours
    erased              it may well be ours; its data were erased after the time for which they are kept
    nothing             there is nothing in it that we could have issued
    too_much            it asks for more work than any certificate needs
    """

    verdict: Verdict
    why: str
    kind: str
    checks: tuple[Check, ...] = ()
    found: Verified | None = None  # what our register says, with all facts
    claimed: Mapping[str, str] | None = None  # what the file says of itself, when that is not proven
    detail: str = ""


def examine(content: bytes) -> Examined:
    """Everything that can be said about ``content``. Raises TooLarge, Busy."""
    if len(content) > MAX_FILE:
        raise TooLarge(f"The file has {len(content)} bytes; at most {MAX_FILE} are examined.")
    digest = hashlib.sha256(content).hexdigest()
    return examine_issued(digest) or examine_told(tell(content))


def examine_issued(digest: str) -> Examined | None:
    """The answer on a file by its SHA-256 (hexadecimal) alone, when it is one that was issued."""
    row = (
        Certificate.objects.filter(document__sha256=digest).first()
        or Certificate.objects.filter(prints__sha256=digest).first()
    )
    if row is None:
        return None
    same = Check("same_file", True, digest)
    checks = (same, _logged(row)) if row.credential else (same,)  # early certificates are in no log
    return _of(verification.look_up(row.number, shown=True), "issued_file", "pdf", checks)


def examine_told(told: Told) -> Examined:
    """The answer on a file that is not the issued one, from what it says."""
    if told.problem == "too_much":
        return Examined(Verdict.CANNOT_CHECK, "too_much", told.kind)
    if told.problem:
        return Examined(Verdict.NOT_GENUINE, "nothing", told.kind, _of_the_file(told), detail=told.problem)
    if told.token is not None:
        return _code(told)
    if told.signature != GOOD:
        return _unproven(told)
    return _credential(told)


def examine_address(address: str) -> Examined:
    """The signed square code whose text is ``address``: quick, and safe to read here. As ``examine``."""
    # Where the page was opened proves nothing, a secure connection included.
    told = strangers_file.tell(address.replace("http://", "https://", 1).encode(errors="replace"), _trusted())
    if told.problem:
        return Examined(Verdict.NOT_GENUINE, "nothing", told.kind, detail=told.problem)
    return _code(told) if told.token is not None else _unproven(told)


# --- The process that reads ------------------------------------------------------------------------


def _program(module: str) -> list[str]:
    return [sys.executable, "-B", "-s", "-E", "-m", f"certification.formats.{module}"]


def tell(content: bytes) -> Told:
    """What ``content`` says, read in a process of its own under limits. Raises Busy."""
    if not _AT_ONCE.acquire(timeout=_WALL_SECONDS):
        raise Busy
    try:
        done = subprocess.run(  # noqa: S603 - our own program, with no argument of a stranger's
            _program("strangers_file"),
            cwd=settings.BASE_DIR,
            env=_BARE,
            input=_trusted().dump() + b"\n" + content,
            capture_output=True,
            timeout=_WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        done = None
    finally:
        _AT_ONCE.release()
    if done is None or done.returncode != 0:
        log.warning("A file of %s bytes could not be examined within the limits", len(content))
        return Told(strangers_file.kind_of(content), problem="too_much")
    return Told(**json.loads(done.stdout))


def tell_many(files: Sequence[tuple[str, bytes]], *, seconds: float) -> Iterator[dict[str, Any]]:
    """What each of ``files`` (name, bytes), each file of an archive and each workbook among them says; see
    ``formats.strangers_batch``. Ends after ``seconds``, told or not. Raises Busy.

    A file at which the process ended is told as too much work, and a new process goes on with the next.
    """
    until = time.monotonic() + seconds
    if not _AT_ONCE.acquire(timeout=seconds):
        raise Busy
    try:
        passed_over = 0
        while time.monotonic() < until:
            header = {"files": [[name, len(content)] for name, content in files], "passed_over": passed_over}
            sent = b"".join(
                (_trusted().dump(), b"\n", json.dumps(header).encode(), b"\n", *(content for _name, content in files))
            )
            lines, ended = _told_by("strangers_batch", sent, until - time.monotonic())
            for line in lines:
                yield json.loads(line)
            passed_over += len(lines)
            if ended:
                return
            if time.monotonic() < until:
                log.warning("A file of a list could not be examined within the limits")
                yield {"name": "", "problem": "too_much"}
                passed_over += 1
        yield {"name": "", "problem": "out_of_time"}
    finally:
        _AT_ONCE.release()


def _told_by(module: str, sent: bytes, seconds: float) -> tuple[list[bytes], bool]:
    """The whole lines a reading process wrote within ``seconds``, and whether it came to its end."""
    with subprocess.Popen(  # noqa: S603 - our own program, with no argument of a stranger's
        _program(module),
        cwd=settings.BASE_DIR,
        env=_BARE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            written, _nothing = process.communicate(sent, timeout=max(seconds, 0.1))
        except subprocess.TimeoutExpired:
            process.kill()
            written, _nothing = process.communicate()
    return written.split(b"\n")[:-1], process.returncode == 0


def _trusted() -> Trusted:
    """All Ed25519 keys that ever signed credentials: whether one may still be believed is judged afterwards."""
    did = signing.issuer_did()
    rows = SigningKey.objects.filter(purpose=signing.CREDENTIAL).values_list("kid", "public")
    keys = {f"{did}#{kid}": bytes(public) for kid, public in rows} | signing.public_keys(signing.CREDENTIAL)
    # A seal whose issuers are not known is believed for itself.
    roots = [each for own, chain in signing.seal_certificates() for each in chain or (own,)]
    return Trusted(did, keys, tuple(roots), clock.now())


# --- What was told, held against the register ------------------------------------------------------


def _of(found: Verified, why: str, kind: str, checks: tuple[Check, ...]) -> Examined:
    """The register's word on a certificate, unless what was brought, or its place in the log, says otherwise."""
    lines = (*checks, *found.checks)
    judged = replace(found, checks=lines)
    return Examined(judged.verdict, why, kind, lines, found)


def _of_the_file(told: Told) -> tuple[Check, ...]:
    lines = []
    if told.kind == "pdf":
        lines.append(Check("same_file", False))
        if told.seal is not None:
            lines.append(Check("council_seal", told.seal["sound"], told.seal["problem"]))
    if told.signature:
        lines.append(Check("file_signature", told.signature == GOOD, told.key_id))
    return tuple(lines)


def _unproven(told: Told) -> Examined:
    why = {BAD: "altered", UNKNOWN_KEY: "other_key"}.get(told.signature, "foreign")
    claimed = _claimed(told.credential or {})
    # What the register says is not shown beside it: an altered file could be made up to ask for just that.
    return Examined(Verdict.NOT_GENUINE, why, told.kind, _of_the_file(told), None, claimed or None, told.detail)


def _credential(told: Told) -> Examined:
    document = told.credential or {}
    row = Certificate.objects.filter(credential_id=str(document.get("id", ""))).first()
    checks = _of_the_file(told)
    if row is not None and row.erased_at:
        return _gone(row, told.kind, checks)
    same = row is not None and _unsigned(_signed(row)) == rfc8785.dumps(document)
    if row is None or not same:
        return Examined(
            Verdict.NOT_GENUINE,
            "not_recorded",
            told.kind,
            (*checks, Check("recorded", False)),
            claimed=_claimed(document),
        )
    lines = (*checks, Check("recorded", True), _key(told.key_id, row.log_index), _logged(row))
    if any(check.code == "key" and check.passed is False for check in lines):
        return Examined(Verdict.NOT_GENUINE, "other_key", told.kind, lines, claimed=_claimed(document))
    found = verification.look_up(row.number, shown=True)
    if told.kind == "pdf":
        every = (*lines, *found.checks)
        return Examined(Verdict.NOT_GENUINE, "other_file", told.kind, every, found, _claimed(document))
    return _of(found, "issued_credential", told.kind, lines)


def _code(told: Told) -> Examined:
    claims = told.token or {}
    checks = _of_the_file(told)
    place = {"status_list__number": claims["status_list"], "status_index": claims["index"]}
    row = Certificate.objects.filter(number=claims["number"], **place).first()
    if row is None:
        return Examined(
            Verdict.NOT_GENUINE, "not_recorded", told.kind, (*checks, Check("recorded", False)), claimed=claims
        )
    if row.erased_at:
        return _gone(row, told.kind, checks)
    key = _key(told.key_id, row.log_index)
    lines = (*checks, Check("recorded", True), key, _logged(row))
    if key.passed is False:
        return Examined(Verdict.NOT_GENUINE, "other_key", told.kind, lines, claimed=claims)
    return _of(verification.look_up(row.number, shown=True), "issued_code", told.kind, lines)


def _gone(row: Certificate, kind: str, checks: tuple[Check, ...]) -> Examined:
    """We knew it once. What the file says of a person is not repeated: we can no longer confirm a word of it."""
    return Examined(Verdict.CANNOT_CHECK, "erased", kind, checks, verification.look_up(row.number))


def _signed(row: Certificate) -> bytes:
    return bytes(row.credential or b"null")


def _unsigned(signed: bytes) -> bytes:
    document = json.loads(signed) or {}
    return rfc8785.dumps({name: value for name, value in document.items() if name != "proof"})


def _key(kid: str, log_index: int | None) -> Check:
    """May the key be believed for an entry at ``log_index``? A compromised one only for what was logged before."""
    fragment = kid.rpartition("#")[2]  # square codes carry that alone
    key = SigningKey.objects.filter(purpose=signing.CREDENTIAL, kid=fragment).first()
    if key is None:  # the reader knew it, so it is the one of the settings, which has not been entered yet
        return Check("key", True, kid)
    if key.state != "compromised":
        return Check("key", True, kid)
    before = key.compromised_tree_size
    return Check("key", log_index is not None and before is not None and log_index < before, kid)


def _logged(row: Certificate) -> Check:
    """Does the log hold, at the place on record, the entry that this credential was issued?"""
    entry = LogEntry.objects.filter(index=row.log_index).first() if row.log_index is not None else None
    if entry is None:
        return Check("logged", None)
    content = bytes(entry.entry)
    if merkle.leaf_hash(content) != bytes(entry.leaf_hash):
        return Check("logged", False, str(row.log_index))
    try:
        leaf = log_leaf.parse(content)
    except log_leaf.MalformedEntry:
        return Check("logged", False, str(row.log_index))
    holds = leaf.operation == "issue" and leaf.is_opened_by(bytes(row.salt or b""), json.loads(_signed(row)))
    return Check("logged", holds, str(row.log_index))


def _claimed(document: Mapping[str, Any]) -> dict[str, str]:
    """What a credential says, in the few words that a reader compares: name, course, dates. Short, and plain text."""
    subject = document.get("credentialSubject")
    subject = subject if isinstance(subject, Mapping) else {}
    known = subject.get("identifier")
    names = [
        each.get("identityHash")
        for each in (known if isinstance(known, list) else [])
        if isinstance(each, Mapping) and each.get("identityType") == "name"
    ]
    issuer = document.get("issuer")
    achievement = subject.get("achievement")
    said = {
        "name": names[0] if names else None,
        "course": achievement.get("name") if isinstance(achievement, Mapping) else None,
        "valid_from": document.get("validFrom"),
        "valid_until": document.get("validUntil"),
        "issuer": issuer.get("id") if isinstance(issuer, Mapping) else issuer,
    }
    return {key: value[:200] for key, value in said.items() if isinstance(value, str) and value}
