"""Scheduling: half-day sessions in a group at wall time, what replaces what, and who is asked to be in two places."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from courses.models import AttendanceMark, Enrolment, EnrolmentEvent, Group, GroupTrainer, RosterEntry, Session
from lms.kernel import clock

MORNING = (time(9), time(12))
AFTERNOON = (time(13), time(16))
YEARS = range(2000, 2101)  # another year is a slip of the keyboard


class SchedulingError(Exception):
    """A session cannot be planned so; the message says why and what to do."""


class AlreadyPlanned(SchedulingError):
    """The group has a session for this half of this day."""


class WrongTimes(SchedulingError):
    """The times do not exist on that day, or the end is not after the start."""


class Overlapping(SchedulingError):
    """The group has another session at this time."""


class HasMarks(SchedulingError):
    """People are marked in the session already."""


class AlreadyCancelled(SchedulingError):
    """The session was cancelled before."""


@dataclass(frozen=True, slots=True)
class Clash:
    """One trainer in two groups at overlapping times."""

    person_id: int
    trainer: str
    first: Session
    second: Session


@dataclass(frozen=True, slots=True)
class CalledOff:
    """A cancelled half-day that somebody may still have in their calendar."""

    session_id: int
    code: str  # REF-2026-1/G3/D4/AM
    programme: str
    title: str
    on: date
    starts: time
    ends: time
    zone: str
    venue: str
    address: str
    municipality: str
    sequence: int  # higher than it ever was while the session was planned


@transaction.atomic
def plan_session(group, day, half, on: date, venue, *, starts: time, ends: time, by, replaces=None) -> Session:
    """One half of ``day`` for ``group``, at the venue's wall time. Raises a SchedulingError."""
    if day.edition_id != group.round.edition_id:
        raise SchedulingError(
            _("Day %(day)s belongs to another edition than round %(round)s. Choose a day of the round's edition.")
            % {"day": day.code, "round": group.round.code}
        )
    session = Session(
        group=group,
        day=day,
        half=half,
        venue=venue,
        on=on,
        starts=starts,
        ends=ends,
        zone=venue.zone,
        replaces=replaces,
    )
    _save(session)
    return session


@transaction.atomic
def plan_workshop(
    group, day, on: date, venue, *, by, am: tuple[time, time] = MORNING, pm: tuple[time, time] = AFTERNOON
) -> tuple[Session, Session]:
    """Both halves of one training ``day`` for ``group``. Raises a SchedulingError and plans neither."""
    if pm[0] < am[1]:
        # Whoever is present at both would be marked in two places at once, so that neither counts.
        raise WrongTimes(
            _("The afternoon would begin at %(starts)s, before the morning ends at %(ends)s. Correct the times.")
            % {"starts": f"{pm[0]:%H:%M}", "ends": f"{am[1]:%H:%M}"}
        )
    return (
        plan_session(group, day, Session.Half.AM, on=on, venue=venue, starts=am[0], ends=am[1], by=by),
        plan_session(group, day, Session.Half.PM, on=on, venue=venue, starts=pm[0], ends=pm[1], by=by),
    )


@transaction.atomic
def plan_series(
    group, days: Iterable, *, first_on: date, every_days: int = 1, venue, by, am=MORNING, pm=AFTERNOON
) -> list[Session]:
    """One training day after the other, ``every_days`` apart (7: weekly). The wall time stays across a clock change."""
    sessions: list[Session] = []
    for number, day in enumerate(days):
        on = first_on + timedelta(days=every_days * number)
        sessions += plan_workshop(group, day, on=on, venue=venue, by=by, am=am, pm=pm)
    return sessions


@transaction.atomic
def move(session, *, by, on: date | None = None, starts: time | None = None, ends: time | None = None, venue=None):
    """Change date, times or venue. Raises HasMarks when somebody is marked: cancel and replace it then."""
    session = Session.objects.select_for_update(of=("self",)).select_related("group", "venue").get(pk=session.pk)
    _refuse_cancelled(session)
    moves_in_time = (on or session.on, starts or session.starts, ends or session.ends) != (
        session.on,
        session.starts,
        session.ends,
    )
    if moves_in_time and AttendanceMark.objects.filter(session=session).exists():
        raise HasMarks(
            _("People are already marked in %(session)s, so its time stays. Cancel it and plan one that replaces it.")
            % {"session": session.code}
        )
    if moves_in_time or (venue and venue != session.venue):
        session.sequence += 1
    session.on = on or session.on
    session.starts = starts or session.starts
    session.ends = ends or session.ends
    session.venue = venue or session.venue
    session.zone = session.venue.zone
    _save(session)
    return session


@transaction.atomic
def cancel(session, *, by, reason: str) -> Session:
    """Call ``session`` off. Marks taken in it stay to be seen and count for nothing."""
    session = Session.objects.select_for_update(of=("self",)).select_related("group__round", "day").get(pk=session.pk)
    _refuse_cancelled(session)
    session.cancelled_at = clock.now()
    session.cancelled_by = by
    session.cancelled_because = reason
    session.sequence += 1  # a calendar believes the news with the higher number only
    session.save(update_fields=["cancelled_at", "cancelled_by", "cancelled_because", "sequence"])
    return session


@transaction.atomic
def replace(session, *, by, reason: str, on: date, starts: time, ends: time, venue=None) -> Session:
    """Call ``session`` off and plan the one that stands for it. Raises a SchedulingError and does neither."""
    cancelled = session if session.cancelled_at else cancel(session, by=by, reason=reason)
    return plan_session(
        cancelled.group,
        cancelled.day,
        cancelled.half,
        on=on,
        venue=venue or session.venue,
        starts=starts,
        ends=ends,
        by=by,
        replaces=cancelled,
    )


def called_off(person) -> list[CalledOff]:
    """What ``person`` may still have in the calendar and will not attend: three queries.

    Cancelled sessions ahead, of the own groups and make-ups, and everything ahead of groups that the person has left.
    """
    mine = Enrolment.objects.active().filter(person=person)
    own = set(mine.filter(group__isnull=False).values_list("group", flat=True))
    changes = changes_of_group(person)
    left = changes.keys() - own
    guest_at = RosterEntry.objects.filter(enrolment__in=mine, added_late=True).values("session")
    sessions = (
        Session.objects.filter(ends_at__gt=clock.now())
        .filter(
            Q(cancelled_at__isnull=False) & (Q(group__in=own) | Q(pk__in=guest_at))
            | Q(group__in=left) & ~Q(pk__in=guest_at)
        )
        .select_related("group__round", "day__edition", "venue__municipality")
        .order_by("starts_at", "pk")
    )
    return [
        CalledOff(
            session_id=session.pk,
            code=session.code,
            programme=session.day.edition.title,
            title=session.title,
            on=session.on,
            starts=session.starts,
            ends=session.ends,
            zone=session.zone,
            venue=session.venue.name,
            address=session.venue.address,
            municipality=session.venue.municipality.name,
            sequence=session.sequence + changes.get(session.group_id, 0),
        )
        for session in sessions
    ]


def changes_of_group(person) -> dict[int, int]:
    """By each group that ``person`` ever belonged to: how often they left it or came back. One query.

    Added to the number of a session in the person's calendar, so that leaving and coming back are both believed.
    """
    changes: dict[int, int] = {}
    belongs_to: dict[int, int | None] = {}
    events = EnrolmentEvent.objects.filter(enrolment__person=person).order_by("at", "pk")
    for enrolment, kind, group in events.values_list("enrolment", "kind", "group"):
        before = belongs_to.get(enrolment)
        if before is not None:
            changes[before] += 1
        belongs_to[enrolment] = group if kind in (EnrolmentEvent.Kind.ENROLLED, EnrolmentEvent.Kind.MOVED) else None
        if belongs_to[enrolment] is not None:
            changes[group] = changes.get(group, -1) + 1
    return changes


def clashes_of(persons: Iterable | None = None) -> list[Clash]:
    """Trainers (of ``persons``, default: all) with overlapping sessions of two groups that are still ahead. Two queries."""
    trainers = GroupTrainer.objects.select_related("person")
    if persons is not None:
        trainers = trainers.filter(person__in=persons)
    groups: dict[int, list] = defaultdict(list)
    for trainer in trainers:
        groups[trainer.group_id].append(trainer.person)
    busy: dict[int, list[Session]] = defaultdict(list)
    names = {}
    sessions = (
        Session.objects.taking_place()
        .filter(group__in=groups, ends_at__gt=clock.now())
        .select_related("group__round", "day", "venue")
        .order_by("starts_at", "pk")
    )
    for session in sessions:
        for person in groups[session.group_id]:
            names[person.pk] = person.full_name
            busy[person.pk].append(session)
    clashes = []
    for person_id, held in busy.items():
        for position, first in enumerate(held):
            for second in held[position + 1 :]:
                if second.starts_at >= first.ends_at:
                    break
                if second.group_id != first.group_id:
                    clashes.append(Clash(person_id, names[person_id], first, second))
    return clashes


def _refuse_cancelled(session):
    if session.cancelled_at is not None:
        raise AlreadyCancelled(
            _("This session was cancelled on %(date)s.")
            % {"date": f"{clock.local_day(session.cancelled_at, session.zone):%d.%m.%Y}"}
        )


def _save(session):
    if session.on.year not in YEARS:
        raise WrongTimes(
            _("%(date)s cannot be right. Give a day between %(first)d and %(last)d.")
            % {"date": f"{session.on:%d.%m.%Y}", "first": YEARS[0], "last": YEARS[-1]}
        )
    try:
        session.set_moments()
    except clock.NoSuchTime as error:
        raise WrongTimes(str(error)) from None
    if session.ends_at <= session.starts_at:
        raise WrongTimes(
            _("The session would end at %(ends)s, not after its start at %(starts)s. Give a later end.")
            % {"starts": f"{session.starts:%H:%M}", "ends": f"{session.ends:%H:%M}"}
        )
    _refuse_overlapping(session)
    try:
        with transaction.atomic():
            session.save()
    except IntegrityError:
        raise AlreadyPlanned(
            _("%(session)s is planned already. Move that session, or cancel it and plan one that replaces it.")
            % {"session": session.code}
        ) from None


def _refuse_overlapping(session):
    # Two people planning for one group at once wait for each other, so that the second sees what the first has planned.
    Group.objects.select_for_update(no_key=True).get(pk=session.group_id)
    other = (
        Session.objects.taking_place()
        .filter(group=session.group_id, starts_at__lt=session.ends_at, ends_at__gt=session.starts_at)
        .exclude(pk=session.pk)
        .exclude(day=session.day_id, half=session.half)  # the constraint refuses that one, in its own words
        .select_related("group__round", "day")
        .order_by("starts_at", "pk")
        .first()
    )
    if other is not None:
        # Nobody can be in both, and marks in two places at once count for neither.
        raise Overlapping(
            _(
                "The group has %(session)s on %(date)s from %(starts)s to %(ends)s already. "
                "Choose another time, or move that session first."
            )
            % {
                "session": other.code,
                "date": f"{other.on:%d.%m.%Y}",
                "starts": f"{other.starts:%H:%M}",
                "ends": f"{other.ends:%H:%M}",
            }
        )
