"""What runs by the clock. A room says so once at its start; the database holds one row per name."""

from datetime import datetime, time, timedelta
from typing import NamedTuple

from django.db import connection
from django_q.models import Schedule

from lms.kernel import clock


class Plan(NamedTuple):
    task: str  # dotted path
    every: timedelta  # whole minutes
    at: time | None = None  # for the first time when local clocks show this; None: within five minutes


_plans: dict[str, Plan] = {}


def plan(name: str, task: str, *, every: timedelta, at: time | None = None) -> None:
    """Run ``task`` again and again, the next time ``every`` after the last, for the first time when it is ``at``.

    Planning the same name again replaces it.
    """
    _plans[name] = Plan(task, every, at)


def ensure(**kwargs) -> list[str]:
    """Write what is planned into the database. Safe to repeat: a row that says the same keeps its next moment.

    Rows of other names (made by hand) stay. Returns the names that were new or changed. Connected to post_migrate.
    """
    if Schedule._meta.db_table not in connection.introspection.table_names():
        return []  # the queue's own tables are not migrated yet
    known = {row.name: row for row in Schedule.objects.filter(name__in=_plans)}
    written = []
    for name, (task, every, at) in _plans.items():
        minutes = int(every.total_seconds() // 60)
        row = known.get(name)
        if row and (row.func, row.schedule_type, row.minutes, row.repeats) == (task, Schedule.MINUTES, minutes, -1):
            continue
        Schedule.objects.update_or_create(
            name=name,
            defaults={
                "func": task,
                "schedule_type": Schedule.MINUTES,
                "minutes": minutes,
                "repeats": -1,
                "next_run": _first(every, at),
            },
        )
        written.append(name)
    return written


def _first(every: timedelta, at: time | None) -> datetime:
    now = clock.now()
    if at is None:
        return now + min(every, timedelta(minutes=5))
    today = clock.local(now).replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)
