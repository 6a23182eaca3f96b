"""Enrolling: giving places, moving, withdrawing and registering again. Every change is a row of the ledger."""

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses import prerequisites
from courses.models import Completion, Enrolment, EnrolmentEvent, Group
from courses.rules import seats
from lms.kernel import clock
from lms.people.models import Person

log = logging.getLogger(__name__)

_CHUNK = 1000  # rows per statement; SQLite allows 32766 values in one

# The order of locks, everywhere: groups by their keys, then the enrolment. Whoever held an enrolment and waited for a
# group would meet somebody who moves: that one holds the group and waits for the enrolment.


class EnrolmentRefused(Exception):
    """The enrolment is not possible as asked. The message says why and what to do."""


class GroupFull(EnrolmentRefused):
    pass


class AlreadyEnrolled(EnrolmentRefused):
    pass


class NotOpen(EnrolmentRefused):
    pass


class EnrolmentClosed(EnrolmentRefused):
    pass


class PrerequisiteMissing(EnrolmentRefused):
    pass


class WrongGroup(EnrolmentRefused):
    """The group belongs to another edition, or a group is needed and none was chosen."""


class AlreadyCompleted(EnrolmentRefused):
    pass


class NotCompleted(EnrolmentRefused):
    pass


@dataclass(frozen=True)
class Newcomer:
    """One line of a list: a person (not yet saved when new) and the group they join, if any."""

    person: Person
    group: Group | None = None


@dataclass(frozen=True)
class Enrolled:
    """What ``enrol_many`` did: how many persons were entered, enrolled (and who), and already there."""

    persons: int
    enrolled: int
    already: int
    who: frozenset[int]  # persons' keys


@transaction.atomic
def enrol(person, edition, *, group=None, by, source=Enrolment.Source.ORGANISER) -> Enrolment:
    """Give ``person`` a place in ``edition``, in ``group`` where it has groups.

    A person enrolling themselves (source ``self``) needs an open programme, an open round and, where there are training
    days, a group. Raises a kind of EnrolmentRefused.
    """
    is_self = source == Enrolment.Source.SELF
    if is_self and not edition.is_open:
        raise NotOpen(_("This programme is not open to everybody. Ask the organiser to enrol you."))
    if group is not None:
        group = _locked(group)
        if group.round.edition_id != edition.pk:
            raise WrongGroup(
                _("Group %(group)s belongs to another programme. Choose a group of this one.") % {"group": group}
            )
        if is_self:
            _refuse_late(group)
    elif is_self and edition.days.exists():
        raise WrongGroup(_("This programme has training days. Choose the group and place where you will attend."))
    if Enrolment.objects.active().filter(person=person, programme_code=edition.programme_code).exists():
        raise _already(person, edition)
    lacking = prerequisites.missing(person, edition, clock.local_day())
    if lacking:
        raise PrerequisiteMissing(" ".join(lacking))
    if group is not None:
        _refuse_full(group)
    try:
        with transaction.atomic():  # a savepoint, so that losing the race leaves the caller's transaction usable
            enrolment = Enrolment.objects.create(
                person=person, edition=edition, group=group, source=source, enrolled_at=clock.now()
            )
    except IntegrityError:
        raise _already(person, edition)
    _write(enrolment, EnrolmentEvent.Kind.ENROLLED, group=group, by=by, at=enrolment.enrolled_at)
    log.info("Enrolled person %s for edition %s in group %s", person.pk, edition.pk, group and group.pk)
    return enrolment


@transaction.atomic
def withdraw(enrolment, *, by, reason="") -> Enrolment:
    """End ``enrolment`` without completing it. Everything recorded for it stays. Safe to repeat.

    Raises AlreadyCompleted: what was earned is not withdrawn from.
    """
    enrolment = Enrolment.objects.select_for_update(of=("self",)).select_related("edition").get(pk=enrolment.pk)
    if enrolment.ended_at:
        return enrolment
    if Completion.objects.filter(enrolment=enrolment).exists():
        raise AlreadyCompleted(_("This programme is completed. There is nothing to withdraw from."))
    _end(enrolment, EnrolmentEvent.Kind.WITHDRAWN, by=by, reason=reason)
    return enrolment


@transaction.atomic
def move(enrolment, group, *, by, reason="") -> Enrolment:
    """Move an active ``enrolment`` to another ``group`` of the same edition. Safe to repeat.

    The closing day of the round binds the person themself, not an organiser. Raises a kind of EnrolmentRefused.
    """
    group = _locked(group)
    enrolment = (
        Enrolment.objects.select_for_update(of=("self",)).select_related("person", "edition").get(pk=enrolment.pk)
    )
    if enrolment.group_id == group.pk:
        return enrolment
    if enrolment.ended_at:
        raise EnrolmentClosed(_("This enrolment has ended. Enrol anew to join a group."))
    if Completion.objects.filter(enrolment=enrolment).exists():
        # They would take a place that somebody else needs.
        raise AlreadyCompleted(_("This programme is completed, so its group stays."))
    if group.round.edition_id != enrolment.edition_id:
        raise WrongGroup(
            _("Group %(group)s belongs to another programme. Choose a group of this one.") % {"group": group}
        )
    if by is not None and by.pk == enrolment.person.user_id:
        _refuse_late(group)
    _refuse_full(group)
    enrolment.group = group
    enrolment.save(update_fields=["group"])
    _write(enrolment, EnrolmentEvent.Kind.MOVED, group=group, by=by, reason=reason)
    return enrolment


@transaction.atomic
def enrol_again(enrolment, edition, *, group=None, by, source=Enrolment.Source.ORGANISER) -> Enrolment:
    """Close a completed ``enrolment`` and make a new registration for ``edition`` that starts clean.

    Nothing of the old one is deleted. Raises NotCompleted, or whatever ``enrol`` raises.
    """
    if group is not None:
        group = _locked(group)
    old = Enrolment.objects.select_for_update(of=("self",)).select_related("edition", "person").get(pk=enrolment.pk)
    if not Completion.objects.filter(enrolment=old).exists():
        raise NotCompleted(_("The running enrolment is not completed yet. Complete it, or withdraw from it first."))
    if not old.ended_at:
        _end(old, EnrolmentEvent.Kind.CLOSED, by=by)
    return enrol(old.person, edition, group=group, by=by, source=source)


@transaction.atomic
def enrol_many(newcomers: Iterable[Newcomer], edition, *, by, source=Enrolment.Source.IMPORT) -> Enrolled:
    """Enrol a whole list for ``edition``, entering persons that are new. All of it or nothing; safe to repeat.

    Persons who are enrolled already stay where they are and are counted, not moved. Prerequisites are not asked:
    a list is an organiser's decision. Raises GroupFull or WrongGroup that names the group.
    """
    newcomers = list(newcomers)
    groups = _locked_all({each.group.pk for each in newcomers if each.group}, edition)
    new = [each.person for each in newcomers if each.person.pk is None]
    for person in new:
        person.normalise()
    Person.objects.bulk_create(new, batch_size=_CHUNK)
    enrolled_already = set(
        Enrolment.objects.active().filter(programme_code=edition.programme_code).values_list("person_id", flat=True)
    )
    chosen: dict[int, Newcomer] = {}
    for each in newcomers:
        if each.person.pk not in enrolled_already:
            chosen.setdefault(each.person.pk, each)
    for pk, count in Counter(each.group.pk for each in chosen.values() if each.group).items():
        _refuse_full(groups[pk], count)
    at = clock.now()
    new_rows = [
        Enrolment(
            person=each.person,
            edition=edition,
            programme_code=edition.programme_code,
            group=each.group,
            source=source,
            enrolled_at=at,
        )
        for each in chosen.values()
    ]
    try:
        with transaction.atomic():
            rows = Enrolment.objects.bulk_create(new_rows, batch_size=_CHUNK)
    except IntegrityError:
        raise AlreadyEnrolled(
            _("Somebody on the list was enrolled elsewhere at this very moment. Nobody was enrolled; try again.")
        ) from None
    EnrolmentEvent.objects.bulk_create(
        [
            EnrolmentEvent(enrolment=row, kind=EnrolmentEvent.Kind.ENROLLED, group_id=row.group_id, at=at, by=by)
            for row in rows
        ],
        batch_size=_CHUNK,
    )
    log.info("Enrolled %s of %s people for edition %s", len(rows), len(newcomers), edition.pk)
    who = frozenset(row.person_id for row in rows)
    return Enrolled(persons=len(new), enrolled=len(rows), already=len(newcomers) - len(rows), who=who)


def _locked(group) -> Group:
    # The lock makes two people asking for the last place wait for each other. Its kind lets rows that only refer to the
    # group be written meanwhile: withdrawing holds an enrolment when it writes such a row.
    return Group.objects.select_for_update(of=("self",), no_key=True).select_related("round").get(pk=group.pk)


def _locked_all(pks, edition) -> dict[int, Group]:
    # In the order of their keys, so that two lists at once cannot wait for each other for ever.
    rows = Group.objects.select_for_update(of=("self",), no_key=True)
    locked = rows.select_related("round").filter(pk__in=pks).order_by("pk")
    groups = {group.pk: group for group in locked}
    for group in groups.values():
        if group.round.edition_id != edition.pk:
            raise WrongGroup(
                _("Group %(group)s belongs to another programme. Choose a group of this one.") % {"group": group}
            )
    return groups


def _refuse_late(group) -> None:
    closes_on = group.round.enrolment_closes_on
    if closes_on and clock.local_day() > closes_on:
        raise EnrolmentClosed(
            _("Enrolment for %(group)s closed on %(day)s. Ask the organiser whether a place can still be found.")
            % {"group": group, "day": closes_on.strftime("%d.%m.%Y")}
        )


def _refuse_full(group, newcomers: int = 1) -> None:
    taken = Enrolment.objects.active().filter(group=group).count()
    if seats.fits(group.capacity, taken, newcomers):
        return
    if newcomers == 1:
        raise GroupFull(
            ngettext(
                "All %(places)d place is taken in group %(group)s. Choose another group.",
                "All %(places)d places are taken in group %(group)s. Choose another group.",
                group.capacity,
            )
            % {"places": group.capacity, "group": group.code}
        )
    raise GroupFull(
        _("Group %(group)s has %(free)d free places, but %(wanted)d people are to join it. Nobody was enrolled.")
        % {"group": group.code, "free": seats.free(group.capacity, taken), "wanted": newcomers}
    )


def _already(person, edition) -> AlreadyEnrolled:
    return AlreadyEnrolled(
        _("%(person)s is enrolled in “%(programme)s” already.") % {"person": person, "programme": edition.title}
    )


def _end(enrolment, kind, *, by, reason="") -> None:
    enrolment.ended_at = clock.now()
    enrolment.save(update_fields=["ended_at"])
    _write(enrolment, kind, group=enrolment.group, by=by, at=enrolment.ended_at, reason=reason)


def _write(enrolment, kind, *, group, by, at=None, reason="") -> None:
    EnrolmentEvent.objects.create(
        enrolment=enrolment, kind=kind, group=group, by=by, at=at or clock.now(), reason=reason[:300]
    )
