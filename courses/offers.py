"""What the catalogue shows besides pages: groups with their dates and free seats, and when any of it changed."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Max, Min, OuterRef, Subquery
from django.db.models.functions import Coalesce

from courses.models import Enrolment, Group, Session
from courses.rules import seats
from lms.kernel import clock
from lms.pages.remembering import state as watched
from lms.pages.remembering import watch

# Every enrolment, move and withdrawal adds a row to the ledger, so that its last number tells whether seats changed.
watch(
    "delivery",
    "(SELECT max(id) FROM courses_edition)",
    "(SELECT max(id) FROM courses_enrolmentevent)",
    "(SELECT max(id) FROM courses_round)",
    "(SELECT sum(capacity) FROM courses_group)",
    "(SELECT max(id) FROM courses_session)",
    "(SELECT count(cancelled_at) FROM courses_session)",
)


def state(request=None) -> Hashable:
    """A value that differs after every change of editions, rounds, groups, sessions or enrolments."""
    return watched(request, "delivery")


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """A group one may still join or attend: where, when and how many seats. Remembered: what changes is another one."""

    group_id: int
    code: str
    round_code: str
    programme_code: str
    edition_id: int
    municipality_key: str
    place: dict  # by language
    language: str
    starts_on: date
    ends_on: date
    capacity: int
    seats_free: int
    closes_on: date | None
    is_closed: bool  # enrolment has closed

    @property
    def is_full(self) -> bool:
        return self.seats_free == 0


def offers(programme_codes=None, *, edition_ids=None) -> list[Offer]:
    """Groups whose training has not begun, the soonest first. One query."""
    today = clock.local_day()
    taken = Enrolment.objects.active().filter(group=OuterRef("pk")).order_by()
    sessions = Session.objects.taking_place().filter(group=OuterRef("pk")).order_by()
    groups = (
        Group.objects.select_related("round__edition", "municipality")
        .annotate(
            first_on=Subquery(sessions.values("group").annotate(day=Min("on")).values("day")),
            last_on=Subquery(sessions.values("group").annotate(day=Max("on")).values("day")),
            taken=Coalesce(Subquery(taken.values("group").annotate(count=Count("pk")).values("count")), 0),
        )
        .filter(first_on__gte=today)
        .order_by("first_on", "round__code", "code")
    )
    if programme_codes is not None:
        groups = groups.filter(round__edition__programme_code__in=programme_codes)
    if edition_ids is not None:
        groups = groups.filter(round__edition__in=edition_ids)
    return [
        Offer(
            group_id=group.pk,
            code=group.code,
            round_code=group.round.code,
            programme_code=group.round.edition.programme_code,
            edition_id=group.round.edition_id,
            municipality_key=group.municipality.key,
            place=group.municipality.names,
            language=group.language,
            starts_on=group.first_on,
            ends_on=group.last_on,
            capacity=group.capacity,
            seats_free=seats.free(group.capacity, group.taken),
            closes_on=group.round.enrolment_closes_on,
            is_closed=bool(group.round.enrolment_closes_on and group.round.enrolment_closes_on < today),
        )
        for group in groups
    ]
