"""DOOR out: the certificates of a person, as their own pages show them, and the documents of a certificate."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Value

from certification.models import Certificate, CertificateDocument, CertificatePrint
from certification.rules.validity import Standing
from certification.verification import standing_of
from lms.kernel.languages import localized


@dataclass(frozen=True)
class Issued:
    """A certificate as its holder sees it in a list."""

    id: str
    serial: str
    number: str
    grouped_number: str
    title: str
    programme_code: str
    registration: str
    issued_on: date
    valid_until: date | None
    standing: Standing
    since: date | None
    hours: str
    language: str
    has_credential: bool  # early ones have none
    profile_url: str = ""  # adds it to the holder's profile in a professional network


def certificates_of(person) -> list[Issued]:
    """The certificates of ``person``, newest first; not those in whose place another was issued. Two queries."""
    rows = (
        Certificate.objects.filter(person=person, superseded_by__isnull=True, restored_by__isnull=True)
        .prefetch_related("events")
        .defer("facts_canonical", "facts_signature", "credential", "credential_jwt")
        .order_by("-issued_on", "-serial")
    )
    return [_issued(row) for row in rows]


def _issued(row: Certificate) -> Issued:
    found = standing_of(row)
    return Issued(
        id=str(row.pk),
        serial=row.serial,
        number=row.number,
        grouped_number=row.grouped_number,
        title=row.title,
        programme_code=row.programme_code,
        registration=str(row.registration),
        issued_on=row.issued_on,
        valid_until=row.valid_until,
        standing=found.standing,
        since=found.since,
        hours=row.facts["programme"]["hours"],
        language=row.language,
        has_credential=bool(row.credential_id),
        profile_url=_profile_url(row),
    )


def _profile_url(row: Certificate) -> str:
    """Opens a form of the network with the facts filled in; nothing is sent there before the holder presses a button."""
    until = row.valid_until
    told = {
        "startTask": "CERTIFICATION_NAME",
        "name": row.title,
        "organizationName": localized(row.facts["issuer"]["names"]),
        "issueYear": row.issued_on.year,
        "issueMonth": row.issued_on.month,
        **({"expirationYear": until.year, "expirationMonth": until.month} if until else {}),
        "certUrl": f"{settings.SITE_URL}/v/{row.number}",  # by number alone: initials, no code
        "certId": row.grouped_number,
    }
    return f"https://www.linkedin.com/profile/add?{urlencode(told)}"


class Paper(NamedTuple):
    """A stored document of a certificate: in which language, when it was made, and the hash of its bytes."""

    language: str
    made_at: datetime
    sha256: str


def documents_of(number: str) -> list[Paper]:
    """The documents of a certificate: the first, then its prints in other languages."""
    first = CertificateDocument.objects.filter(certificate__number=number).annotate(is_print=Value(0))
    prints = CertificatePrint.objects.filter(certificate__number=number).annotate(is_print=Value(1)).order_by()
    rows = first.values_list("is_print", "made_at", "certificate__language", "sha256").union(
        prints.values_list("is_print", "made_at", "language", "sha256"), all=True
    )
    return [Paper(language, made_at, sha256) for _is_print, made_at, language, sha256 in sorted(rows)]
