"""Time: what day it is at a place, and when a wall-clock moment happens there."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from lms.kernel.months import add_months, last_valid_day

__all__ = ["NoSuchTime", "add_months", "last_valid_day", "local_day", "now", "standing_at", "wall_moment"]


class NoSuchTime(ValueError):
    """The wall time does not exist on that day because the clocks go forward."""


_elsewhen: ContextVar[datetime | None] = ContextVar("elsewhen", default=None)


def now() -> datetime:
    """This moment, in UTC. The one place to ask, so that a test or the demonstration may stand at another."""
    return _elsewhen.get() or timezone.now()


@contextmanager
def standing_at(moment: datetime) -> Iterator[None]:
    """Inside, ``now`` is ``moment``: the demonstration lets the past happen through the ordinary operations."""
    token = _elsewhen.set(moment)
    try:
        yield
    finally:
        _elsewhen.reset(token)


def local(moment: datetime, zone: str | None = None) -> datetime:
    """``moment`` as clocks in ``zone`` (default: the installation's) show it."""
    return moment.astimezone(ZoneInfo(zone or settings.TIME_ZONE))


def local_day(moment: datetime | None = None, zone: str | None = None) -> date:
    """The calendar day of ``moment`` (default: now) in ``zone`` (default: the installation's)."""
    return local(moment or now(), zone).date()


def wall_moment(day: date, wall: time, zone: str) -> datetime:
    """The moment when clocks in ``zone`` show ``wall`` on ``day``, in UTC. Raises NoSuchTime in the spring gap.

    In the autumn overlap the earlier of the two moments is meant.
    """
    local = datetime.combine(day, wall, tzinfo=ZoneInfo(zone))
    moment = local.astimezone(ZoneInfo("UTC"))
    if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise NoSuchTime(
            f"{wall:%H:%M} does not exist on {day:%d.%m.%Y} in {zone}: the clocks go forward. Choose another time."
        )
    return moment
