"""Marking: rows are added to the ledger, one statement per tap; a correction supersedes what was said before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from operator import attrgetter
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from courses.models import AttendanceMark, DayEquivalence, Enrolment, RosterEntry, Session
from courses.operations.attending.access import may_mark
from courses.operations.attending.rosters import freeze
from courses.rules import punctuality
from lms.kernel import clock, queue
from lms.kernel.many_rows import insert

LOCK_HOURS = 72  # after the end of a session marks are changed with a reason only
Value, Source = AttendanceMark.Value, AttendanceMark.Source
_VALUES = tuple(Value.values)
_WRITTEN = tuple(field.attname for field in AttendanceMark._meta.concrete_fields if not field.primary_key)
_columns_of = attrgetter(*_WRITTEN)


class MarkRefused(Exception):
    """A mark cannot be made; the message says why and what to do."""

    code = "refused"


class NotAllowed(MarkRefused):
    """Whoever marks is neither a trainer of the group nor in the office."""


class OwnAttendance(MarkRefused):
    """Nobody marks themselves."""


class Cancelled(MarkRefused):
    """The session was cancelled."""


class Ahead(MarkRefused):
    """The session is on a later day."""


class NotOnThisCourse(MarkRefused):
    """The registration belongs to another edition."""


class ReasonNeeded(MarkRefused):
    """The session is locked, or was over before the person enrolled."""

    code = "reason"


class MarkedMeanwhile(MarkRefused):
    """Somebody else has marked the same person since the page was loaded."""

    code = "conflict"


@dataclass(frozen=True, slots=True)
class Tap:
    """One statement about one registration. ``seen`` is the id of the mark the person who taps had before them:
    0 when there was none, None when it does not matter (an import).
    """

    enrolment_id: int
    value: str
    minutes_late: int = 0
    minutes_early: int = 0
    remark: str = ""
    client_id: UUID | None = None
    captured_at: datetime | None = None
    seen: int | None = None

    @property
    def said(self) -> tuple:
        return (self.value, self.minutes_late, self.minutes_early, self.remark)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a tap: saved, same (nothing to change), replayed (already here), conflict, reason or refused."""

    enrolment_id: int
    status: str
    mark: AttendanceMark | None = None
    message: str = ""
    client_id: UUID | None = None
    error: MarkRefused | None = field(default=None, compare=False)


def lock_moment(session) -> datetime:
    """From when on marks of ``session`` are changed with a reason only."""
    return session.ends_at + timedelta(hours=LOCK_HOURS)


def is_locked(session) -> bool:
    return clock.now() > lock_moment(session)


def mark(
    session,
    enrolment,
    value,
    *,
    by,
    minutes_late=0,
    minutes_early=0,
    remark="",
    client_id=None,
    captured_at=None,
    seen=None,
    source=Source.ROLL_CALL,
    reason="",
) -> AttendanceMark:
    """Say ``value`` about ``enrolment`` in ``session``. The mark that holds now is returned; saying the same again
    or replaying the same ``client_id`` adds nothing. Raises a MarkRefused.
    """
    tap = Tap(
        enrolment_id=enrolment.pk,
        value=value,
        minutes_late=minutes_late,
        minutes_early=minutes_early,
        remark=remark,
        client_id=client_id,
        captured_at=captured_at,
        seen=seen,
    )
    (outcome,) = mark_many(session, [tap], by=by, source=source, reason=reason)
    assert outcome.mark is not None  # noqa: S101 - mark_many raises when there is none
    return outcome.mark


@transaction.atomic
def mark_many(
    session, marks: Iterable[Tap], *, by, source=Source.ROLL_CALL, reason="", recorded_at: datetime | None = None
) -> list[Outcome]:
    """Say all of ``marks`` or none of them. Raises the first MarkRefused. Opens the sheet when it is not open yet.

    ``by`` None is the system, which needs no reason; only then may ``recorded_at`` be told.
    """
    outcomes = _record(session, list(marks), by=by, source=source, reason=reason, recorded_at=recorded_at)
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error
    return outcomes


@transaction.atomic
def take(session, marks: Iterable[Tap], *, by, reason="") -> list[Outcome]:
    """Say what of ``marks`` can be said, each for itself, and tell what became of each: for the phone's queue."""
    return _record(session, list(marks), by=by, source=Source.ROLL_CALL, reason=reason)


@transaction.atomic
def undo(mark: AttendanceMark, *, by, reason="") -> AttendanceMark:
    """Say again what was said before ``mark``. Raises MarkedMeanwhile when ``mark`` no longer holds."""
    before = mark.supersedes
    tap = Tap(
        enrolment_id=mark.enrolment_id,
        value=before.value if before else Value.UNMARKED,
        minutes_late=before.minutes_late if before else 0,
        minutes_early=before.minutes_early if before else 0,
        remark=before.remark if before else "",
        seen=mark.pk,
    )
    (outcome,) = mark_many(mark.session, [tap], by=by, reason=reason)
    assert outcome.mark is not None  # noqa: S101 - mark_many raises when there is none
    return outcome.mark


def _record(session, taps: Sequence[Tap], *, by, source, reason, recorded_at=None) -> list[Outcome]:
    # Two people marking the same sheet wait for each other here; the constraints of the ledger hold regardless.
    session = Session.objects.select_for_update(of=("self",)).select_related("group", "day").get(pk=session.pk)
    _refuse_session(session, by)
    on_sheet = freeze(session, by=by)
    wanted = {tap.enrolment_id for tap in taps}
    # A whole sheet is asked for by the sheet, a few taps by their registrations.
    is_whole = wanted == on_sheet
    known = {
        row["pk"]: row
        for row in Enrolment.objects.filter(**{"roster_entries__session": session} if is_whole else {"pk__in": wanted})
        .order_by()
        .values("pk", "edition_id", "enrolled_at", "person__user_id", "person__given_name", "person__surname")
    }
    marks = AttendanceMark.objects.current().filter(session=session).order_by()
    current = {mark.enrolment_id: mark for mark in (marks if is_whole else marks.filter(enrolment__in=wanted))}
    clients = [tap.client_id for tap in taps if tap.client_id]
    replayed = (
        {mark.client_id: mark for mark in AttendanceMark.objects.filter(client_id__in=clients)} if clients else {}
    )
    editions = _editions_of(session, known.values())
    moment = recorded_at if by is None and recorded_at else clock.now()
    is_amended = by is not None and source == Source.ROLL_CALL and is_locked(session)
    outcomes: list[Outcome] = []
    new: list[AttendanceMark] = []
    marked: list[int] = []
    answered: dict[int, AttendanceMark] = {}  # what this very batch said last; its sender knows it
    for tap in taps:
        before = current.get(tap.enrolment_id)
        earlier = replayed.get(tap.client_id) if tap.client_id else None
        if earlier is not None and (earlier.session_id, earlier.enrolment_id) == (session.pk, tap.enrolment_id):
            answered[tap.enrolment_id] = earlier
            outcomes.append(Outcome(tap.enrolment_id, "replayed", earlier, client_id=tap.client_id))
            continue
        if earlier is not None:
            # Of another sheet or person: what stands there is not told.
            refused = NotOnThisCourse(_("This tap was counted for somebody else already. Load the page again."))
            outcomes.append(Outcome(tap.enrolment_id, refused.code, before, str(refused), tap.client_id, refused))
            continue
        if before is not None and before == answered.get(tap.enrolment_id):
            tap = replace(tap, seen=None)
        try:
            _refuse_tap(
                session, tap, known.get(tap.enrolment_id), before, editions, by=by, reason=reason, source=source
            )
        except MarkRefused as error:
            outcomes.append(Outcome(tap.enrolment_id, error.code, before, str(error), tap.client_id, error))
            continue
        if (before is None and tap.value == Value.UNMARKED) or (before and _said(before) == tap.said):
            outcomes.append(Outcome(tap.enrolment_id, "same", before, client_id=tap.client_id))
            continue
        row = AttendanceMark(
            session_id=session.pk,
            enrolment_id=tap.enrolment_id,
            value=tap.value,
            minutes_late=tap.minutes_late,
            minutes_early=tap.minutes_early,
            remark=tap.remark,
            source=Source.AMENDMENT if is_amended else source,
            policy_version=punctuality.CURRENT.version,
            recorded_at=moment,
            recorded_by_id=by.pk if by is not None else None,
            captured_at=tap.captured_at,
            client_id=tap.client_id,
            reason=reason,
        )
        if before is not None and before.pk is None:
            # The same person twice in one batch: the rows must be written one after the other.
            _write(new)
            new = []
        if before is not None:
            row.supersedes = before
        new.append(row)
        marked.append(tap.enrolment_id)
        current[tap.enrolment_id] = answered[tap.enrolment_id] = row
        if tap.client_id:
            replayed[tap.client_id] = row
        outcomes.append(Outcome(tap.enrolment_id, "saved", row, client_id=tap.client_id))
    _write(new)
    _put_on_sheet(session, marked, on_sheet)
    if marked:
        # One task for the whole sheet: whoever has everything now is completed.
        queue.enqueue("courses.tasks.consider", list(dict.fromkeys(marked)), group="completing")
    return outcomes


def _said(mark: AttendanceMark) -> tuple:
    return (mark.value, mark.minutes_late, mark.minutes_early, mark.remark)


def _write(rows):
    try:
        with transaction.atomic():
            keys = insert(AttendanceMark, _WRITTEN, [_columns_of(row) for row in rows])
    except IntegrityError:
        raise MarkedMeanwhile(
            _("Somebody else has just marked the same people. Load the page again and look before you mark.")
        ) from None
    for row, key in zip(rows, keys, strict=True):
        row.pk = key
        row._state.adding = False


def _put_on_sheet(session, enrolment_ids, on_sheet):
    """Whoever is marked stands on the sheet from then on; ``on_sheet`` are those who do already."""
    missing = list(dict.fromkeys(pk for pk in enrolment_ids if pk not in on_sheet))
    if not missing:
        return
    last = RosterEntry.objects.filter(session=session).aggregate(last=Max("position"))["last"] or 0
    RosterEntry.objects.bulk_create(
        RosterEntry(session=session, enrolment_id=pk, position=position, added_late=True)
        for position, pk in enumerate(missing, last + 1)
    )


def _refuse_session(session, by):
    if by is not None and not may_mark(by, session):
        raise NotAllowed(_("Only the trainers of this group and the office take its attendance."))
    if session.cancelled_at is not None:
        raise Cancelled(_("This session was cancelled, so nobody can be marked in it."))
    if by is not None and clock.local_day(zone=session.zone) < session.on:
        raise Ahead(
            _("This session is on %(date)s. Its roll call opens that morning.") % {"date": f"{session.on:%d.%m.%Y}"}
        )


def _refuse_tap(session, tap, registration, before, editions, *, by, reason, source):
    if tap.value not in _VALUES:
        raise MarkRefused(
            _("“%(value)s” is not a mark. Use one of: %(values)s.") % {"value": tap.value, "values": ", ".join(_VALUES)}
        )
    if registration is None or registration["edition_id"] not in editions:
        raise NotOnThisCourse(_("This person is not registered for this programme. Enrol them first."))
    name = f"{registration['person__given_name']} {registration['person__surname']}".strip()
    if by is None:
        return
    if registration["person__user_id"] == by.pk:
        raise OwnAttendance(
            _("You cannot mark yourself. Ask the other trainer or an organiser to mark %(name)s.") % {"name": name}
        )
    if tap.seen is not None and tap.seen != (before.pk if before else 0) and _differs(before, tap):
        said = str(before.get_value_display()) if before else str(Value.UNMARKED.label)
        raise MarkedMeanwhile(
            _("%(name)s was marked “%(mark)s” by somebody else in the meantime. Look and mark again if it is wrong.")
            % {"name": name, "mark": said}
        )
    if reason or source == Source.IMPORT or not _differs(before, tap):
        return
    if is_locked(session):
        raise ReasonNeeded(
            _("The sheet was locked %(hours)d hours after the session. Give a reason to change it.")
            % {"hours": LOCK_HOURS}
        )
    if registration["enrolled_at"] > session.ends_at:
        raise ReasonNeeded(
            _("%(name)s was enrolled after this session had ended. Give a reason to mark them.") % {"name": name}
        )


def _editions_of(session, registrations) -> set[int]:
    """The editions whose people the session is for: its own, and those with a day that it is equivalent to."""
    editions = {session.day.edition_id}
    if any(row["edition_id"] not in editions for row in registrations):
        editions.update(
            DayEquivalence.objects.filter(day=session.day_id).values_list("counts_as__edition_id", flat=True)
        )
    return editions


def _differs(before, tap) -> bool:
    if before is None:
        return tap.value != Value.UNMARKED
    return _said(before) != tap.said
