"""Waiving: one person proposes that a criterion need not be met, another grants it. Every step is a row of the ledger.

Nobody decides alone, and nobody for themselves. A completion that rests on a waiver stays when the waiver is withdrawn;
it is listed among those whose evidence changed, and a person decides.
"""

import hashlib
import io
import logging
import warnings
from collections.abc import Iterable
from datetime import date

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image

from courses.evidence import gather
from courses.exemptions import Exemption
from courses.models import Completion, Enrolment, Waiver, WaiverEvent
from courses.rules.completion import Kind, Missing
from lms.kernel import clock, queue

log = logging.getLogger(__name__)

WAIVABLE = (Kind.DAY, Kind.MODULE, Kind.ASSESSMENT, Kind.ACCREDITATION)
MOST_BYTES = 10 * 1024 * 1024
_IMAGES = {"JPEG": ".jpg", "PNG": ".png"}


class WaiverRefused(Exception):
    """The step is not possible as asked. The message says why and what to do."""


class NotYours(WaiverRefused):
    """One's own matter, or one's own proposal."""


class NothingToWaive(WaiverRefused):
    """The criterion is met, unknown, or has a waiver already; or the enrolment has ended or is completed."""


class Decided(WaiverRefused):
    """Somebody has decided already."""


class WrongDocument(WaiverRefused):
    """The evidence is not a PDF or a picture, or is too large."""


def open_criteria(enrolment: Enrolment) -> tuple[Missing, ...]:
    """What ``enrolment`` still misses and has no waiver for: what one may propose to waive."""
    evidence = gather([enrolment])
    waived = evidence.of(enrolment.pk).waivers
    return tuple(
        gap
        for gap in evidence.missing(enrolment.pk)
        if gap.kind in WAIVABLE and (gap.kind, gap.code) not in waived and _can_be_met_otherwise(gap)
    )


def _can_be_met_otherwise(gap: Missing) -> bool:
    # A module without lessons or a test without questions is a fault of the edition, not a matter of one person.
    return gap.status not in ("without_lessons", "without_questions")


def described(waivers: Iterable[Waiver]) -> list[tuple[Waiver, Exemption]]:
    """Each of ``waivers`` (fetched with enrolment and person) as people read of it. A constant number of queries."""
    rows = list(waivers)
    evidence = gather({row.enrolment_id: row.enrolment for row in rows}.values())
    return [(row, evidence.exemption(row)) for row in rows]


@transaction.atomic
def propose(
    enrolment: Enrolment,
    kind: str,
    code: str,
    *,
    by,
    reason: str,
    decision_number: str = "",
    expires_on: date | None = None,
    document: tuple[str, bytes] | None = None,
) -> Waiver:
    """Propose to waive one criterion of ``enrolment``, with a document (its name and bytes). Raises a WaiverRefused."""
    enrolment = _locked(enrolment.pk)
    if enrolment.ended_at or Completion.objects.filter(enrolment=enrolment).exists():
        raise NothingToWaive(_("This enrolment has ended or is completed. There is nothing to waive."))
    _refuse_own(enrolment, by)
    if (kind, code) not in {(gap.kind, gap.code) for gap in open_criteria(enrolment)}:
        raise NothingToWaive(
            _("%(code)s is met already, or a waiver for it is on its way. Look at the list of waivers.")
            % {"code": code}
        )
    if kind == Kind.ACCREDITATION and not decision_number:
        raise WaiverRefused(
            _("Training that was not accredited on its day counts by a decision only. Give its number.")
        )
    if expires_on and expires_on < clock.local_day():
        raise WaiverRefused(
            _("The waiver would have ended on %(day)s, before today. Give a later day or none.")
            % {"day": f"{expires_on:%d.%m.%Y}"}
        )
    now = clock.now()
    waiver = Waiver(
        enrolment=enrolment,
        kind=kind,
        code=code,
        reason=reason[:300],
        decision_number=decision_number[:60],
        expires_on=expires_on,
        proposed_at=now,
        proposed_by=by,
    )
    if document:
        _attach(waiver, *document)
    waiver.save()
    _write(waiver, WaiverEvent.Kind.PROPOSED, by=by, at=now)
    return waiver


@transaction.atomic
def grant(waiver: Waiver, *, by) -> Waiver:
    """Let the proposal hold from now on. By somebody else than who proposed it and whom it is for."""
    waiver = _undecided(waiver)
    if waiver.proposed_by_id == by.pk:
        raise NotYours(_("You proposed this waiver. Somebody else has to decide."))
    _refuse_own(waiver.enrolment, by)
    if waiver.expires_on and waiver.expires_on < clock.local_day():
        raise WaiverRefused(
            _("The waiver would have ended on %(day)s. Refuse it, and have it proposed anew.")
            % {"day": f"{waiver.expires_on:%d.%m.%Y}"}
        )
    waiver.granted_at, waiver.granted_by = clock.now(), by
    waiver.save(update_fields=["granted_at", "granted_by"])
    _write(waiver, WaiverEvent.Kind.GRANTED, by=by, at=waiver.granted_at)
    queue.enqueue("courses.tasks.consider", waiver.enrolment_id, group="completing")
    return waiver


@transaction.atomic
def refuse(waiver: Waiver, *, by, reason: str) -> Waiver:
    """Decline the proposal. Who proposed it takes it back in the same way."""
    waiver = _undecided(waiver)
    _refuse_own(waiver.enrolment, by)
    return _end(waiver, WaiverEvent.Kind.REFUSED, by=by, reason=reason)


@transaction.atomic
def withdraw(waiver: Waiver, *, by, reason: str) -> Waiver:
    """Let a granted waiver hold no longer. What was completed with it stays and is listed under “Changed evidence”."""
    waiver = _current(waiver)
    if not waiver.granted_at or waiver.ended_at:
        raise Decided(_("This waiver does not hold, so there is nothing to withdraw. Look at its history."))
    _refuse_own(waiver.enrolment, by)
    return _end(waiver, WaiverEvent.Kind.WITHDRAWN, by=by, reason=reason)


def _locked(enrolment_id: int) -> Enrolment:
    # Two people proposing the same, or one proposing while the completion is recorded, wait for each other here.
    rows = Enrolment.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("person", "edition").get(pk=enrolment_id)


def _current(waiver: Waiver) -> Waiver:
    """``waiver`` as it stands now, its enrolment and itself locked in this order."""
    _locked(waiver.enrolment_id)
    rows = Waiver.objects.select_for_update(of=("self",)).select_related("enrolment__person")
    return rows.get(pk=waiver.pk)


def _undecided(waiver: Waiver) -> Waiver:
    waiver = _current(waiver)
    if waiver.granted_at or waiver.ended_at:
        raise Decided(_("Somebody has decided about this waiver already. Look at its history."))
    return waiver


def _refuse_own(enrolment: Enrolment, by) -> None:
    if by.pk == enrolment.person.user_id:
        raise NotYours(_("This is your own enrolment. Somebody else has to do it."))


def _end(waiver: Waiver, kind: str, *, by, reason: str) -> Waiver:
    waiver.ended_at = clock.now()
    waiver.save(update_fields=["ended_at"])
    _write(waiver, kind, by=by, at=waiver.ended_at, reason=reason)
    return waiver


def _write(waiver: Waiver, kind: str, *, by, at, reason: str = "") -> None:
    WaiverEvent.objects.create(waiver=waiver, kind=kind, by=by, at=at, reason=reason[:300])
    log.info("Waiver %s of enrolment %s: %s", waiver.pk, waiver.enrolment_id, kind)


def _attach(waiver: Waiver, name: str, content: bytes) -> None:
    ending = _kind_of(content)
    waiver.document_name = name[:200]
    waiver.document_sha256 = hashlib.sha256(content).hexdigest()
    waiver.document.save(f"{waiver.document_sha256}{ending}", ContentFile(content), save=False)


def _kind_of(content: bytes) -> str:
    """The ending for what ``content`` is, whatever its name says. Raises WrongDocument."""
    if len(content) > MOST_BYTES:
        raise WrongDocument(_("The file is larger than 10 MB. Scan it with fewer dots, or in grey."))
    if content.startswith(b"%PDF-"):
        return ".pdf"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=list(_IMAGES)) as image:
                image.verify()
                return _IMAGES[image.format or ""]
    except (OSError, SyntaxError, ValueError, KeyError, Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise WrongDocument(_("The file is neither a PDF nor a JPEG or PNG picture. Scan the paper again.")) from None
