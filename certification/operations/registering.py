"""The register: granting, renewing, suspending, reinstating, revoking, surrendering and correcting licences.

Every act is one row in the licence's ledger, never changed afterwards; the terms beside the licence are rewritten
from it in the same transaction, under the licence's lock.
"""

from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from certification.models import IssuingBody, Licence, LicenceEvent
from certification.rules import standing as rules
from certification.rules.standing import ACTS_IN_STATE, Act
from lms.kernel import clock


class RegisterError(ValueError):
    """The act is not possible; the message says why and what to do instead."""


class NumberTaken(RegisterError):
    """The body has already granted a licence under this number."""


class LicenceEnded(RegisterError):
    """The licence is revoked or surrendered, for good."""


class LicenceSuspended(RegisterError):
    """The licence is suspended; it must be reinstated first."""


class NotSuspended(RegisterError):
    """There is no suspension to lift."""


class WrongDay(RegisterError):
    """The day does not fit what the ledger already says."""


class NothingToDo(RegisterError):
    """The act would change nothing."""


# --- Acts ------------------------------------------------------------------------------------------


@transaction.atomic
def grant(
    person,
    *,
    number: str,
    body: IssuingBody,
    valid_from: date,
    valid_to: date | None = None,
    months: int | None = None,
    kind: str = Licence.Kind.WORKER,
    level: str = "",
    category: str = "",
    decision_number: str = "",
    reason: str = "",
    source: str = "",
    by,
) -> Licence:
    """Grant ``person`` a licence, until ``valid_to`` or for ``months`` calendar months; with neither, without end."""
    if months:
        valid_to = clock.last_valid_day(valid_from, months)
    if valid_to and valid_to < valid_from:
        raise WrongDay(_("The last valid day is before the first. Choose a later one."))
    act = Act("granted", valid_from, valid_from, valid_to, level, category)
    licence = Licence(number=number, body=body, person=person, kind=kind)
    licence.terms = rules.apply(None, act)
    try:
        with transaction.atomic():
            licence.save()
    except IntegrityError:
        raise NumberTaken(
            _("%(body)s has already granted licence %(number)s. Open it, or take another number.")
            % {"body": body, "number": number}
        ) from None
    event_of(licence, act, decision_number, reason, source, by).save()
    return licence


@transaction.atomic
def renew(
    licence,
    *,
    valid_from: date | None = None,
    valid_to: date | None = None,
    months: int | None = None,
    level: str = "",
    category: str = "",
    decision_number: str = "",
    reason: str = "",
    by,
) -> Licence:
    """Add a term: from the day after the last one (or ``valid_from``), until ``valid_to`` or for ``months`` months.

    A licence may be renewed ahead of time; a break after a term that still runs is entered on the day it ends.
    """
    licence = _locked(licence)
    _refuse_unless_possible(licence, "renewed")
    if licence.valid_to is None:
        raise NothingToDo(_("Licence %(number)s has no last day; there is nothing to renew.") % {"number": licence})
    next_day = licence.valid_to + timedelta(days=1)
    valid_from = valid_from or max(next_day, clock.local_day() if licence.valid_to < clock.local_day() else next_day)
    if valid_to is None:
        if not months:
            raise WrongDay(_("Say until when the licence is renewed, or for how many months."))
        valid_to = clock.last_valid_day(valid_from, months)
    if valid_from <= licence.terms.term_from or valid_to <= licence.valid_to or valid_to < valid_from:
        raise WrongDay(
            _("Licence %(number)s already runs until %(day)s. A renewal begins later than it and ends later.")
            % {"number": licence, "day": _day(licence.valid_to)}
        )
    if valid_from > next_day and licence.valid_to >= clock.local_day():
        raise WrongDay(
            _(
                "Licence %(number)s runs until %(day)s. Renew it from the day after at the latest, "
                "or enter the renewal once it has ended."
            )
            % {"number": licence, "day": _day(licence.valid_to)}
        )
    act = Act("renewed", valid_from, valid_from, valid_to, level or licence.level, category or licence.category)
    return _record(licence, act, decision_number, reason, by)


@transaction.atomic
def suspend(licence, *, effective_on: date, decision_number: str = "", reason: str = "", by) -> Licence:
    licence = _locked(licence)
    _refuse_unless_possible(licence, "suspended")
    _refuse_wrong_day(licence, effective_on)
    if licence.valid_to and licence.valid_to < effective_on:
        raise WrongDay(
            _("Licence %(number)s expires on %(day)s; after that there is nothing to suspend.")
            % {"number": licence, "day": _day(licence.valid_to)}
        )
    return _record(licence, Act("suspended", effective_on), decision_number, reason, by)


@transaction.atomic
def reinstate(licence, *, effective_on: date, decision_number: str = "", reason: str = "", by) -> Licence:
    """Lift a suspension, today or for a past day. The dates of the licence stay: a suspension does not lengthen it."""
    licence = _locked(licence)
    _refuse_unless_possible(licence, "reinstated")
    _refuse_wrong_day(licence, effective_on)
    return _record(licence, Act("reinstated", effective_on), decision_number, reason, by)


@transaction.atomic
def revoke(licence, *, effective_on: date, decision_number: str = "", reason: str = "", by) -> Licence:
    """End the licence by decision, for good. What was earned with it, certificates included, stays."""
    licence = _locked(licence)
    _refuse_unless_possible(licence, "revoked")
    _refuse_wrong_day(licence, effective_on)
    return _record(licence, Act("revoked", effective_on), decision_number, reason, by)


@transaction.atomic
def surrender(licence, *, effective_on: date, decision_number: str = "", reason: str = "", by) -> Licence:
    """The holder gives the licence back, for good."""
    licence = _locked(licence)
    _refuse_unless_possible(licence, "surrendered")
    _refuse_wrong_day(licence, effective_on)
    return _record(licence, Act("surrendered", effective_on), decision_number, reason, by)


@transaction.atomic
def correct(
    licence,
    *,
    valid_from: date,
    valid_to: date | None,
    level: str,
    category: str,
    decision_number: str = "",
    reason: str = "",
    by,
) -> Licence:
    """Put the last term right: its dates, level and category. What was written before stays in the ledger."""
    licence = _locked(licence)
    if valid_to and valid_to < valid_from:
        raise WrongDay(_("The last valid day is before the first. Choose a later one."))
    act = Act("corrected", clock.local_day(), valid_from, valid_to, level, category)
    if rules.apply(licence.terms, act) == licence.terms:
        raise NothingToDo(_("Licence %(number)s already says so; nothing was changed.") % {"number": licence})
    return _record(licence, act, decision_number, reason, by)


def event_of(licence, act: Act, decision_number: str, reason: str, source: str, by) -> LicenceEvent:
    """The ledger row of ``act``, not yet saved."""
    return LicenceEvent(
        licence=licence,
        kind=act.kind,
        effective_on=act.effective_on,
        valid_from=act.valid_from,
        valid_to=act.valid_to,
        level=act.level,
        category=act.category,
        decision_number=decision_number,
        reason=reason,
        source=source,
        recorded_at=clock.now(),
        recorded_by=by,
    )


def acts_possible(licence) -> frozenset[str]:
    """The acts that make sense for ``licence`` as it is."""
    acts = ACTS_IN_STATE[licence.state]
    return acts - {"renewed"} if licence.valid_to is None else acts


def _locked(licence) -> Licence:
    """The licence as it is now; a second act on it waits until this one has ended."""
    return Licence.objects.select_for_update(of=("self",)).select_related("body", "person").get(pk=licence.pk)


def _record(licence, act: Act, decision_number: str, reason: str, by) -> Licence:
    event_of(licence, act, decision_number, reason, "", by).save()
    licence.terms = rules.apply(licence.terms, act)
    licence.save(update_fields=["valid_from", "term_from", "valid_to", "state", "state_from", "level", "category"])
    return licence


def _refuse_unless_possible(licence, act: str) -> None:
    if act in ACTS_IN_STATE[licence.state]:
        return
    values = {"number": licence.number}
    if licence.state == Licence.State.REVOKED:
        if act == "renewed":
            raise LicenceEnded(
                _("Licence %(number)s is revoked; a revoked licence cannot be renewed. Grant a new one.") % values
            )
        raise LicenceEnded(_("Licence %(number)s is revoked, for good. Grant a new one if it is due.") % values)
    if licence.state == Licence.State.SURRENDERED:
        raise LicenceEnded(
            _("Licence %(number)s was given back by its holder, for good. Grant a new one if it is due.") % values
        )
    if licence.state == Licence.State.SUSPENDED:
        raise LicenceSuspended(_("Licence %(number)s is suspended. Reinstate it first.") % values)
    raise NotSuspended(_("Licence %(number)s is not suspended; there is nothing to lift.") % values)


def _refuse_wrong_day(licence, effective_on: date) -> None:
    if effective_on < licence.state_from:
        raise WrongDay(
            _("The last act on licence %(number)s takes effect on %(day)s. Choose that day or a later one.")
            % {"number": licence, "day": _day(licence.state_from)}
        )
    # The terms keep one state and its first day, and before that day the licence counts as granted.
    if effective_on > clock.local_day() and licence.state != Licence.State.GRANTED:
        raise WrongDay(
            _("Licence %(number)s is suspended until then. Enter the decision on the day it takes effect.")
            % {"number": licence}
        )


def _day(day: date) -> str:
    return date_format(day, "SHORT_DATE_FORMAT")
