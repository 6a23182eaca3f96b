"""The door out: what a certificate is worth today, for the public page, the holder's own page and other rooms.

Reads only what was frozen at issue, the ledger, and the licence's standing today. It goes on working when the
holder's account, the course, the round and the template are long gone.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import OuterRef, Subquery
from django.utils import translation
from django.utils.translation import pgettext_lazy

from certification import signing
from certification.holdings import LicenceView, holds_valid, view_of
from certification.models import Certificate, CertificateEvent, Cosignature, Licence
from certification.rules import numbering
from certification.rules.validity import Act, Found, Standing, standing_on
from certification.rules.verdicts import Verdict, verdict
from certification.rules.witnessing import is_entered_later
from lms.kernel import clock
from lms.kernel.languages import localized
from lms.kernel.prepared import Prepared, Slot

# What a standing is called. Other languages have another word for a revoked certificate than for a revoked licence.
STANDINGS = {
    Standing.VALID: pgettext_lazy("certificate", "valid"),
    Standing.EXPIRED: pgettext_lazy("certificate", "expired"),
    Standing.SUSPENDED: pgettext_lazy("certificate", "suspended"),
    Standing.REVOKED: pgettext_lazy("certificate", "revoked"),
    Standing.SUPERSEDED: pgettext_lazy("certificate", "replaced"),
}

__all__ = [
    "Check",
    "Issued",
    "NoSuchCertificate",
    "Verdict",
    "Verified",
    "certificates_of",
    "holds_valid",
    "look_up",
    "standing",
]


class _Row(NamedTuple):
    """What the public page reads of a certificate."""

    number: str
    access_code_hmac: str
    issued_on: date
    valid_until: date | None
    facts_canonical: bytes
    facts_sha256: str
    facts_signature: bytes
    key_id: str
    licence_id: int | None
    credential_id: str
    log_index: int | None
    programme_code: str
    erased_at: datetime | None
    witnessed_at: datetime | None


# When a witness cosigned the first checkpoint that covers the certificate's entry.
_first_seen = (
    Cosignature.objects.filter(checkpoint__gt=OuterRef("log_index"))
    .exclude(key__state="compromised")
    .order_by("checkpoint", "at")
    .values("at")[:1]
)

# One row for each act of its ledger, or one without any.
_with_acts = Prepared(
    lambda: (
        Certificate.objects.filter(number=Slot(Certificate, "number"))
        .annotate(witnessed_at=Subquery(_first_seen))
        .order_by("events__sequence")
        .values_list(*_Row._fields, "events__kind", "events__effective_on", "events__public_text")
    )
)
_NOBODY = "0" * 64  # compared with when there is no certificate, so that the answer takes as long


class NoSuchCertificate(LookupError):
    """No certificate has that number, or the access code does not fit it: deliberately not told apart."""


@dataclass(frozen=True)
class Check:
    """One line of what was checked. ``passed`` is None when it could not be checked."""

    code: str
    passed: bool | None
    detail: str = ""


@dataclass(frozen=True)
class Verified:
    """What is known about a certificate. ``facts`` is None by number alone: then only initials are given."""

    number: str
    found: Found
    public_text: str  # of the act that ended or suspended it, in the reader's language
    title: str
    initials: str
    issued_on: date
    first_issued_on: date
    valid_until: date | None
    facts: Mapping[str, Any] | None
    licence: LicenceView | None  # as it stands today
    checks: tuple[Check, ...]
    as_of: datetime
    is_demo: bool
    witnessed_at: datetime | None = None  # when a witness of the log first saw it; None: no witness has
    is_entered_later: bool = False  # more than a day away from the day that it is valid from
    erased_at: datetime | None = None  # its data are kept no longer: nothing but number and dates is known

    @property
    def standing(self) -> Standing:
        return self.found.standing

    @property
    def is_altered(self) -> bool:
        """What is recorded is not what was signed: nothing here may be relied on."""
        return any(check.passed is False for check in self.checks)

    @property
    def cannot_check(self) -> bool:
        return not self.is_altered and (self.is_erased or any(check.passed is None for check in self.checks))

    @property
    def is_erased(self) -> bool:
        return self.erased_at is not None

    @property
    def verdict(self) -> Verdict:
        if self.is_erased:
            return Verdict.CANNOT_CHECK
        return verdict(self.standing, altered=self.is_altered, unchecked=self.cannot_check)

    @property
    def grouped_number(self) -> str:
        return numbering.grouped(self.number)


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
    has_credential: bool  # early ones have none


def look_up(number: str, code: str | None = None, *, shown: bool = False) -> Verified:
    """The certificate with ``number`` (normalised); with ``code`` all its facts. Raises NoSuchCertificate.

    ``shown``: whoever asks has shown the certificate itself, as its file or its signed square code, which says as much
    as the code. An unknown number and a wrong code take the same path: one query, one keyed hash, one comparison.
    """
    found = _with_acts(number=number)
    row = _Row(*found[0][: len(_Row._fields)]) if found else None
    if code is not None:
        typed = numbering.access_code_hmac(number, code, key=settings.ACCESS_CODE_KEY)
        fits = hmac.compare_digest(row.access_code_hmac if row else _NOBODY, typed)
        if not fits and not (row and row.erased_at):  # the code of an erased one is gone with the rest
            row = None
    if row is None:
        raise NoSuchCertificate(number)
    acts = [each[len(_Row._fields) :] for each in found if each[len(_Row._fields)] is not None]
    return _verified(row, acts, in_full=shown or code is not None)


def standing(number: str) -> Standing | None:
    """The standing today of the certificate with ``number``; None when there is none."""
    row = Certificate.objects.filter(number=numbering.normalise(number)).prefetch_related("events").first()
    return standing_of(row).standing if row else None


def standing_of(certificate: Certificate, on: date | None = None) -> Found:
    """How ``certificate`` stands on a day (default: the Council's today). Uses its prefetched events."""
    return standing_on(on or clock.local_day(), _acts(certificate.events.all()), certificate.valid_until)


def _acts(events: Iterable[CertificateEvent]) -> list[Act]:
    return [Act(event.kind, event.effective_on) for event in events]


def certificates_of(person) -> list[Issued]:
    """The certificates of ``person``, newest first, replaced ones left out. Two queries."""
    rows = (
        Certificate.objects.filter(person=person, superseded_by__isnull=True)
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
        has_credential=bool(row.credential_id),
    )


def _verified(row: _Row, events: list[tuple], *, in_full: bool) -> Verified:
    today = clock.local_day()
    acts = [Act(kind, effective_on) for kind, effective_on, _text in events]
    if row.erased_at:
        return _erased(row, standing_on(today, acts, row.valid_until))
    facts = json.loads(bytes(row.facts_canonical))  # what was signed, not the copies that are there for searching
    valid_until = date.fromisoformat(facts["valid_until"]) if facts["valid_until"] else None
    found = standing_on(today, acts, valid_until)
    holder = f"{facts['holder']['given_name']} {facts['holder']['surname']}".split()
    return Verified(
        number=row.number,
        found=found,
        public_text=_public_text(events, found),
        title=localized(facts["programme"]["titles"]),
        initials=" ".join(f"{part[0]}." for part in holder),
        issued_on=date.fromisoformat(facts["issued_on"]),
        first_issued_on=date.fromisoformat(facts["first_issued_on"]),
        valid_until=valid_until,
        facts=facts if in_full else None,
        licence=_licence(row.licence_id, today) if in_full and row.licence_id else None,
        checks=_checks(row),
        as_of=clock.now(),
        is_demo=facts["demo"],
        witnessed_at=row.witnessed_at,
        is_entered_later=row.witnessed_at is not None
        and is_entered_later(date.fromisoformat(facts["valid_from"]), row.witnessed_at, ZoneInfo(settings.TIME_ZONE)),
    )


def _erased(row: _Row, found: Found) -> Verified:
    """What is left of a certificate whose data were erased: its number, its dates, its place in the log."""
    return Verified(
        number=row.number,
        found=found,
        public_text="",
        title=row.programme_code,
        initials="",
        issued_on=row.issued_on,
        first_issued_on=row.issued_on,
        valid_until=row.valid_until,
        facts=None,
        licence=None,
        checks=(),
        as_of=clock.now(),
        is_demo=False,
        erased_at=row.erased_at,
    )


def _licence(licence_id: int, today: date) -> LicenceView:
    return view_of(Licence.objects.select_related("body").get(pk=licence_id), today)


def _public_text(events: list[tuple], found: Found) -> str:
    """What the Council says publicly about the act that decides the standing; other acts are not shown."""
    texts = [text for kind, _effective_on, text in events if kind == found.standing.value]
    return localized(texts[-1], translation.get_language()) if texts else ""


def _checks(row: _Row) -> tuple[Check, ...]:
    canonical = bytes(row.facts_canonical)
    unchanged = hashlib.sha256(canonical).hexdigest() == row.facts_sha256
    try:
        signed: bool | None = signing.verify(canonical, signing.Signature(row.key_id, bytes(row.facts_signature)))
    except signing.UnknownKey:
        signed = None
    # Written past the log; early certificates have no credential and no entry.
    past_the_log = (Check("logged", None),) if row.credential_id and row.log_index is None else ()
    return (
        Check("facts_unchanged", unchanged, row.facts_sha256),
        Check("signature", signed, row.key_id),
        *past_the_log,
    )
