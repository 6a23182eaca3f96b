"""Files of the demonstration to try verification with: one as it was issued, one forged, two tampered with.

They are made from a demonstration's certificate whenever they are asked for, by fixed rules: the same certificate gives
the same bytes, and nothing of them is kept.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.utils.translation import gettext_lazy as _

from certification import signing
from certification.formats import data_integrity, sealed_file
from certification.formats.signer import Signer
from certification.models import Certificate
from certification.rules.validity import Standing
from certification.verification import standing_of

_FORGERS_SEED = b"somebody who is not the Council!"  # 32 bytes
_OTHER_NAME = "Filan Fisteku"  # as one says in Albanian for anybody


class Sample(NamedTuple):
    name: str
    title: object
    what: object  # what was done to it
    kind: str
    make: Callable[[Certificate], bytes]


def _issued(certificate: Certificate) -> bytes:
    return bytes(certificate.document.content)


def _painted_over(certificate: Certificate) -> bytes:
    """The issued PDF with a line more on its page; its credential and seal are left as they were."""
    return sealed_file.written_over(_issued(certificate), b"Me nota te shkelqyera, 360 ore")


def _another_name(certificate: Certificate) -> bytes:
    name = certificate.facts["holder"]["printed"]
    return bytes(certificate.credential or b"").replace(
        json.dumps(name, ensure_ascii=False)[1:-1].encode(), _OTHER_NAME.encode()
    )


def _forged(certificate: Certificate) -> bytes:
    """A credential that somebody made up and signed with a key of their own under the name of ours."""
    document = json.loads(bytes(certificate.credential or b"{}"))
    created = datetime.fromisoformat(document.pop("proof")[0]["created"])
    for identity in document["credentialSubject"]["identifier"]:
        identity["identityHash"] = _OTHER_NAME
    key = Ed25519PrivateKey.from_private_bytes(_FORGERS_SEED)
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    forger = Signer(signing.signer(signing.CREDENTIAL).verification_method, public, key.sign)
    proof = data_integrity.prove(document, forger, created=created, suite=data_integrity.JCS)
    return json.dumps({**document, "proof": [proof]}, ensure_ascii=False).encode()


SAMPLES = (
    Sample("genuine.pdf", _("Genuine (PDF)"), _("as it was issued"), "application/pdf", _issued),
    Sample(
        "tampered.pdf",
        _("Tampered with (PDF)"),
        _("a line was written on its page; its data were left as they were"),
        "application/pdf",
        _painted_over,
    ),
    Sample(
        "tampered.json",
        _("Tampered with (JSON)"),
        _("another name was put into the credential"),
        "application/vc+ld+json",
        _another_name,
    ),
    Sample(
        "forged.json",
        _("Forged (JSON)"),
        _("made up from beginning to end and signed by a stranger in the Council's name"),
        "application/vc+ld+json",
        _forged,
    ),
)


def certificate() -> Certificate | None:
    """The demonstration's certificate the samples are made from: the first that holds."""
    rows = Certificate.objects.filter(ended_at__isnull=True, credential__isnull=False, person__is_fictional=True)
    rows = rows.select_related("document").prefetch_related("events").order_by("serial")
    return next((row for row in rows[:20] if standing_of(row).standing is Standing.VALID), None)


def make(name: str) -> tuple[bytes, str] | None:
    """The sample ``name`` and its media type; None when there is no such sample, or nothing to make it from."""
    sample = next((each for each in SAMPLES if each.name == name), None)
    found = certificate() if sample else None
    return (sample.make(found), sample.kind) if sample and found else None
