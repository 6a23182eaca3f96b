"""What the tests of the kit share: an issuer with keys for each purpose, a log, status lists, and files to examine."""

import json
import struct
import zlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certification.formats import (
    badge_image,
    certificate,
    checkpoints,
    data_integrity,
    jose,
    log_leaf,
    log_proof,
    qr_token,
    sealing,
    status_list,
)
from certification.formats import credential as credentials
from certification.formats import facts as frozen
from certification.formats.kit.trust import Key, ListCopy, Trust
from certification.formats.signer import Signer
from certification.rules import merkle, numbering
from tests.certification.formats import samples
from tests.certification.formats.samples import DID, KEY_ID, PUBLIC, SIGNER, some_facts, unsigned

MADE = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NOW = MADE + timedelta(hours=1)
ORIGIN = "deshmi.example.org/log"
LIST = samples.STATUS_LIST
NUMBER = numbering.with_check_symbols("HZ1J652JFW")
VALID, REVOKED, REPLACED, SUSPENDED = 94_567, 7, 8, 9
SALT = bytes(range(16))


def signer_of(seed, name):
    private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    return Signer(f"{DID}#{name}", private.public_key().public_bytes_raw(), private.sign)


STATUS, LOG, STOLEN, RETIRED = (
    signer_of(2, "status-1"),
    signer_of(3, "log-1"),
    signer_of(4, "key-2025-1"),
    signer_of(5, "key-2024-1"),
)
LOG_KEY = checkpoints.log_key(ORIGIN, LOG.public)
KEYS = (
    Key(KEY_ID, "credential", PUBLIC, active_from=datetime(2020, 1, 1, tzinfo=UTC)),
    Key(STATUS.verification_method, "status", STATUS.public, active_from=datetime(2020, 1, 1, tzinfo=UTC)),
    Key(STOLEN.verification_method, "credential", STOLEN.public, "compromised", compromised_tree_size=4),
    Key(RETIRED.verification_method, "credential", RETIRED.public, "retired", retired_at=MADE - timedelta(days=300)),
)


def list_copy(signer=STATUS, published=MADE, are_set=(REVOKED, REPLACED)):
    begins, ends = status_list.dates(published)
    unproved = status_list.credential(
        id=LIST, issuer=DID, purpose="revocation", are_set=are_set, valid_from=begins, valid_until=ends
    )
    proof = data_integrity.prove(unproved, signer, created=published, suite=data_integrity.JCS)
    content = json.dumps({**unproved, "proof": [proof]})
    return ListCopy(1, LIST, "revocation", content, frozenset({SUSPENDED}), frozenset({REPLACED}))


SEAL = sealing.demonstration_seal(
    "Dëshmi", not_before=datetime(2026, 1, 1, tzinfo=UTC), seed=b"the seal of the tests, 32 bytes."
)


@cache
def trust():
    return Trust(
        made_at=MADE,
        did=DID,
        names={"sq": "Këshilli i Përgjithshëm", "en": "General Council"},
        keys=KEYS,
        log_keys=(LOG_KEY,),
        witness_keys=(),
        checkpoint=note_over([log_leaf.entry("issue", at=MADE, salt=SALT, content={})]),
        lists=(list_copy(),),
        seal_roots=(SEAL.root.decode(),),
    )


def note_over(entries):
    root = merkle.root(map(merkle.leaf_hash, entries))
    return checkpoints.signed(checkpoints.Checkpoint(ORIGIN, len(entries), root), LOG)


def document(index=VALID, signer=SIGNER, created=None, **dates):
    """A signed credential at that place of the list; ``dates`` are valid_from and valid_until."""
    known = some_facts(**({"valid_from": "2026-01-01", "valid_until": "2028-12-31"} | dates))
    built = unsigned(known, status=credentials.StatusEntry(LIST, index))
    return data_integrity.secure(built, signer, created=created or MADE - timedelta(days=1))


def as_json(*given, **options):
    return json.dumps(document(*given, **options), ensure_ascii=False).encode()


def as_jwt(index=VALID):
    return jose.sign({name: value for name, value in document(index).items() if name != "proof"}, SIGNER)


def proof_of(secured, place=2, size=7, salt=SALT):
    """That ``secured`` stands at ``place`` of a log of ``size``."""
    at = datetime.fromisoformat(secured["proof"][1]["created"])
    entries = [log_leaf.entry("key", at=MADE, salt=bytes([n]) * 16, content=n) for n in range(size)]
    entries[place] = log_leaf.entry("issue", at=at, salt=salt, content=secured)
    path = merkle.inclusion_path(place, list(map(merkle.leaf_hash, entries)))
    return log_proof.write(index=place, path=path, note=note_over(entries), salt=salt).encode()


@cache
def pdf(place=2, signer=SIGNER, other=None):
    """A sealed document with the credential and the proof (of ``other``, if given) attached."""
    secured = document(signer=signer)
    known = frozen.seal(some_facts())
    rendered = certificate.render(
        known.facts,
        digest=known.sha256,
        code="ABCDEFGHJK",
        site_url="https://deshmi.example.org",
        attachments={
            "credential.json": json.dumps(secured, ensure_ascii=False).encode(),
            "credential.tlog-proof": proof_of(document(index=other) if other else secured, place),
        },
        seal_label="Vula",
    )
    return sealing.seal(rendered, key=SEAL.key(), at=MADE, reason="Lëshuar", location="Prishtinë")


def address(index=VALID, until=date(2028, 12, 31), **changes):
    claims = qr_token.Claims(NUMBER, "Çlirim Gjergjaj", "REF", Decimal("36"), date(2026, 1, 1), until, 1, index)
    return qr_token.address("https://deshmi.example.org", qr_token.issue(replace(claims, **changes), SIGNER))


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><g/></svg>'


def badge_png(credential=None):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    picture = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
    )
    return badge_image.bake_png(picture, credential or as_jwt())


def badge_svg(credential=None):
    return badge_image.bake_svg(SVG, credential or as_json().decode())
