"""The door out: whose licence is whose, and how it stands on a day. Other rooms receive frozen dataclasses."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from certification.models import IssuingBody, Licence
from certification.models.register import STANDINGS
from certification.rules import standing as rules
from certification.rules.standing import Act, LicenceStanding
from lms.kernel import clock
from lms.kernel.languages import localized


@dataclass(frozen=True)
class LicenceView:
    """A licence as it stands on a day, for pages of other rooms. ``days_left`` is None without a last day."""

    id: int
    number: str
    kind: str
    body_code: str
    body_names: dict[str, str]
    level: str
    level_label: str
    category: str
    category_label: str
    standing: LicenceStanding
    valid_from: date  # of the last term
    valid_to: date | None  # last valid day
    on: date
    days_left: int | None  # days after ``on`` that are still valid; 0 on the last day and after

    @property
    def body(self) -> str:
        """The body's name in the reader's language."""
        return localized(self.body_names)

    @property
    def is_valid(self) -> bool:
        return self.standing is LicenceStanding.VALID


def acts_of(licence) -> list[Act]:
    """The ledger of ``licence`` as the rules take it, in the order it was recorded."""
    return [
        Act(event.kind, event.effective_on, event.valid_from, event.valid_to, event.level, event.category)
        for event in licence.events.all()
    ]


def standing_of(licence, on: date) -> LicenceStanding:
    """How ``licence`` stands on ``on``, past days included. Asks the ledger only for days before its last change."""
    if on >= max(licence.state_from, licence.valid_from):
        return licence.standing(on)
    acts = acts_of(licence)
    return rules.standing_by_ledger(on, acts) if acts else licence.standing(on)


def view_of(licence, on: date) -> LicenceView:
    """``licence`` (with its body loaded) as a frozen view on ``on``."""
    return LicenceView(
        id=licence.pk,
        number=licence.number,
        kind=licence.kind,
        body_code=licence.body.code,
        body_names=licence.body.names,
        level=licence.level,
        level_label=licence.level_label,
        category=licence.category,
        category_label=licence.category_label,
        standing=standing_of(licence, on),
        valid_from=licence.terms.term_from,
        valid_to=licence.valid_to,
        on=on,
        days_left=None if licence.valid_to is None else max((licence.valid_to - on).days, 0),
    )


def licences_of_many(person_ids, on: date | None = None) -> dict[int, list[LicenceView]]:
    """The licences of several persons, by person id, in two queries. Those in force first, the longest one first."""
    on = on or clock.local_day()
    found: dict[int, list[LicenceView]] = defaultdict(list)
    licences = Licence.objects.filter(person__in=person_ids).select_related("body").prefetch_related("events")
    for licence in licences:
        found[licence.person_id].append(view_of(licence, on))
    for views in found.values():
        views.sort(key=lambda view: (not view.is_valid, -(view.valid_to or date.max).toordinal(), view.number))
    return dict(found)


def licences_of(person, on: date | None = None) -> list[LicenceView]:
    """The licences of ``person`` as they stand on ``on`` (default: today), those in force first."""
    return licences_of_many([person.pk], on).get(person.pk, [])


def licence_standing(person, on: date | None = None) -> list[LicenceView]:
    """What verification shows beside a certificate: the standing today, not that of the day of issue."""
    return licences_of(person, on)


def holds_valid(person, on: date | None = None) -> bool:
    """Does ``person`` hold a licence in force on ``on`` (default: today)?"""
    return any(view.is_valid for view in licences_of(person, on))


def what_a_licence_lacks(person, edition, on: date) -> str | None:
    """Why ``person`` may not start ``edition`` on ``on`` for want of a licence in force, as one sentence; else None."""
    views = licences_of(person, on)
    if any(view.is_valid for view in views):
        return None
    if not views:
        return _("This programme is for licence holders, and no licence is recorded for you. Ask the Council.")
    first = views[0]
    return _("This programme needs a licence in force. Your licence %(number)s is %(standing)s. Ask the Council.") % {
        "number": first.number,
        "standing": STANDINGS[first.standing],
    }


def person_with_licence(number: str, body: IssuingBody | None = None):
    """Whose licence has this number; None when nobody's, or when two bodies gave the number to different persons."""
    licences = Licence.objects.filter(number=number.strip()).select_related("person")
    if body is not None:
        licences = licences.filter(body=body)
    holders = {licence.person_id: licence.person for licence in licences}
    return next(iter(holders.values())) if len(holders) == 1 else None
