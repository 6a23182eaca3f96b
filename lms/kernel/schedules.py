"""What runs by the clock. A room says so once at its start; the database holds one row per name."""

from datetime import timedelta
from typing import NamedTuple

from django.db import connection
from django_q.models import Schedule

from lms.kernel import clock


class Plan(NamedTuple):
    task: str  # dotted path
    every: timedelta  # whole minutes


_plans: dict[str, Plan] = {}


def plan(name: str, task: str, *, every: timedelta) -> None:
    """Run ``task`` again and again, the next time ``every`` after the last. Planning the same name again replaces it."""
    _plans[name] = Plan(task, every)


def ensure(**kwargs) -> list[str]:
    """Write what is planned into the database. Safe to repeat: a row that says the same keeps its next moment.

    Rows of other names (made by hand) stay. Returns the names that were new or changed. Connected to post_migrate.
    """
    if Schedule._meta.db_table not in connection.introspection.table_names():
        return []  # the queue's own tables are not migrated yet
    known = {row.name: row for row in Schedule.objects.filter(name__in=_plans)}
    written = []
    for name, (task, every) in _plans.items():
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
                "next_run": clock.now() + min(every, timedelta(minutes=5)),
            },
        )
        written.append(name)
    return written
