"""The lines of an attendance file: which session, which mark, how many minutes late or early. Faults are collected."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext as _

from courses.models import AttendanceMark, Session
from courses.rules import punctuality
from lms.kernel import clock
from lms.kernel.spreadsheets import Row

Value = AttendanceMark.Value
MARKS = (Value.PRESENT, Value.LATE, Value.LEFT_EARLY, Value.ABSENT, Value.EXCUSED)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one line; line 0 is the file as a whole."""

    line: int
    message: str

    def __str__(self) -> str:
        return (
            _("Line %(line)d: %(message)s") % {"line": self.line, "message": self.message}
            if self.line
            else self.message
        )


@dataclass(slots=True)
class Line:
    """A line on its way from text to a mark."""

    row: Row
    session: Session
    value: str
    minutes_late: int | None
    minutes_early: int | None
    person: "Identified | None" = None
    enrolment_id: int = 0


@dataclass(frozen=True, slots=True)
class Identified:
    pk: int
    reference: str
    user_id: int | None
    name: str
    forms: frozenset[tuple[str, str]] = field(default_factory=frozenset)  # folded given names and surnames


def parse(rows: list[Row], problems: list[Problem]) -> list[Line]:
    sessions, cancelled = _sessions({row.values["session"] for row in rows})
    lines = []
    for row in rows:
        code, mark = row.values["session"], row.values["mark"].strip().lower().replace(" ", "_")
        session = sessions.get(code)
        faults = []
        if session is None:
            faults.append(_why_no_session(code, cancelled))
        elif clock.local_day(zone=session.zone) < session.on:
            faults.append(
                _("the session %(session)s is on %(date)s, which is still ahead")
                % {"session": code, "date": f"{session.on:%d.%m.%Y}"}
            )
        if mark not in MARKS:
            faults.append(
                _("“%(mark)s” is not a mark; write one of %(marks)s")
                % {"mark": row.values["mark"], "marks": ", ".join(MARKS)}
            )
        late = early = None
        if session is not None and not faults:
            late, early = _minutes(row, session, mark, faults)
        problems += [Problem(row.line, fault) for fault in faults]
        if not faults and session is not None:
            lines.append(Line(row, session, mark, late, early))
    return lines


def _sessions(codes: Collection[str]) -> tuple[dict[str, Session], set[str]]:
    """The sessions that take place by their code, and the codes of those that were cancelled."""
    rounds = {code.rsplit("/", 3)[0] for code in codes if code.count("/") >= 3}
    found, cancelled = {}, set()
    sessions = Session.objects.filter(group__round__code__in=rounds).select_related("group__round", "day")
    for session in sessions:
        if session.cancelled_at is None:
            found[session.code] = session
        else:
            cancelled.add(session.code)
    return found, cancelled - found.keys()


def _why_no_session(code: str, cancelled: Collection[str]) -> str:
    if code in cancelled:
        return _("the session %(session)s was cancelled") % {"session": code}
    if not code:
        return _("the session is missing; write it such as REF-2026-1/G3/D4/AM")
    return _("there is no session %(session)s; write it such as REF-2026-1/G3/D4/AM") % {"session": code}


def _minutes(row: Row, session: Session, mark: str, faults: list[str]) -> tuple[int | None, int | None]:
    """Minutes late and early from the wall times of the venue; None where the file says nothing."""
    arrived = _time(row, "arrived", faults)
    left = _time(row, "left", faults)
    if faults or (arrived is None and left is None):
        return None, None
    if mark in (Value.ABSENT, Value.EXCUSED):
        faults.append(_("somebody who is “%(mark)s” has neither arrived nor left") % {"mark": mark})
    elif arrived is not None and arrived >= session.ends:
        faults.append(
            _("arrived at %(time)s, but the session ended at %(end)s")
            % {"time": f"{arrived:%H:%M}", "end": f"{session.ends:%H:%M}"}
        )
    elif left is not None and left <= max(session.starts, arrived or session.starts):
        faults.append(
            _("left at %(time)s, but arrived or began at %(start)s")
            % {"time": f"{left:%H:%M}", "start": f"{max(session.starts, arrived or session.starts):%H:%M}"}
        )
    late = punctuality.whole_minutes(_span(session.starts, arrived)) if arrived else None
    early = punctuality.whole_minutes(_span(left, session.ends)) if left else None
    return late, early


def _time(row: Row, column: str, faults: list[str]) -> time | None:
    text = row.values[column]
    if not text:
        return None
    for form in ("%H:%M", "%H:%M:%S"):
        try:
            return datetime.strptime(text, form).time()
        except ValueError:
            continue
    faults.append(
        _("%(column)s is “%(text)s”; write the time at the venue as HH:MM, such as 09:12")
        % {"column": column, "text": text}
    )
    return None


def _span(start: time | None, end: time | None) -> timedelta:
    some_day = date(2000, 1, 1)
    return datetime.combine(some_day, end or time()) - datetime.combine(some_day, start or time())
