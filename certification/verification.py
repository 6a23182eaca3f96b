"""The door out: what a certificate is worth today, for the public page, the holder's own page and other rooms.

Reads only what was frozen at issue, the ledger, and the licence's standing today. It goes on working when the
holder's account, the course, the round and the template are long gone.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import translation
from django.utils.translation import pgettext_lazy

from certification import signing
from certification.formats import jose
from certification.holdings import LicenceView, holds_valid, view_of
from certification.models import (
    Certificate,
    CertificateEvent,
    Cosignature,
    Licence,
    ReviewCase,
    SigningKey,
)
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
    "NoSuchCertificate",
    "Verdict",
    "Verified",
    "holds_valid",
    "look_up",
    "look_up_many",
    "standing",
]


class _Row(NamedTuple):
    """What the public page reads of a certificate."""

    number: str
    issued_on: date
    valid_until: date | None
    facts_canonical: bytes
    facts_sha256: str
    facts_signature: bytes
    key_id: str
    licence_id: int | None
    credential_id: str
    log_index: int | None
    is_after_a_theft: bool  # entered when some key for credentials, perhaps this one's, was in other hands
    programme_code: str
    erased_at: datetime | None
    witnessed_at: datetime | None
    registration: UUID


_THEFTS = SigningKey.objects.filter(purpose=signing.CREDENTIAL, state=SigningKey.State.COMPROMISED)
# When a witness cosigned the first checkpoint that covers the certificate's entry.
_first_seen = (
    Cosignature.objects.filter(checkpoint__gt=OuterRef("log_index"))
    .exclude(key__state="compromised")
    .order_by("checkpoint", "at")
    .values("at")[:1]
)


def _with_what_else(certificates: QuerySet) -> QuerySet:
    """With the two columns of _Row that are not the certificate's own."""
    return certificates.annotate(
        is_after_a_theft=Exists(_THEFTS.filter(compromised_tree_size__lte=OuterRef("log_index"))),
        witnessed_at=Subquery(_first_seen),
    )


# One row for each act of its ledger, or one without any.
_with_acts = Prepared(
    lambda: (
        _with_what_else(Certificate.objects.filter(number=Slot(Certificate, "number")))
        .order_by("events__sequence")
        .values_list(*_Row._fields, "events__kind", "events__effective_on", "events__public_text")
    )
)
# Asked first where a code is given: what a wrong code costs is then as little as what an unknown number costs.
_code_of = Prepared(
    lambda: Certificate.objects.filter(number=Slot(Certificate, "number")).values_list("access_code_hmac")
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
    anew_on: date | None = None  # revoked, and the same award was issued anew on this day by a new decision
    renewed_on: date | None = None  # expired, and a newer award renewed it on this day
    is_under_review: bool = False  # said only where the policy is to say it (REVIEWS_ARE_PUBLIC)

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


class _Known(NamedTuple):
    """What was looked up beforehand for many certificates at once."""

    licences: Mapping[int, LicenceView]
    anew: Mapping[UUID, date]  # registration → when its live certificate was issued
    renewed: Mapping[str, date]  # number → when the award was renewed
    reviewed: set[str]  # numbers


def look_up(number: str, code: str | None = None, *, shown: bool = False) -> Verified:
    """The certificate with ``number`` (normalised); with ``code`` all its facts. Raises NoSuchCertificate.

    ``shown``: whoever asks has shown the certificate itself, as its file or its signed square code, which says as much
    as the code. An unknown number and a wrong code take the same path: one query, one keyed hash, one comparison.
    """
    if code is not None:
        own = _code_of(number=number)
        if not _fits(own[0][0] if own else None, number, code):
            raise NoSuchCertificate(number)
    found = _with_acts(number=number)
    if not found:
        raise NoSuchCertificate(number)
    return _verified(_row_in(found), _acts_in(found), in_full=shown or code is not None)


def look_up_many(asked: Sequence[tuple[str, str | None]]) -> list[Verified | None]:
    """Each of ``asked`` (number as normalised, access code or None) as ``look_up`` answers it; None where it raises.

    A few queries, however many are asked. As there, an unknown number and a wrong code take the same path.
    """
    numbers = {number for number, code in asked if code is not None}
    codes = dict(Certificate.objects.filter(number__in=numbers).values_list("number", "access_code_hmac"))
    fits = [code is None or _fits(codes.get(number), number, code) for number, code in asked]
    wanted = {number for (number, _code), is_right in zip(asked, fits, strict=True) if is_right}
    columns = (*_Row._fields, "events__kind", "events__effective_on", "events__public_text")
    found: dict[str, list[tuple]] = {}
    rows = _with_what_else(Certificate.objects.filter(number__in=wanted)).order_by("number", "events__sequence")
    for each in rows.values_list(*columns):
        found.setdefault(each[0], []).append(each)
    in_full = {number for (number, code), is_right in zip(asked, fits, strict=True) if is_right and code is not None}
    known = _known({number: _row_in(rows) for number, rows in found.items()}, in_full)
    return [
        _verified(_row_in(found[number]), _acts_in(found[number]), in_full=code is not None, known=known)
        if is_right and number in found
        else None
        for (number, code), is_right in zip(asked, fits, strict=True)
    ]


def _known(rows: Mapping[str, _Row], in_full: Iterable[str]) -> _Known:
    """What else is told of ``rows``, for all of them at once."""
    today = clock.local_day()
    licence_ids = {rows[number].licence_id for number in in_full if number in rows} - {None}
    licences = Licence.objects.filter(pk__in=[pk for pk in licence_ids if pk]).select_related("body")
    live = Certificate.objects.filter(ended_at__isnull=True)
    anew = live.filter(registration__in={row.registration for row in rows.values()})
    open_cases = ReviewCase.objects.filter(certificate__number__in=rows, closed_at__isnull=True)
    return _Known(
        licences={each.pk: view_of(each, today) for each in licences.prefetch_related("events")},
        anew=dict(anew.values_list("registration", "issued_on")),
        renewed=dict(live.filter(renews__number__in=rows).values_list("renews__number", "issued_on")),
        reviewed=set(open_cases.values_list("certificate__number", flat=True))
        if settings.REVIEWS_ARE_PUBLIC
        else set(),
    )


def _fits(own: str | None, number: str, code: str) -> bool:
    """Is ``code`` the one whose keyed hash is ``own``? Of no certificate it is none, which takes as long to find out."""
    typed = numbering.access_code_hmac(number, code, key=settings.ACCESS_CODE_KEY)
    # That of an erased one is gone with the rest, and nothing is left for it to open.
    return (hmac.compare_digest(own or _NOBODY, typed) and own is not None) or own == ""


def _row_in(found: list[tuple]) -> _Row:
    return _Row(*found[0][: len(_Row._fields)])


def _acts_in(found: list[tuple]) -> list[tuple]:
    return [each[len(_Row._fields) :] for each in found if each[len(_Row._fields)] is not None]


def standing(number: str) -> Standing | None:
    """The standing today of the certificate with ``number``; None when there is none."""
    row = Certificate.objects.filter(number=numbering.normalise(number)).prefetch_related("events").first()
    return standing_of(row).standing if row else None


def standing_of(certificate: Certificate, on: date | None = None) -> Found:
    """How ``certificate`` stands on a day (default: the Council's today). Uses its prefetched events."""
    return standing_on(on or clock.local_day(), _acts(certificate.events.all()), certificate.valid_until)


def _acts(events: Iterable[CertificateEvent]) -> list[Act]:
    return [Act(event.kind, event.effective_on) for event in events]


def _verified(row: _Row, events: list[tuple], *, in_full: bool, known: _Known | None = None) -> Verified:
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
        licence=_licence(row.licence_id, today, known) if in_full and row.licence_id else None,
        checks=_checks(row),
        as_of=clock.now(),
        is_demo=facts["demo"],
        witnessed_at=row.witnessed_at,
        is_entered_later=row.witnessed_at is not None
        and is_entered_later(date.fromisoformat(facts["valid_from"]), row.witnessed_at, ZoneInfo(settings.TIME_ZONE)),
        anew_on=_issued_anew(row, known) if found.standing is Standing.REVOKED else None,
        renewed_on=_renewed(row, known) if found.standing is Standing.EXPIRED else None,
        is_under_review=settings.REVIEWS_ARE_PUBLIC and _is_under_review(row, known),
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


def _issued_anew(row: _Row, known: _Known | None) -> date | None:
    """When the certificate that stands for the same award today was issued. Its number is not told: it is another's
    to show."""
    if known is not None:
        return known.anew.get(row.registration)
    live = Certificate.objects.filter(registration=row.registration, ended_at__isnull=True)
    return live.values_list("issued_on", flat=True).first()


def _renewed(row: _Row, known: _Known | None) -> date | None:
    if known is not None:
        return known.renewed.get(row.number)
    newer = Certificate.objects.filter(renews__number=row.number, ended_at__isnull=True)
    return newer.values_list("issued_on", flat=True).first()


def _is_under_review(row: _Row, known: _Known | None) -> bool:
    if known is not None:
        return row.number in known.reviewed
    return ReviewCase.objects.filter(certificate__number=row.number, closed_at__isnull=True).exists()


def _licence(licence_id: int, today: date, known: _Known | None) -> LicenceView:
    if known is not None:
        return known.licences[licence_id]
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
        *(_theft(row) if row.is_after_a_theft else ()),
    )


def _theft(row: _Row) -> tuple[Check, ...]:
    """Nobody can say by its signature that a certificate entered with a stolen key is ours; it is being reviewed."""
    token = Certificate.objects.filter(number=row.number).values_list("credential_jwt", flat=True).get()
    for key in _THEFTS.filter(compromised_tree_size__lte=row.log_index):
        if token.startswith(jose.beginning(f"{signing.issuer_did()}#{key.kid}")):
            return (Check("key", None, key.kid),)
    return ()
