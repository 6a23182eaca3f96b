#!/usr/bin/env python3
"""Verify a certificate without anybody's server: no network, two packages (cryptography, rfc8785), the files beside it.

    python verify.py certificate.pdf          also .json, .jwt, .png, .svg, or the address from the square code
    python verify.py --kit                    is this kit as it was signed?

Exit status: 0 valid, 1 not valid, 2 cannot be checked. The rules are those of verify.html.
"""

import argparse
import base64
import binascii
import hashlib
import itertools
import json
import re
import sys
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.parsers import expat

import rfc8785
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding

STALE_AFTER = timedelta(days=30)  # status lists older than this say nothing any more
TOLERANCE = timedelta(minutes=5)  # by which clocks may differ
MOST_FILE, MOST_TEXT, MOST_DEPTH, ENTRIES = 10 * 1024 * 1024, 256 * 1024, 32, 131_072
MOST_ATTACHMENTS = 40
NEAR = 1_000  # bytes between the parts of an attachment's dictionary
CONTEXT = b"deshmi qr token\x00"
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
PROOF = {"created", "cryptosuite", "proofPurpose", "proofValue", "type", "verificationMethod"}
JWT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
ADDRESS = re.compile(r"https://[^\s/#?]+/v/([0-9A-Z]{12})#([A-Za-z0-9_-]{1,888})")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")
NOT_GENUINE, CANNOT_CHECK = "not_genuine", "cannot_check"
EXIT = {"valid": 0, CANNOT_CHECK: 2}  # every other verdict: 1
BADGES = "https://purl.imsglobal.org/ob/v3p0 credential"


class Ended(Exception):
    """The examination ends with this verdict, for this reason."""

    def __init__(self, verdict, reason):
        super().__init__(reason)
        self.verdict, self.reason = verdict, reason


# --- Bytes and texts -------------------------------------------------------------------------------


def from_base64(text, url=False):
    try:
        padded = text + "=" * (-len(text) % 4) if url else text
        value = base64.b64decode(padded, altchars=b"-_" if url else None, validate=True)
    except (binascii.Error, ValueError):
        raise Ended(NOT_GENUINE, "altered") from None
    again = base64.urlsafe_b64encode(value).rstrip(b"=") if url else base64.b64encode(value)
    if again.decode() != text:  # bits after the last byte
        raise Ended(NOT_GENUINE, "altered")
    return value


def from_multibase(text):
    if not isinstance(text, str) or not 1 < len(text) <= 128 or text[0] != "z" or not set(text[1:]) <= set(ALPHABET):
        raise Ended(NOT_GENUINE, "altered")
    number = 0
    for letter in text[1:]:
        number = number * 58 + ALPHABET.index(letter)
    zeros = len(text) - 1 - len(text[1:].lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def unpacked(packed, kind, most):
    """No more than ``most`` bytes, however much it would become."""
    unpacker = zlib.decompressobj(kind)
    plain = unpacker.decompress(packed, most + 1)
    if len(plain) > most or not unpacker.eof:
        raise zlib.error("too large or cut off")
    return plain


def signed(public, signature, message):
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def moment(text):
    if not isinstance(text, str) or not MOMENT.fullmatch(text):
        raise Ended(NOT_GENUINE, "altered")
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise Ended(NOT_GENUINE, "altered") from None


# --- JSON ------------------------------------------------------------------------------------------


def once(pairs):
    if len({name for name, _value in pairs}) != len(pairs):
        raise Ended(NOT_GENUINE, "altered")  # two readers would see two documents
    return dict(pairs)


def strict(text):
    if len(text) > MOST_TEXT:
        raise Ended(CANNOT_CHECK, "unreadable")
    depth = 0
    for bracket in re.sub(r"[^][{}]", "", re.sub(r'"(?:[^"\\]|\\.)*+"?', "", text, flags=re.DOTALL)):
        depth += 1 if bracket in "[{" else -1
        if depth > MOST_DEPTH:
            raise Ended(CANNOT_CHECK, "unreadable")
    try:
        value = json.loads(text, object_pairs_hook=once)
    except (ValueError, RecursionError):
        raise Ended(CANNOT_CHECK, "unreadable") from None
    if not isinstance(value, dict):
        raise Ended(CANNOT_CHECK, "unreadable")
    return value


def canonical(value):
    try:
        return rfc8785.dumps(value)
    except (ValueError, RecursionError):  # also what has no canonical form
        raise Ended(NOT_GENUINE, "altered") from None


def issuer_of(document):
    issuer = document.get("issuer")
    found = issuer.get("id") if isinstance(issuer, dict) else issuer
    return found if isinstance(found, str) else ""


def as_list(value):
    return value if isinstance(value, list) else [value]


# --- What a file carries ---------------------------------------------------------------------------


def from_pdf(content):
    found = []
    for name in itertools.islice(re.finditer(rb"/EmbeddedFile(?!s)", content), MOST_ATTACHMENTS):
        # The dictionary around it is short, so that a file of nothing else is soon read.
        begins = content.rfind(b"obj", max(0, name.start() - NEAR), name.start())
        stream = re.search(rb">>\s*stream\r?\n", content[name.end() : name.end() + NEAR])
        if begins < 0 or stream is None:
            continue
        head, start = content[begins : name.end() + stream.start()], name.end() + stream.end()
        length = re.search(rb"/Length\s+(\d+)(?!\d*\s+\d+\s+R)", head)
        if length:
            end = start + int(length[1])
        else:
            end = content.find(b"endstream", start)
            end -= 2 if content[end - 2 : end] == b"\r\n" else 1
        packed = content[start:end]
        try:
            if b"/Filter" not in head:
                found.append(packed)
            elif re.search(rb"/Filter\s*\[?\s*/FlateDecode\b", head):
                found.append(unpacked(packed, zlib.MAX_WBITS, MOST_TEXT))
        except zlib.error:
            continue  # an attachment that is none of ours, or a bomb
    texts = [each.decode("utf-8", "replace") for each in found if len(each) <= MOST_TEXT]
    credentials = [each for each in texts if each.lstrip().startswith("{")]
    proofs = [each for each in texts if each.startswith("c2sp.org/tlog-proof@v1\n")]
    if len(credentials) > 1 or len(proofs) > 1:
        raise Ended(NOT_GENUINE, "altered")  # which one would a reader be shown?
    if not credentials:
        raise Ended(CANNOT_CHECK, "unreadable")
    return {"json": credentials[0], "proof": proofs[0] if proofs else None}


def from_png(content):
    found, at = [], 8
    while at + 12 <= len(content):
        size, kind = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        data = content[at + 8 : at + 8 + size]
        if kind == b"iTXt" and data.startswith(b"openbadgecredential\x00"):
            parts = data[22:].split(b"\x00", 2)
            if data[20:21] != b"\x00" or len(parts) != 3 or size > MOST_TEXT:
                raise Ended(CANNOT_CHECK, "unreadable")
            found.append(parts[2])
        at += 12 + size
    if len(found) != 1:
        raise Ended(CANNOT_CHECK, "unreadable")
    return from_text(as_text(found[0]))


def from_svg(content):
    found, inside = [], []

    def start(name, attributes):
        inside.append(name)
        if name == BADGES:
            found.append([attributes.get("verify") or ""])

    def data(part):
        if inside and inside[-1] == BADGES:
            found[-1].append(part)

    def refuse(*_declared):
        raise Ended(CANNOT_CHECK, "unreadable")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler, parser.StartElementHandler = refuse, start
    parser.EndElementHandler, parser.CharacterDataHandler = lambda _name: inside.pop(), data
    try:
        parser.Parse(content, True)
    except expat.ExpatError:
        raise Ended(CANNOT_CHECK, "unreadable") from None
    if len(found) != 1:
        raise Ended(CANNOT_CHECK, "unreadable")
    return from_text("".join(found[0]))


def from_text(text):
    text = text.strip()
    if text.startswith("https://"):
        return {"token": text}
    if len(text) <= MOST_TEXT and JWT.fullmatch(text):
        return {"jwt": text}
    if text.startswith("{"):
        return {"json": text}
    raise Ended(CANNOT_CHECK, "unreadable")


def as_text(content):
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise Ended(CANNOT_CHECK, "unreadable") from None


def carried(content):
    if len(content) > MOST_FILE:
        raise Ended(CANNOT_CHECK, "unreadable")
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return from_png(content)
    if is_pdf(content):
        return from_pdf(content)
    text = as_text(content)
    return from_svg(content) if text.lstrip().startswith("<") else from_text(text)


def is_pdf(content):
    return b"%PDF-" in content[:1024]


# --- Signatures ------------------------------------------------------------------------------------


def key_of(trust, key_id, purpose, created=None):
    """The key of that name and purpose; ``created`` is when the signature says it was made (a token does not say)."""
    key = next((each for each in trust["keys"] if each["id"] == key_id), None)
    if key is None:
        raise Ended(CANNOT_CHECK, "unknown_key")
    early = created and key["active_from"] and created < moment(key["active_from"]) - TOLERANCE
    late = created and key["retired_at"] and created > moment(key["retired_at"]) + TOLERANCE
    if key["purpose"] != purpose or early or late:
        raise Ended(NOT_GENUINE, "wrong_key")
    raw = from_multibase(key["publicKeyMultibase"])
    if len(raw) != 34 or raw[:2] != b"\xed\x01":
        raise Ended(CANNOT_CHECK, "unknown_key")
    return {**key, "public": raw[2:]}


def data_integrity(secured, trust, purpose):
    """The document, its key and when it was signed: Data Integrity EdDSA Cryptosuites 1.0 section 3.3."""
    document = {name: value for name, value in secured.items() if name != "proof"}
    ours = [
        each
        for each in as_list(secured.get("proof"))
        if isinstance(each, dict)
        and each.get("type") == "DataIntegrityProof"
        and each.get("cryptosuite") == "eddsa-jcs-2022"
    ]
    if len(ours) != 1 or set(ours[0]) - {"@context"} != PROOF or ours[0]["proofPurpose"] != "assertionMethod":
        raise Ended(NOT_GENUINE, "altered")
    options = {name: value for name, value in ours[0].items() if name != "proofValue"}
    if "@context" in options and options["@context"] != document.get("@context"):
        raise Ended(NOT_GENUINE, "altered")
    did, method = trust["issuer"]["did"], str(options["verificationMethod"])
    if issuer_of(document) != did or method.partition("#")[0] != did:
        raise Ended(NOT_GENUINE, "foreign")
    created = moment(options["created"])
    key = key_of(trust, method, purpose, created)
    message = b"".join(hashlib.sha256(canonical(each)).digest() for each in (options, document))
    if not signed(key["public"], from_multibase(ours[0]["proofValue"]), message):
        raise Ended(NOT_GENUINE, "altered")
    return document, key, created


def jose(token, trust):
    """The document and its key: W3C Securing Verifiable Credentials using JOSE and COSE 1.0."""
    head, body, signature = token.split(".")
    header = strict(as_text(from_base64(head, url=True)))
    if set(header) - {"cty"} != {"alg", "kid", "typ"} or (header["alg"], header["typ"], header.get("cty", "vc")) != (
        "EdDSA",
        "vc+jwt",
        "vc",
    ):
        raise Ended(NOT_GENUINE, "altered")
    payload = strict(as_text(from_base64(body, url=True)))
    names = ("iss", "sub", "jti", "nbf", "exp")
    document = {name: value for name, value in payload.items() if name not in names}
    did = trust["issuer"]["did"]
    if issuer_of(document) != did or str(header["kid"]).partition("#")[0] != did:
        raise Ended(NOT_GENUINE, "foreign")
    subject = document.get("credentialSubject")
    expected = [
        issuer_of(document),
        subject.get("id") if isinstance(subject, dict) else None,
        document.get("id"),
        *(
            int(moment(text).timestamp()) if (text := document.get(name)) else None
            for name in ("validFrom", "validUntil")
        ),
    ]
    if expected != [payload.get(name) for name in names]:
        raise Ended(NOT_GENUINE, "altered")
    key = key_of(trust, header["kid"], "credential")
    if not signed(key["public"], from_base64(signature, url=True), f"{head}.{body}".encode()):
        raise Ended(NOT_GENUINE, "altered")
    return document, key


def qr_token(address, trust):
    found = ADDRESS.fullmatch(address)
    if found is None:
        raise Ended(CANNOT_CHECK, "unreadable")
    content = from_base64(found[2], url=True)
    body, at = content[:-64], 0

    def take(size):
        nonlocal at
        at += size
        if at > len(body):
            raise Ended(NOT_GENUINE, "altered")
        return body[at - size : at]

    def number(size):
        return int.from_bytes(take(size), "big")

    def words():
        try:
            return take(number(1)).decode()
        except UnicodeDecodeError:
            raise Ended(NOT_GENUINE, "altered") from None

    if number(1) != 1:
        raise Ended(CANNOT_CHECK, "unknown_key")
    key_id, printed, name, course = words(), take(12).decode("latin-1"), words(), words()
    hours, first, last, place = number(4) / 100, number(2), number(2), number(4)
    key = key_of(trust, f"{trust['issuer']['did']}#{key_id}", "credential")
    if not signed(key["public"], content[-64:], CONTEXT + body) or at != len(body) or printed != found[1]:
        raise Ended(NOT_GENUINE, "altered")
    day = datetime(1970, 1, 1, tzinfo=UTC)
    return {
        "key": key,
        "facts": {
            "name": name,
            "course": course,
            "hours": f"{hours:g}",
            "number": f"{printed[:4]}-{printed[4:8]}-{printed[8:]}",
            "from": f"{day + timedelta(days=first):%Y-%m-%d}",
            "until": f"{day + timedelta(days=last):%Y-%m-%d}" if last else "",
        },
        # Days of Central Europe: one or two hours ahead of UTC.
        "begins": day + timedelta(days=first, hours=-2),
        "ends": day + timedelta(days=last + 1, hours=-1) if last else None,
        "list": lambda each: each["number"] == place // ENTRIES,
        "index": place % ENTRIES,
    }


# --- The log: RFC 9162 section 2.1.3.2, C2SP signed-note, tlog-checkpoint and tlog-proof -------------


def note_signer(note, keys):
    """The name of the first of ``keys`` (``name+id+base64``) that has signed the note."""
    text, blank, lines = note.rpartition("\n\n")
    if not blank or not note.endswith("\n"):
        raise Ended(NOT_GENUINE, "not_in_log")
    for line in lines[:-1].split("\n")[:32]:
        dash, _, rest = line.partition(" ")
        name, _, value = rest.partition(" ")
        key = next((each for each in keys if each.startswith(f"{name}+")), None)
        if dash != "—" or key is None:
            continue
        raw, known = from_base64(value), from_base64(key[len(name) + 10 :])
        if known[0] != 1 or raw[:4].hex() != key[len(name) + 1 : len(name) + 9]:
            continue
        if not signed(known[1:], raw[4:], f"{text}\n".encode()):
            raise Ended(NOT_GENUINE, "not_in_log")
        return name
    raise Ended(CANNOT_CHECK, "unknown_key")


def first_seen(place, begins, trust):
    """When a witness first saw the log with that place in it, as this kit tells; and is it a day or more off the date?"""
    for size, at in trust["log"].get("witnessed", []):
        if size > place:
            return at, not begins - timedelta(days=1) <= moment(at) <= begins + timedelta(days=2)
    return None, False


def in_log(written, secured, created, trust):
    """The place in the log at which ``secured`` was issued; certification/formats/log_leaf.py writes the entry so."""
    head, _, note = written.partition("\n\n")
    lines, facts = head.split("\n"), note.split("\n")
    shape = len(lines) > 2 and lines[0] == "c2sp.org/tlog-proof@v1" and lines[1].startswith("extra ") and len(facts) > 3
    if not shape or not re.fullmatch(r"index \d{1,15}", lines[2]) or not re.fullmatch(r"\d{1,15}", facts[1]):
        raise Ended(NOT_GENUINE, "not_in_log")
    if note_signer(note, trust["log"]["keys"]) != facts[0]:
        raise Ended(NOT_GENUINE, "not_in_log")
    index, last = int(lines[2][6:]), int(facts[1]) - 1
    commitment = hashlib.sha256(from_base64(lines[1][6:]) + canonical(secured)).hexdigest()
    at = created.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    reached = hashlib.sha256(b"\x00" + canonical({"v": 1, "op": "issue", "at": at, "c": commitment})).digest()
    place = index if index <= last else -1
    for line in lines[3:]:
        sibling = from_base64(line)
        if last == 0 or len(sibling) != 32:
            raise Ended(NOT_GENUINE, "not_in_log")
        if place & 1 or place == last:
            reached = hashlib.sha256(b"\x01" + sibling + reached).digest()
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            reached = hashlib.sha256(b"\x01" + reached + sibling).digest()
        place, last = place >> 1, last >> 1
    if place < 0 or last != 0 or reached != from_base64(facts[2]):
        raise Ended(NOT_GENUINE, "not_in_log")
    return index


# --- The verdict -----------------------------------------------------------------------------------


def bit(encoded, index):
    try:
        octets = unpacked(from_base64(encoded[1:], url=True), 16 + zlib.MAX_WBITS, ENTRIES // 8)
    except (zlib.error, Ended):
        octets = b""
    if encoded[:1] != "u" or len(octets) != ENTRIES // 8:
        raise Ended(CANNOT_CHECK, "no_list")
    return bool(octets[index // 8] & (0x80 >> index % 8))


def standing(trust, is_meant, index, now):
    """What the lists of this kit say of one place: revoked, replaced, suspended, or nothing."""
    lists = [each for each in trust["lists"] if is_meant(each)]
    if not lists or not 0 <= index < ENTRIES:
        raise Ended(CANNOT_CHECK, "no_list")
    found, dates = "", []
    for each in lists:
        try:
            document, _key, _created = data_integrity(strict(each["content"]), trust, "status")
            subject = document["credentialSubject"]
            dates.append(moment(document["validFrom"]))
            if (document["id"], subject["statusPurpose"]) != (each["address"], each["purpose"]):
                raise Ended(CANNOT_CHECK, "no_list")
        except (Ended, KeyError, TypeError):
            raise Ended(CANNOT_CHECK, "no_list") from None
        if not bit(subject["encodedList"], index):
            continue
        if each["purpose"] == "suspension":
            found = found or "suspended"
        else:
            found = "replaced" if bit(each["replaced"], index) else "revoked"
    if not found and any(each["suspended"] and bit(each["suspended"], index) for each in lists):
        found = "suspended"
    if found in ("revoked", "replaced"):
        return found  # for ever; everything else may have changed since
    if now < min([*dates, moment(trust["made"])]) - timedelta(days=1):
        raise Ended(CANNOT_CHECK, "clock")
    if now > min(dates) + STALE_AFTER:
        raise Ended(CANNOT_CHECK, "stale")
    return found


def facts_of(document):
    subject = document.get("credentialSubject")
    subject = subject if isinstance(subject, dict) else {}
    names = [each for each in as_list(subject.get("identifier")) if isinstance(each, dict)]
    results = [each for each in as_list(subject.get("result")) if isinstance(each, dict)]
    achievement = subject.get("achievement")
    return {
        "name": next((each.get("identityHash") for each in names if each.get("identityType") == "name"), ""),
        "course": achievement.get("name", "") if isinstance(achievement, dict) else "",
        "hours": next((e.get("value") for e in results if str(e.get("resultDescription")).endswith("#hours")), ""),
        "number": "",
        "from": str(document.get("validFrom"))[:10],
        "until": str(document.get("validUntil") or "")[:10],
    }


def read(what, trust):
    if what.get("token"):
        return qr_token(what["token"], trust)
    if what.get("json"):
        secured = strict(what["json"])
        document, key, created = data_integrity(secured, trust, "credential")
    else:
        secured, created = None, None
        document, key = jose(what["jwt"], trust)
    entry = document.get("credentialStatus")
    entry = entry if isinstance(entry, dict) else {}
    index = str(entry.get("statusListIndex"))
    return {
        "key": key,
        "created": created,
        "secured": secured,
        "facts": facts_of(document),
        "begins": moment(document.get("validFrom")),
        "ends": moment(document["validUntil"]) if "validUntil" in document else None,
        "list": lambda each: each["address"] == entry.get("statusListCredential"),
        "index": int(index) if re.fullmatch(r"[0-9]{1,6}", index) else -1,
    }


def outcome(error):
    return "no" if error.verdict == NOT_GENUINE else "open"


def judged(what, trust, now, result):
    checks = result["checks"]
    try:
        found = read(what, trust)
    except Ended as error:
        if error.reason != "unreadable":
            checks.append({"name": "signature", "outcome": outcome(error)})
        raise
    checks.append({"name": "signature", "outcome": "yes"})
    result["facts"], place = found["facts"], None
    if what.get("proof"):
        try:
            place = in_log(what["proof"], found["secured"], found["created"], trust)
        except Ended as error:
            checks.append({"name": "log", "outcome": outcome(error)})
            raise Ended(error.verdict, "not_in_log" if error.verdict == NOT_GENUINE else error.reason) from None
    checks.append({"name": "log", "outcome": "open" if place is None else "yes"})
    if place is not None:
        result["witnessed"], result["isLate"] = first_seen(place, found["begins"], trust)
    key = found["key"]
    if key["state"] == "compromised" and (
        place is None or key["compromised_tree_size"] is None or place >= key["compromised_tree_size"]
    ):
        checks.append({"name": "key", "outcome": "open"})
        raise Ended(CANNOT_CHECK, "compromised")
    checks.append({"name": "key", "outcome": "yes"})
    try:
        said = standing(trust, found["list"], found["index"], now)
    except Ended:
        checks.append({"name": "status", "outcome": "open"})
        raise
    checks.append({"name": "status", "outcome": "no" if said else "yes"})
    if said:
        return said
    is_early = now < found["begins"] - TOLERANCE
    is_over = found["ends"] is not None and now > found["ends"]
    checks.append({"name": "dates", "outcome": "no" if is_early or is_over else "yes"})
    if is_early:
        raise Ended(CANNOT_CHECK, "not_yet")
    return "expired" if is_over else "valid"


def examine(content, trust, now=None):
    """The verdict on a file (bytes) or a scanned address (text), as of the day ``trust`` was made. Never raises."""
    result = {
        "verdict": CANNOT_CHECK,
        "reason": "",
        "checks": [],
        "facts": None,
        "isDocument": False,
        "asOf": trust["made"],
        "witnessed": None,
        "isLate": False,
    }
    raw = content.encode() if isinstance(content, str) else content
    try:
        what = carried(raw)
        result["isDocument"] = is_pdf(raw)
        result["verdict"] = judged(what, trust, now or datetime.now(UTC), result)
    except Ended as error:
        result["verdict"], result["reason"] = error.verdict, error.reason
    if result["verdict"] == NOT_GENUINE:
        result["facts"] = None  # nothing of a forgery is repeated
    return result


# --- The seal of a PDF: RFC 5652 (CMS) and ETSI EN 319 142-1 (PAdES), as far as one seal over a whole file asks ------

BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d{1,9})\s+(\d{1,9})\s+(\d{1,9})\s+(\d{1,9})\s*\]")
SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010904")
SIGNED_AT = re.compile(rb"/M\s*\(([^()]{15,60})\)")  # PAdES has the claimed time in the PDF's own words
OCTAL = re.compile(rb"\\([0-7]{3})")
HASHES = {
    bytes.fromhex("608648016503040201"): hashes.SHA256,
    bytes.fromhex("608648016503040202"): hashes.SHA384,
    bytes.fromhex("608648016503040203"): hashes.SHA512,
}


def der(data):
    """The values that stand one after the other in ``data``, each as its tag, its content and all its bytes."""
    found, at = [], 0
    while at < len(data):
        tag, size, start = data[at], data[at + 1], at + 2
        if size & 0x80:
            start += size & 0x7F
            size = int.from_bytes(data[at + 2 : start], "big")
        if start + size > len(data):
            raise ValueError("cut off")
        found.append((tag, data[start : start + size], data[at : start + size]))
        at = start + size
    return found


def sealed_part(content):
    """The bytes that the one seal covers, and the seal: every byte but the room of the seal itself. Else ValueError."""
    ranges = BYTE_RANGE.findall(content)
    if len(ranges) != 1:
        raise ValueError("no seal, or more than one")
    first, length, second, rest = map(int, ranges[0])
    if first or second + rest != len(content) or length >= second:
        raise ValueError("the seal does not cover the whole file")
    room = content[length:second]
    if room[:1] != b"<" or room[-1:] != b">":
        raise ValueError("the room of the seal holds something else")
    raw = bytes.fromhex(room[1:-1].decode("ascii"))
    size = 4 + int.from_bytes(raw[2:4], "big") if raw[1] == 0x82 else 0
    if not size or raw[size:].strip(b"\0"):
        raise ValueError("something was written into the room of the seal")
    return content[:length] + content[second:], raw[:size]


def seal_holds(content, roots):
    """Does the seal of the PDF hold under one of ``roots`` (PEM)? Its time-stamp, if it has one, is not looked at.

    None: it is of a kind that this script cannot check. What is broken in any way does not hold.
    """
    try:
        covered, cms = sealed_part(content)
        [(_tag, inside, _whole)] = der(cms)
        kind, wrapped = der(inside)
        if kind[1] != SIGNED_DATA:
            return False
        fields = der(der(wrapped[1])[0][1])
        certificates = [
            x509.load_der_x509_certificate(each[2]) for tag, held, _w in fields if tag == 0xA0 for each in der(held)
        ]
        [signer] = der(fields[-1][1])
        _version, _who, digest, attributes, _algorithm, signature = der(signer[1])[:6]
        algorithm = HASHES.get(der(digest[1])[0][1])
        if algorithm is None or attributes[0] != 0xA0:
            return None
        told = {der(each[1])[0][1]: der(der(each[1])[1][1])[0][1] for each in der(attributes[1])}
        if told.get(MESSAGE_DIGEST) != hashlib.new(algorithm.name, covered).digest():
            return False
        [claimed] = set(SIGNED_AT.findall(covered))
        written = OCTAL.sub(lambda digits: bytes([int(digits[1], 8)]), claimed).decode("ascii")
        at = datetime.strptime(written.replace("'", ""), "D:%Y%m%d%H%M%S%z")
        message = b"\x31" + attributes[2][1:]  # signed as a SET, carried as [0]
        known = [x509.load_pem_x509_certificate(each.encode()) for each in roots]
        return any(
            is_signed_by(each, signature[1], message, algorithm())
            and each.not_valid_before_utc <= at <= each.not_valid_after_utc
            and any(leads_to(each, root) for root in known)
            for each in certificates
        )
    except UnsupportedAlgorithm:
        return None
    except (ValueError, TypeError, LookupError):
        return False


def is_signed_by(certificate, signature, message, algorithm):
    key = certificate.public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(algorithm))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), algorithm)
        else:
            raise UnsupportedAlgorithm("a key of another kind")
    except InvalidSignature:
        return False
    return True


def leads_to(certificate, root):
    if certificate.public_bytes(Encoding.DER) == root.public_bytes(Encoding.DER):
        return True
    try:
        is_authority = root.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        certificate.verify_directly_issued_by(root)
    except (x509.ExtensionNotFound, InvalidSignature, ValueError, TypeError):
        return False
    return is_authority


def examine_file(content, trust, now=None):
    """``examine``, and of a PDF its seal besides: genuine data in a file that was changed or saved anew are told so."""
    result = examine(content, trust, now)
    if not result["isDocument"] or result["verdict"] == NOT_GENUINE or not result["facts"]:
        return result
    holds = seal_holds(content, trust["seal"])
    result["checks"].append({"name": "seal", "outcome": {True: "yes", False: "no", None: "open"}[holds]})
    if holds is False:
        result["verdict"], result["reason"] = NOT_GENUINE, "not_sealed"
    return result


def faults_of_kit(folder, trust):
    """What is not as it was signed: names of files, or a sentence about the signature."""
    note = (folder / "MANIFEST").read_text(encoding="utf-8")
    keys = [key for key in trust["keys"] if key["purpose"] == "status" and key["state"] != "compromised"]
    try:
        note_signer(note, [key["note_key"] for key in keys])
    except Ended:
        return ["The signature of MANIFEST does not hold."]
    lines = [line.partition("  ") for line in note.partition("\n\n")[0].split("\n")[2:]]
    return [
        name
        for digest, _, name in lines
        if not (folder / name).is_file() or hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest
    ]


# --- At the command line ---------------------------------------------------------------------------


def told(result, words):
    yield f"{words['verdicts'][result['verdict']]['word'].upper()}. {words['verdicts'][result['verdict']]['sentence']}"
    if result["reason"]:
        yield words["reasons"][result["reason"]]
    for name, value in (result["facts"] or {}).items():
        if value:
            yield f"  {words['facts'][name]}: {value}"
    for check in result["checks"]:
        yield f"  [{ {'yes': '+', 'no': '-', 'open': '?'}[check['outcome']] }] {words['checks'][check['name']][check['outcome']]}"
    if result["witnessed"]:
        yield words["late" if result["isLate"] else "witnessed"].replace("{date}", result["witnessed"][:10])
    if result["reason"] == "not_sealed":
        yield words["compare"]
    yield words["as_of"].replace("{date}", result["asOf"][:10])


def main(arguments=None):
    folder = Path(__file__).resolve().parent
    trust = json.loads((folder / "trust.json").read_text(encoding="utf-8"))
    words = json.loads((folder / "words.json").read_text(encoding="utf-8"))
    parser = argparse.ArgumentParser(description="Verify a certificate without network.")
    parser.add_argument("file", nargs="?", help="PDF, JSON, JWT, PNG, SVG, or the address from the square code")
    parser.add_argument("--language", choices=sorted(words), default="en")
    parser.add_argument("--format", choices=["text", "json"], default="text")
    parser.add_argument("--kit", action="store_true", help="check that the files of this kit are as they were signed")
    given = parser.parse_args(arguments)
    if given.kit:
        faults = faults_of_kit(folder, trust)
        print("\n".join(faults) or "The kit is as it was signed.")
        for key in trust["keys"]:
            print(f"{key['purpose']:<10} {key['state']:<11} {key['publicKeyMultibase']}")
        return 1 if faults else 0
    if not given.file:
        parser.error("name a file, or the address from the square code")
    is_address = given.file.startswith("https://")
    try:
        content = given.file if is_address else Path(given.file).read_bytes()
    except OSError as error:
        parser.error(f"{given.file} cannot be read: {error.strerror}")
    result = examine(content, trust) if is_address else examine_file(content, trust)
    if given.format == "json":
        print(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        print("\n".join(told(result, words[given.language])))
    return EXIT.get(result["verdict"], 1)


if __name__ == "__main__":
    sys.exit(main())
