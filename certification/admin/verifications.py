"""Verifications in the office: how often certificates are checked, by day, verdict and channel. Counts and nothing else."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from certification.admin.access import for_roles
from certification.admin.issuing import VIEWERS, trail
from certification.models import VerificationStat
from certification.operations import counting
from certification.operations.counting import Day
from lms.kernel import clock

PERIODS = {30: gettext_lazy("30 days"), 90: gettext_lazy("90 days"), 365: gettext_lazy("a year")}
WIDTH, HEIGHT = 720, 160  # of the drawing, in its own units
_GAP = 0.25  # of a day's room
VALID = VerificationStat.Verdict.VALID.value


class Bar(NamedTuple):
    """A day as two bars, one upon the other: what held, and everything else. Measures are texts for SVG."""

    label: str
    x: str
    width: str
    valid_y: str
    valid_height: str
    other_y: str
    other_height: str


class Chart(NamedTuple):
    bars: list[Bar]
    most: int  # checks on the busiest day: the height of the drawing
    first: str
    last: str


def chart(days: Sequence[Day]) -> Chart:
    """The drawing of ``days``. A day without checks has no bar; the busiest reaches the top."""
    most = max((day.total for day in days), default=0)
    room = WIDTH / max(len(days), 1)
    bars = []
    for place, day in enumerate(days):
        if not day.total:
            continue
        held = day.verdicts.get(VALID, 0)
        valid, other = HEIGHT * held / most, HEIGHT * (day.total - held) / most
        label = _("%(day)s: %(total)d checks, %(valid)d valid") % {
            "day": day.day.strftime("%d.%m.%Y"),
            "total": day.total,
            "valid": held,
        }
        measures = (place * room, room * (1 - _GAP), HEIGHT - valid, valid, HEIGHT - valid - other, other)
        bars.append(Bar(label, *(f"{measure:.1f}" for measure in measures)))
    return Chart(
        bars,
        most,
        days[0].day.strftime("%d.%m.%Y") if days else "",
        days[-1].day.strftime("%d.%m.%Y") if days else "",
    )


@require_safe
@for_roles(*VIEWERS)
def overview(request):
    """The last days as a drawing, and the same figures as tables. Two queries."""
    asked = request.GET.get("days", "")
    period = int(asked) if asked.isascii() and asked.isdigit() and int(asked) in PERIODS else 30
    today = clock.local_day()
    first = today - timedelta(days=period - 1)
    days = counting.days(first, today)
    by_channel = counting.channels(first, today)
    verdicts = [(each.value, each.label) for each in VerificationStat.Verdict]
    used = [(value, label) for value, label in verdicts if any(counts[value] for counts in by_channel.values())]
    together: Counter[str] = sum(by_channel.values(), Counter())
    return render(
        request,
        "certification/issuing/verifications.html",
        {
            "breadcrumbs_items": trail((request.path, _("Verifications"))),
            "header_title": _("Verifications"),
            "header_icon": "search",
            "period": period,
            "periods": PERIODS.items(),
            "chart": chart(days),
            "width": WIDTH,
            "height": HEIGHT,
            "total": sum(together.values()),
            "valid": together[VALID],
            "headings": [label for _value, label in used],
            "channels": [
                {
                    "label": each.label,
                    "cells": [(label, by_channel[each.value][value]) for value, label in used],
                    "total": sum(by_channel[each.value].values()),
                }
                for each in VerificationStat.Channel
                if each.value in by_channel
            ],
            "totals": [(label, together[value]) for value, label in used],
            "days": [
                {
                    "day": day.day,
                    "cells": [(label, day.verdicts.get(value, 0)) for value, label in used],
                    "total": day.total,
                }
                for day in reversed(days)
                if day.total
            ],
        },
    )


def last_days(count: int = 30) -> dict:
    """What the start page of the office shows: the drawing, how many checks there were, and the way to the figures."""
    today = clock.local_day()
    days = counting.days(today - timedelta(days=count - 1), today)
    total = sum(day.total for day in days)
    valid = sum(day.verdicts.get(VALID, 0) for day in days)
    return {
        "chart": chart(days),
        "width": WIDTH,
        "height": HEIGHT,
        "total": total,
        "other": total - valid,
        "days": count,
        "url": reverse("issuing:verifications"),
    }
