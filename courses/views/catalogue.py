"""The catalogue and the page of a programme: what there is, for whom, when and where, and how one takes part."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from courses import offers as delivery
from courses.models import Edition, Enrolment, LessonPage
from courses.models.catalogue import (
    Audience,
    CatalogueIndexPage,
    Mode,
    ProgrammeModule,
    ProgrammePage,
    Topic,
    shown_with,
)
from courses.operations import learning
from courses.views.catalogue_rows import Badge, Coming, Row, accreditation_badge, coming_up_of, matching, rows_of
from lms.kernel import clock
from lms.kernel.languages import localized
from lms.kernel.prepared import Prepared, Slot
from lms.kernel.search_names import fold
from lms.pages.models.pages import home_sections
from lms.pages.navigation import Step
from lms.pages.remembering import remembered, state
from lms.people.models import User


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    checked: bool
    count: int  # programmes that have it


@dataclass(frozen=True, slots=True)
class Filter:
    name: str
    legend: str
    options: tuple[Option, ...]


# --- The list --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """What the catalogue shows for a search and ticked filters. Remembered: what changes is another one."""

    rows: list[Row]
    total: int
    words: str
    filters: list[Filter]
    chosen_count: int
    coming_up: list[Coming]


@shown_with(CatalogueIndexPage)
def catalogue(page, request) -> dict:
    """Context of the catalogue: rows that match the search and the ticked filters, and what is coming up."""
    words = request.GET.get("q", "").strip()[:100]
    ticked = tuple((name, frozenset(request.GET.getlist(name))) for name in ("audience", "mode", "topic", "place"))
    listing = _listing(rows_of(page, request), words, ticked, translation.get_language())
    return {"listing": listing, "all_url": "" if listing.rows else page.get_url(request)}


@lru_cache(maxsize=64)  # the same rows, words and ticks make the same list
def _listing(
    rows: tuple[Row, ...], words: str, ticked: tuple[tuple[str, frozenset[str]], ...], _language: str
) -> Listing:
    chosen = dict(ticked)
    found = [row for row in rows if _has(row, chosen)]
    return Listing(
        rows=matching(found, words) if words else found,
        total=len(rows),
        words=words,
        filters=_filters(rows, chosen),
        chosen_count=sum(len(values) for values in chosen.values()),
        coming_up=coming_up_of(rows),
    )


def _has(row: Row, chosen: dict[str, frozenset[str]], without: str = "") -> bool:
    """Has ``row`` one of the ticked values of every filter (but the filter ``without``)?"""
    return all(
        not wanted or name == without or wanted.intersection(_values(row, name)) for name, wanted in chosen.items()
    )


def _values(row: Row, name: str) -> Iterable[str]:
    match name:
        case "audience":
            return row.audiences
        case "mode":
            return (row.mode,)
        case "topic":
            return row.topics
    return {offer.municipality_key for offer in row.offers}


def _filters(rows: tuple[Row, ...], chosen: dict[str, frozenset[str]]) -> list[Filter]:
    places = {offer.municipality_key: localized(offer.place) for row in rows for offer in row.offers}
    choices = [
        ("audience", _("For whom"), [(value, str(label)) for value, label in Audience.choices]),
        ("mode", _("How"), [(value, str(label)) for value, label in Mode.choices]),
        ("topic", _("Topic"), [(value, str(label)) for value, label in Topic.choices]),
        ("place", _("Where"), sorted(places.items(), key=lambda place: fold(place[1]))),
    ]
    filters = []
    for name, legend, values in choices:
        counted = [row for row in rows if _has(row, chosen, without=name)]
        options = [
            Option(value, label, value in chosen[name], sum(value in _values(row, name) for row in counted))
            for value, label in values
            if value in chosen[name] or any(value in _values(row, name) for row in rows)
        ]
        filters.append(Filter(name, legend, tuple(options)))
    return [each for each in filters if each.options]


def coming_up(request) -> dict:
    """A section of the home page."""
    index = CatalogueIndexPage.objects.live().filter(locale__language_code=translation.get_language()).first()
    return {"coming_up": coming_up_of(rows_of(index, request)) if index else []}


home_sections.append(coming_up)


# --- One programme ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Day:
    code: str
    workshop: str
    title: str
    activities: str
    hours: Decimal


@dataclass(frozen=True, slots=True)
class Module:
    key: object
    code: str
    title: str
    summary: str
    hours: Decimal
    url: str
    lessons: int


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """What the page of a programme says to everybody on one day. Remembered: what changes is another description."""

    page: ProgrammePage
    accreditation: Badge
    mode_label: str
    audience_labels: list[str]
    trail: tuple[Step, ...]
    offers: tuple[delivery.Offer, ...]
    days: list[Day]
    outcomes: list[str]
    modules: list[Module]
    edition: Edition | None
    rule: list[str]


@shown_with(ProgrammePage)
def programme(page, request) -> dict:
    """Context of the page of a programme: its description, groups with seats, and what the reader can do next."""
    today = clock.local_day()
    pages, delivered = state(request), delivery.state(request)
    if getattr(request, "is_preview", False):
        described = _describe(page, request, today)  # a draft, which nobody else is to see
    else:
        described = remembered(
            ("programme", page.pk, translation.get_language(), today),
            (pages, delivered),
            lambda: _describe(page, request, today),
        )
    enrolment = _enrolment(request.user, page.code)
    return {
        "described": described,
        "enrolment": enrolment,
        "resume": learning.resume_point(enrolment) if enrolment and described.modules else None,
        "next_step": next_step(page, described.edition, described.offers, enrolment),
    }


def parent_url(page, request) -> str:
    """The address of the page above, from the page's own path, without asking."""
    url = page.get_url(request) or "/"
    return url.rstrip("/").rsplit("/", 1)[0] + "/"


class Mine(NamedTuple):
    """The reader's own enrolment, as far as the page of a programme speaks of it."""

    pk: int
    edition_id: int
    registration: UUID
    group_code: str | None
    places: dict | None  # of the group, by language
    completed_on: date | None


_active = Prepared(
    lambda: (
        Enrolment.objects.active()
        .filter(person__user__id=Slot(User, "id", "user"), programme_code=Slot(Enrolment, "programme_code"))
        .values_list(
            "pk", "edition_id", "registration", "group__code", "group__municipality__names", "completion__completed_on"
        )
    )
)


def _enrolment(user, code) -> Mine | None:
    rows = _active(user=user.pk, programme_code=code) if user.is_authenticated else ()
    return Mine(*rows[0]) if rows else None


def _describe(page, request, today) -> Described:
    edition = Edition.objects.filter(page_key=page.translation_key).order_by("-number").first()
    modules = []
    rows = ProgrammeModule.objects.filter(page=page).select_related("module").order_by("sort_order")
    for row in rows:
        shown = row.module.localized if row.module.locale_id != page.locale_id else row.module
        modules.append(
            Module(
                key=shown.translation_key,
                code=shown.code,
                title=shown.title,
                summary=shown.summary,
                hours=shown.hours,
                url=shown.get_url(request),
                lessons=LessonPage.objects.child_of(shown).live().count(),
            )
        )
    offers = remembered(("offers", today), delivery.state(request), delivery.offers)
    return Described(
        page=page,
        accreditation=accreditation_badge(page, today),
        mode_label=str(Mode(page.mode).label),
        audience_labels=[str(Audience(value).label) for value in page.audiences if value in Audience.values],
        trail=(Step(_("Trainings"), parent_url(page, request)),),
        offers=tuple(offer for offer in offers if offer.programme_code == page.code),
        days=[Day(day.code, day.workshop, day.title, day.activities, day.hours) for day in page.training_days.all()],
        outcomes=[outcome.text for outcome in page.outcomes.all()],
        modules=modules,
        edition=edition,
        rule=rule_in_words(edition) if edition else [],
    )


def rule_in_words(edition) -> list[str]:
    """What must be met, all of it, one sentence each (C5). Every number is said, nothing is implied."""
    days = {day.code: day for day in edition.days.all()}
    modules = {module.code: module for module in edition.modules.all()}
    assessments = {each.code: each for each in edition.assessments.all()}
    words = []
    needed = [days[code].title for code in edition.rule.get("days", ()) if code in days]
    if needed:
        words.append(
            ngettext(
                "The training day is attended, morning and afternoon; a missed day can be made up in another group.",
                "All %(count)d training days are attended, morning and afternoon; a missed day can be made up in "
                "another group.",
                len(needed),
            )
            % {"count": len(needed)}
        )
    needed = [modules[code].title for code in edition.rule.get("modules", ()) if code in modules]
    if needed:
        words.append(
            ngettext(
                "Every lesson of the module “%(title)s” is done.",
                "Every lesson of all %(count)d modules is done.",
                len(needed),
            )
            % {"count": len(needed), "title": needed[0]}
        )
    for code in edition.rule.get("assessments", ()):
        if code in assessments:
            words.append(
                _("The assessment “%(title)s” is passed with at least %(percent)s %%.")
                % {"title": assessments[code].title, "percent": f"{assessments[code].pass_mark.normalize():f}"}
            )
    for code in edition.rule.get("accreditation", ()):
        words.append(
            _("“%(title)s” is accredited on the day of each session and assessment that counts.")
            % {"title": modules[code].title if code in modules else edition.title}
        )
    return words


@dataclass(frozen=True, slots=True)
class NextStep:
    """The one thing the reader can do: a link, a form to enrol, or the reason why there is nothing to do."""

    kind: str  # resume, joined, done, enrol, choose, again, closed
    text: str = ""


def next_step(page, edition, offers, enrolment) -> NextStep:
    """What the primary button of a programme is for this reader."""
    if enrolment is not None:
        if enrolment.completed_on:
            return NextStep("done")
        return NextStep("resume" if edition and edition.rule.get("modules") else "joined")
    if edition is None:
        return NextStep("closed", _("This programme is being prepared and cannot be joined yet."))
    if not edition.is_open:
        return NextStep("closed", _("An organiser enrols the participants. Ask your employer or the organiser."))
    if not edition.rule.get("days"):
        return NextStep("enrol")
    joinable = [offer for offer in offers if not offer.is_closed and not offer.is_full]
    if joinable:
        return NextStep("choose")
    if not offers:
        return NextStep("closed", _("No dates are fixed yet. Look here again, or ask the organiser."))
    if all(offer.is_closed for offer in offers):
        return NextStep("closed", _("Enrolment has closed. Ask the organiser whether a place can still be found."))
    return NextStep("closed", pgettext("groups", "All groups are full. Ask the organiser to open another one."))
