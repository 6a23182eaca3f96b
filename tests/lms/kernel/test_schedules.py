"""What runs by the clock is written down once, and a second time changes nothing."""

from datetime import time, timedelta

import pytest
from django.core.management import call_command
from django_q.models import Schedule

from lms.kernel import clock, schedules

pytestmark = pytest.mark.django_db


def test_what_rooms_plan_stands_in_the_database_after_migrating():
    planned = dict(Schedule.objects.values_list("func", "minutes"))

    assert planned["courses.tasks.close_overdue_attempts"] == 1
    assert planned["courses.tasks.catch_up_completions"] == 24 * 60


def test_ensuring_again_keeps_the_next_moment(capsys):
    schedules.ensure()
    before = list(Schedule.objects.order_by("pk").values())

    call_command("ensure_schedules")

    assert list(Schedule.objects.order_by("pk").values()) == before
    assert "planned already" in capsys.readouterr().out


def test_a_changed_plan_replaces_its_row(monkeypatch):
    monkeypatch.setattr(schedules, "_plans", {})
    schedules.plan("test: sweep", "courses.tasks.one", every=timedelta(minutes=5))
    schedules.ensure()
    schedules.plan("test: sweep", "courses.tasks.two", every=timedelta(minutes=7))

    assert schedules.ensure() == ["test: sweep"]

    row = Schedule.objects.get(name="test: sweep")
    assert (row.func, row.minutes, row.repeats) == ("courses.tasks.two", 7, -1)


def test_what_is_planned_for_the_night_begins_at_night(monkeypatch):
    monkeypatch.setattr(schedules, "_plans", {})
    schedules.plan("test: nightly", "courses.tasks.one", every=timedelta(days=1), at=time(2, 30))
    schedules.ensure()

    begins = Schedule.objects.get(name="test: nightly").next_run

    assert (clock.local(begins).hour, clock.local(begins).minute) == (2, 30)
    assert timedelta(0) < begins - clock.now() <= timedelta(days=1, hours=1)
