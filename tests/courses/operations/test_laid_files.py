"""Files laid before somebody hold personal data: nobody keeps them for ever."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django_q.models import Schedule

from courses import tasks
from courses.models import AttendanceImport, EnrolmentImport
from courses.operations import laid_files
from lms.kernel import clock, schedules
from tests.factories import RoundFactory, UserFactory

pytestmark = pytest.mark.django_db


def lay(model, *, days_ago, **fields):
    at = clock.now() - timedelta(days=days_ago)
    laid = model(name="list.csv", sha256="x", uploaded_at=at, uploaded_by=UserFactory(), **fields)
    laid.file.save(f"{model.__name__}-{days_ago}.dat", ContentFile(b"Arta"), save=True)
    return laid


def kept_files():
    return sorted(path.name for path in Path(settings.PRIVATE_ROOT).rglob("*") if path.is_file())


def test_what_nobody_answered_goes_after_thirty_days(django_capture_on_commit_callbacks):
    round = RoundFactory()
    for days in (29, 31):
        lay(AttendanceImport, days_ago=days)
        lay(EnrolmentImport, days_ago=days, round=round)

    with django_capture_on_commit_callbacks(execute=True):
        assert tasks.forget_laid_files() == 2
        assert tasks.forget_laid_files() == 0

    assert kept_files() == ["AttendanceImport-29.dat", "EnrolmentImport-29.dat"]
    assert AttendanceImport.objects.filter(file="").count() == EnrolmentImport.objects.filter(file="").count() == 1
    assert AttendanceImport.objects.get(file="").sha256 == "x"


def test_a_file_stays_when_the_deed_around_it_is_taken_back(django_capture_on_commit_callbacks):
    laid = lay(AttendanceImport, days_ago=1)

    with django_capture_on_commit_callbacks(execute=False):
        laid_files.forget(laid)

    assert kept_files() == ["AttendanceImport-1.dat"]


def test_it_runs_every_day():
    schedules.ensure()

    row = Schedule.objects.get(func="courses.tasks.forget_laid_files")
    assert row.minutes == 24 * 60
