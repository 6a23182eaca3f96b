"""What the tests of the credential forms share: facts as ``facts.build`` freezes them, a key, an issuer."""

import base64
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certification.formats import credential, did, facts
from certification.formats.signer import Signer
from courses.completions import AssessmentFact, CompletionFacts, DayFact, ModuleFact

DID = "did:web:deshmi.example.org"
KEY_ID = f"{DID}#key-2026-1"
CREDENTIAL_ID = "urn:uuid:6f1c1f5e-8a1d-4c34-9b12-0a1f6a6b7c8d"
SUBJECT_ID = "urn:uuid:0e5a37b1-52c4-4a6f-8d0a-3f6f0a9d1b77"
ACHIEVEMENT = "https://deshmi.example.org/achievements/REF/3"
STATUS_LIST = "https://deshmi.example.org/status/1"
CREATED = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)

private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = private.public_key().public_bytes_raw()
PEM = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
SIGNER = Signer(KEY_ID, PUBLIC, private.sign)
KEYS = {KEY_ID: PUBLIC}


def in_all(text):
    return {"sq": f"{text} ë ç", "sr-latn": f"{text} š đ", "sr": f"{text} знања", "en": text}


def some_facts(language="sq", months=36, demo=False, licence=True, **changes):
    """Facts of somebody who completed a programme of one day, one module and one assessment."""
    at = datetime(2026, 11, 20, 14, tzinfo=UTC)
    completion = CompletionFacts(
        registration=UUID(int=7),
        enrolment_id=1,
        person_id=1,
        edition_id=1,
        programme_code="REF",
        edition_number=3,
        completed_at=at,
        completed_on=at.date(),
        titles=in_all("Refresher"),
        hours=Decimal("36.00"),
        outcomes=({"en": "Knows the law"},),
        valid_months=months,
        licence_in_force=True,
        accreditation={"status": "submitted", "body": "AKK/NQA"},
        days=(DayFact("D1", in_all("Day one"), date(2026, 3, 1), in_all("Gjakova"), "Hotel", Decimal("7.50")),),
        modules=(ModuleFact("M1", in_all("Ethics"), Decimal("2.00"), at),),
        assessments=(AssessmentFact("A1", in_all("Final test"), Decimal("70"), at),),
        evidence=(),
        rule={},
        round_code="R1",
        group_code="G1",
        group_place=in_all("Gjakova"),
    )
    return (
        facts.build(
            certificate_id="7",
            number="HZ1J652JFWKP",
            serial="2026-REF-000257",
            holder=facts.Holder("p-1", "Çlirim", "Gjergjaj", "Agim", language),
            licence=facts.LicenceFacts("PS-0042", "social work", "", "", in_all("Council"), "in force")
            if licence
            else None,
            completion=completion,
            terms=facts.Terms(date(2026, 11, 22), {"code": "council", "names": in_all("General Council")}, (), demo),
            is_demo=demo,
            zone="Europe/Belgrade",
        )
        | changes
    )


def unsigned(frozen=None, **changes):
    """The credential of ``frozen`` facts, before any proof."""
    given = {
        "credential_id": CREDENTIAL_ID,
        "subject_id": SUBJECT_ID,
        "issuer": credential.Issuer(DID, "https://deshmi.example.org/"),
        "achievement_url": ACHIEVEMENT,
        "status": credential.StatusEntry(STATUS_LIST, 94_567),
    }
    return credential.build(frozen or some_facts(), **given | changes)


def valid_now():
    """Facts of a certificate that a verifier with today's clock accepts in any year."""
    return some_facts(valid_from="2020-01-01", valid_until="2199-12-31")


def did_document():
    return did.document(DID, [did.PublishedKey(KEY_ID, PUBLIC)])


def base64url(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
