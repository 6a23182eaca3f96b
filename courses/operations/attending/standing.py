"""What lies ahead of a person and how the workshops stand: for the dashboard and the trainer."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Count, F, Q

from courses.covering import coverage_of
from courses.models import EditionDay, Enrolment, Group, RosterEntry, Session
from courses.rules.coverage import Coverage, DayState
from lms.kernel import clock


@dataclass(frozen=True, slots=True)
class UpcomingSession:
    """A half-day that the person is expected at."""

    session_id: int
    enrolment_id: int
    code: str  # REF-2026-1/G3/D4/AM
    programme: str
    title: str
    day_code: str
    half: str
    on: date
    starts: time
    ends: time
    zone: str
    starts_at: datetime
    ends_at: datetime
    venue: str
    address: str
    municipality: str
    is_make_up: bool
    sequence: int  # grows when time or place change
    replaces_code: str = ""
    group_id: int = 0


@dataclass(frozen=True, slots=True)
class MakeUp:
    """A day that another group still has ahead, with places left."""

    group_id: int
    group: str  # REF-2026-1/G5
    day_code: str
    on: date
    starts: time
    ends: time
    venue: str
    municipality: str
    free_places: int
    session_ids: tuple[int, ...]  # morning and afternoon


@dataclass(frozen=True, slots=True)
class DayStanding:
    code: str
    title: str
    state: str  # of DayState
    gaps: tuple[str, ...]  # halves that no countable mark covers
    make_ups: tuple[MakeUp, ...]


@dataclass(frozen=True, slots=True)
class WorkshopStanding:
    """How the training days of one registration stand: "4 of 6 days; day 4 missing"."""

    enrolment_id: int
    programme: str
    group: str
    covered: int
    required: int
    days: tuple[DayStanding, ...]
    coverage: Coverage

    @property
    def missing(self) -> tuple[DayStanding, ...]:
        """Days that are neither covered nor still ahead in the own group."""
        return tuple(day for day in self.days if day.state not in (DayState.COVERED, DayState.AHEAD))

    @property
    def is_complete(self) -> bool:
        return self.coverage.is_complete


_ALONG = ("group__round", "day__edition", "venue__municipality", "replaces__group__round", "replaces__day")


def upcoming(person, *, limit: int | None = None) -> list[UpcomingSession]:
    """The half-days ahead of ``person``, soonest first: those of the own groups and make-ups. Three queries."""
    enrolments = list(Enrolment.objects.active().filter(person=person).order_by("pk").values_list("pk", "group_id"))
    own = {group: pk for pk, group in enrolments if group is not None}
    guest_at = dict(
        RosterEntry.objects.filter(
            enrolment__in=[pk for pk, _group in enrolments], added_late=True, session__ends_at__gt=clock.now()
        ).values_list("session", "enrolment")
    )
    sessions = (
        Session.objects.taking_place()
        .filter(Q(group__in=own) | Q(pk__in=guest_at), ends_at__gt=clock.now())
        .select_related(*_ALONG)
        .order_by("starts_at", "pk")
    )
    return [
        UpcomingSession(
            session_id=session.pk,
            enrolment_id=own.get(session.group_id) or guest_at[session.pk],
            code=session.code,
            programme=session.day.edition.title,
            title=session.title,
            day_code=session.day.code,
            half=session.half,
            on=session.on,
            starts=session.starts,
            ends=session.ends,
            zone=session.zone,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            venue=session.venue.name,
            address=session.venue.address,
            municipality=session.venue.municipality.name,
            is_make_up=session.group_id not in own,
            sequence=session.sequence,
            replaces_code=session.replaces.code if session.replaces else "",
            group_id=session.group_id,
        )
        for session in sessions[:limit]
    ]


def workshop_standing(person) -> list[WorkshopStanding]:
    """How the training days of each of the person's active registrations stand, with make-ups for what is missing.

    Registrations without training days are left out. A constant number of queries.
    """
    enrolments = [
        enrolment
        for enrolment in Enrolment.objects.active()
        .filter(person=person)
        .select_related("edition", "group__round")
        .prefetch_related("edition__days")
        .order_by("-enrolled_at", "pk")
        if enrolment.edition.rule.get("days")
    ]
    return standings_of(enrolments)


def standings_of(enrolments: Iterable[Enrolment]) -> list[WorkshopStanding]:
    """The same for ``enrolments`` that were fetched with edition, its days, and group with round."""
    enrolments = list(enrolments)
    coverages = coverage_of(enrolments)
    wanted = {
        (enrolment.edition_id, day.code)
        for enrolment in enrolments
        for day in coverages[enrolment.pk].days
        if _needs_make_up(day.state)
    }
    make_ups = make_ups_for(wanted)
    return [_standing(enrolment, coverages[enrolment.pk], make_ups) for enrolment in enrolments]


def _needs_make_up(state: DayState) -> bool:
    return state not in (DayState.COVERED, DayState.AHEAD, DayState.PENDING)


def _standing(enrolment, coverage, make_ups) -> WorkshopStanding:
    titles = {day.code: day.title for day in enrolment.edition.days.all()}
    return WorkshopStanding(
        enrolment_id=enrolment.pk,
        programme=enrolment.edition.title,
        group=str(enrolment.group) if enrolment.group else "",
        covered=len(coverage.covered),
        required=len(coverage),
        days=tuple(
            DayStanding(
                code=day.code,
                title=titles.get(day.code, day.code),
                state=day.state.value,
                gaps=day.gaps,
                make_ups=tuple(
                    make_up
                    for make_up in make_ups.get((enrolment.edition_id, day.code), ())
                    if make_up.group_id != enrolment.group_id
                )
                if _needs_make_up(day.state)
                else (),
            )
            for day in coverage.days
        ),
        coverage=coverage,
    )


def make_ups_for(days: Iterable[tuple[int, str]]) -> dict[tuple[int, str], list[MakeUp]]:
    """Coming days with free places, by (edition id, day code), soonest first. Four queries for any number of days.

    A place is free while the group's members and the guests of that day together are fewer than its places.
    """
    days = set(days)
    if not days:
        return {}
    wanted = [
        pk
        for pk, edition, code in EditionDay.objects.filter(
            edition__in={edition for edition, _code in days}, code__in={code for _edition, code in days}
        ).values_list("pk", "edition_id", "code")
        if (edition, code) in days
    ]
    sessions = (
        Session.objects.taking_place()
        .filter(day__in=wanted, starts_at__gt=clock.now())
        .select_related("group__round", "day", "venue__municipality")
        .order_by("starts_at", "pk")
    )
    by_group: dict[tuple[int, int], list[Session]] = defaultdict(list)
    for session in sessions:
        by_group[session.group_id, session.day_id].append(session)
    members = dict(
        Group.objects.filter(pk__in={group for group, _day in by_group})
        .annotate(members=Count("enrolments", filter=Q(enrolments__ended_at__isnull=True)))
        .values_list("pk", "members")
    )
    guests = dict(
        RosterEntry.objects.filter(session__in=[each for held in by_group.values() for each in held])
        .exclude(enrolment__group=F("session__group"))
        .order_by()
        .values("session")
        .annotate(guests=Count("pk"))
        .values_list("session", "guests")
    )
    found: dict[tuple[int, str], list[MakeUp]] = defaultdict(list)
    for (group_id, _day), held in by_group.items():
        first, last = held[0], held[-1]
        taken = members.get(group_id, 0) + max(guests.get(session.pk, 0) for session in held)
        free = first.group.capacity - taken
        if free > 0:
            found[first.day.edition_id, first.day.code].append(
                MakeUp(
                    group_id=group_id,
                    group=str(first.group),
                    day_code=first.day.code,
                    on=first.on,
                    starts=first.starts,
                    ends=last.ends,
                    venue=first.venue.name,
                    municipality=first.venue.municipality.name,
                    free_places=free,
                    session_ids=tuple(session.pk for session in held),
                )
            )
    return found
