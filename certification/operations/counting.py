"""Counting verifications by day: for the office by channel and verdict, for a holder by certificate. Nothing else is kept.

A count is one statement that adds to the row of the day or makes it, so that any number of processes count at once and
none is lost, on either engine. It is done when the answer is already on its way: nobody waits for it, an answer does not
depend on it, and how long it takes says nothing to who asked.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from django.db import DatabaseError, connection, transaction
from django.db.models import Sum

from certification.models import AccessNotice, Certificate, VerificationStat
from certification.verification import Verified
from lms.kernel import clock

log = logging.getLogger(__name__)

Channel = VerificationStat.Channel
UNKNOWN = VerificationStat.Verdict.UNKNOWN.value  # no such certificate, or the code does not fit it
_MANY = 200  # certificates in one statement

_ADD_TO_STAT = """
    INSERT INTO {stats} (day, channel, verdict, count) VALUES (%s, %s, %s, %s)
    ON CONFLICT (day, channel, verdict) DO UPDATE SET count = {stats}.count + excluded.count
"""
# In the order of the numbers, so that two lists that name the same certificates do not wait for each other for ever.
_ADD_TO_NOTICES = """
    INSERT INTO {notices} (certificate_id, day, count)
    SELECT id, {today}, 1 FROM {certificates} WHERE number IN ({numbers}) ORDER BY number
    ON CONFLICT (certificate_id, day) DO UPDATE SET count = {notices}.count + 1
"""


def count(channel: str, verdicts: Mapping[str, int], numbers: Iterable[str] = ()) -> None:
    """Add ``verdicts`` (how often each was given) to the counts of today, and one check to each of ``numbers``.

    Never raises for the database: a count that is lost is told in the log, and the answer was given.
    """
    today = clock.local_day()
    try:
        with connection.cursor() as cursor:
            for verdict, times in sorted(verdicts.items()):
                # What fails here must spoil no transaction around it.
                with transaction.atomic():
                    cursor.execute(_named(_ADD_TO_STAT), [today, channel, verdict, times])
            known = sorted(set(numbers))
            for start in range(0, len(known), _MANY):
                some = known[start : start + _MANY]
                places = ", ".join(["%s"] * len(some))
                day = "CAST(%s AS date)" if connection.vendor == "postgresql" else "%s"
                with transaction.atomic():
                    cursor.execute(_named(_ADD_TO_NOTICES, today=day, numbers=places), [today, *some])
    except DatabaseError:
        log.exception("Verifications of %s could not be counted: %s", today, channel)


def _named(statement: str, **places: str) -> str:
    names = {
        name: connection.ops.quote_name(model._meta.db_table)
        for name, model in (("stats", VerificationStat), ("notices", AccessNotice), ("certificates", Certificate))
    }
    return statement.format(**names, **places)


def count_after(response, channel: str, verdict: str, found: Verified | None = None) -> None:
    """Count one verification when ``response`` has been sent. ``found`` is the certificate whose holder is told."""
    after(response, lambda: count(channel, {verdict: 1}, [found.number] if found else []))


def after(response, deed: Callable[[], None]) -> None:
    """Do ``deed`` when ``response`` is closed, which a server does after its last byte has been sent."""
    close = response.close

    def closing() -> None:
        try:
            deed()
        finally:
            close()

    response.close = closing


# --- What was counted ------------------------------------------------------------------------------


class Day(NamedTuple):
    day: date
    verdicts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.verdicts.values())


def days(first: date, last: date) -> list[Day]:
    """Every day from ``first`` to ``last`` with its counts, empty days included. One query."""
    found: dict[date, dict[str, int]] = defaultdict(dict)
    rows = VerificationStat.objects.filter(day__range=(first, last)).order_by()
    for day, verdict, times in rows.values_list("day", "verdict").annotate(times=Sum("count")):
        found[day][verdict] = times
    every = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    return [Day(day, found.get(day, {})) for day in every]


def channels(first: date, last: date) -> dict[str, Counter[str]]:
    """By channel how often each verdict was given from ``first`` to ``last``. One query."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    rows = VerificationStat.objects.filter(day__range=(first, last)).order_by()
    for channel, verdict, times in rows.values_list("channel", "verdict").annotate(times=Sum("count")):
        found[channel][verdict] = times
    return dict(found)


def checks_of(certificate_ids: Iterable, *, most_days: int = 5) -> dict[str, list[tuple[date, int]]]:
    """On which days certificates were checked and how often, newest first, by certificate. One query."""
    found: dict[str, list[tuple[date, int]]] = defaultdict(list)
    rows = AccessNotice.objects.filter(certificate__in=list(certificate_ids)).order_by("-day")
    for certificate_id, day, times in rows.values_list("certificate_id", "day", "count"):
        if len(found[str(certificate_id)]) < most_days:
            found[str(certificate_id)].append((day, times))
    return dict(found)
