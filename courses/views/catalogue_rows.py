"""The rows of the catalogue: every programme with its offers and how it stands, how it is found, what is coming up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.utils import translation
from django.utils.translation import gettext as _

from courses import offers as delivery
from courses.models.catalogue import Audience, Mode, ProgrammePage, Topic
from courses.rules.accreditation import Accreditation, standing
from lms.kernel import clock
from lms.kernel.languages import localized
from lms.kernel.search_names import fold, search_key
from lms.pages.remembering import remembered, state

_COMING_UP = 5  # groups named on the home page and beside the catalogue


@dataclass(frozen=True, slots=True)
class Badge:
    text: str
    kind: str


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One programme in the list. Remembered: what changes is another row."""

    url: str
    code: str
    title: str
    summary: str
    mode: str
    hours: Decimal
    audiences: tuple[str, ...]
    topics: tuple[str, ...]
    accreditation: Badge
    is_demo: bool
    is_open: bool
    key: str  # everything it is found by, folded
    offers: tuple[delivery.Offer, ...] = ()

    @property
    def mode_label(self) -> str:
        return str(Mode(self.mode).label)

    @property
    def audience_labels(self) -> list[str]:
        return [str(Audience(value).label) for value in self.audiences if value in Audience.values]

    @property
    def next(self) -> delivery.Offer | None:
        """The soonest group with a free seat; when there is none, the soonest."""
        joinable = (offer for offer in self.offers if not offer.is_closed and not offer.is_full)
        return next(joinable, self.offers[0] if self.offers else None)

    @property
    def other_dates(self) -> int:
        return max(len(self.offers) - 1, 0)


def accreditation_badge(page, on: date) -> Badge:
    """How the accreditation of a programme or module stands on the day, in words."""
    until = {"day": page.accredited_until and f"{page.accredited_until:%d.%m.%Y}"}
    since = {"day": page.accredited_from and f"{page.accredited_from:%d.%m.%Y}"}
    match standing(page.accreditation_status, page.accredited_from, page.accredited_until, on):
        case Accreditation.ACCREDITED:
            return Badge(_("Accredited until %(day)s") % until if page.accredited_until else _("Accredited"), "valid")
        case Accreditation.SUBMITTED:
            return Badge(_("Submitted for accreditation, not accredited yet"), "needs")
        case Accreditation.COMING:
            return Badge(_("Accredited from %(day)s") % since, "needs")
        case Accreditation.EXPIRED:
            return Badge(_("Accreditation expired on %(day)s") % until, "not-valid")
        case Accreditation.REFUSED:
            return Badge(_("Accreditation refused"), "not-valid")
        case Accreditation.WITHDRAWN:
            return Badge(_("Accreditation withdrawn"), "not-valid")
    return Badge(_("Not accredited"), "")


def rows_of(index, request=None) -> tuple[Row, ...]:
    """Every programme of the catalogue page ``index`` with its offers. Two statements when nothing has changed."""
    today = clock.local_day()
    key = (index.pk, translation.get_language(), today)
    pages, delivered = state(request), delivery.state(request)
    rows = remembered(("catalogue", *key), pages, lambda: _read_rows(index, request, today))
    offers = remembered(("offers", today), delivered, delivery.offers)
    return remembered(("catalogue with offers", *key), (pages, delivered), lambda: _with_offers(rows, offers))


def _with_offers(rows: list[Row], offers: list[delivery.Offer]) -> tuple[Row, ...]:
    by_code: dict[str, list[delivery.Offer]] = {}
    for offer in offers:
        by_code.setdefault(offer.programme_code, []).append(offer)
    return tuple(replace(row, offers=tuple(by_code.get(row.code, ()))) for row in rows)


def _read_rows(index, request, today) -> list[Row]:
    written: dict = {}  # what a programme is called in every language, so that any of them finds it
    everywhere = ProgrammePage.objects.live().prefetch_related("training_days")
    for page in everywhere:
        days = " ".join(day.title for day in page.training_days.all())
        written.setdefault(page.translation_key, []).append(f"{page.title} {page.summary} {days}")
    rows = []
    for page in ProgrammePage.objects.child_of(index).live().order_by("path"):
        labels = [str(Topic(value).label) for value in page.topics if value in Topic.values]
        labels += [str(Audience(value).label) for value in page.audiences if value in Audience.values]
        rows.append(
            Row(
                url=page.get_url(request),
                code=page.code,
                title=page.title,
                summary=page.summary,
                mode=page.mode,
                hours=page.hours,
                audiences=tuple(page.audiences),
                topics=tuple(page.topics),
                accreditation=accreditation_badge(page, today),
                is_demo=page.is_demo,
                is_open=page.is_open,
                key=search_key(page.code, *written.get(page.translation_key, ()), *labels),
            )
        )
    return rows


def matching(rows: Sequence[Row], words: str) -> list[Row]:
    """The rows that contain every word, whatever the script and the marks on the letters.

    Endings differ between Albanian and Serbian cases: where nothing has all the words, their beginnings are enough.
    """
    wanted = fold(words).split()
    exact = [row for row in rows if all(word in row.key for word in wanted)]
    if exact:
        return exact
    stems = [word[: max(4, len(word) - 2)] for word in wanted]
    return [row for row in rows if all(stem in row.key for stem in stems)]


class Coming(NamedTuple):
    """A group that begins soon, as the home page and the catalogue name it."""

    title: str
    url: str
    starts_on: date
    place: str
    seats_free: int


def coming_up_of(rows: Sequence[Row]) -> list[Coming]:
    """The next groups to begin."""
    found = [
        Coming(row.title, row.url, offer.starts_on, localized(offer.place), 0 if offer.is_closed else offer.seats_free)
        for row in rows
        for offer in row.offers
    ]
    return sorted(found, key=lambda each: each.starts_on)[:_COMING_UP]
