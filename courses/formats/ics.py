"""A calendar file (RFC 5545) of sessions: stable identifiers, wall time with its zone's rules, folded lines."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_HOST = "deshmi"


def calendar(sessions: Iterable, *, owner: str, made_at: datetime, called_off: Iterable = ()) -> str:
    """``sessions`` (attending.UpcomingSession) of the person with reference ``owner`` as one calendar.

    The identifier of an event stays the same for a session and person, so that a moved session moves in the calendar
    of whoever takes the file again; its SEQUENCE grows only when time or place change, it is cancelled, or the person
    leaves its group. What was ``called_off`` (scheduling.CalledOff) is listed as cancelled, for a calendar keeps what a
    file is merely silent of.
    Source: RFC 5545, 3.8.1.11 and 3.8.7.4
    """
    cancelled = list(called_off)
    sessions = [*sessions, *cancelled]
    none_of_them = {session.session_id for session in cancelled}
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Deshmi//Sessions//EN", "METHOD:PUBLISH"]
    for zone in sorted({session.zone for session in sessions}):
        years = [session.on.year for session in sessions if session.zone == zone]
        lines += _zone(zone, min(years), max(years))
    for session in sessions:
        lines += [
            "BEGIN:VEVENT",
            f"UID:session-{session.session_id}-{owner}@{_HOST}",
            f"SEQUENCE:{session.sequence}",
            f"DTSTAMP:{_utc(made_at)}",
            f"DTSTART;TZID={session.zone}:{session.on:%Y%m%d}T{session.starts:%H%M%S}",
            f"DTEND;TZID={session.zone}:{session.on:%Y%m%d}T{session.ends:%H%M%S}",
            f"SUMMARY:{_text(f'{session.programme}: {session.title}')}",
            f"LOCATION:{_text(', '.join(part for part in (session.venue, session.address, session.municipality) if part))}",
            f"DESCRIPTION:{_text(session.code)}",
            f"STATUS:{'CANCELLED' if session.session_id in none_of_them else 'CONFIRMED'}",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{_fold(line)}\r\n" for line in lines)


def _zone(name: str, first_year: int, last_year: int) -> list[str]:
    """A VTIMEZONE with the changes of the clock that matter for these years."""
    zone = ZoneInfo(name)
    lines = ["BEGIN:VTIMEZONE", f"TZID:{name}"]
    moment = datetime(first_year - 1, 12, 31, 23, tzinfo=UTC)
    end = datetime(last_year + 1, 1, 1, tzinfo=UTC)
    lines += _observance(zone, moment, moment.astimezone(zone).utcoffset() or timedelta())
    before = moment.astimezone(zone).utcoffset() or timedelta()
    while moment < end:
        moment += timedelta(hours=1)
        offset = moment.astimezone(zone).utcoffset() or timedelta()
        if offset != before:
            lines += _observance(zone, moment, before)
            before = offset
    return [*lines, "END:VTIMEZONE"]


def _observance(zone: ZoneInfo, moment: datetime, before: timedelta) -> list[str]:
    local = moment.astimezone(zone)
    kind = "DAYLIGHT" if local.dst() else "STANDARD"
    return [
        f"BEGIN:{kind}",
        f"DTSTART:{(moment + before).replace(tzinfo=None):%Y%m%dT%H%M%S}",
        f"TZOFFSETFROM:{_offset(before)}",
        f"TZOFFSETTO:{_offset(local.utcoffset() or timedelta())}",
        f"TZNAME:{local.tzname()}",
        f"END:{kind}",
    ]


def _offset(delta: timedelta) -> str:
    minutes = int(delta.total_seconds() // 60)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r", ""), ("\n", "\\n")):
        text = text.replace(plain, escaped)
    return text


def _fold(line: str) -> str:
    """At most 75 octets in a row, without cutting a letter in two."""
    rows, row = [], ""
    for letter in line:
        if len((row + letter).encode()) > (75 if not rows else 74):
            rows.append(row)
            row = ""
        row += letter
    return "\r\n ".join([*rows, row])
