"""A programme's page, 32 signed-in participants at once."""

from benchmarks.people import learners
from courses.models import Enrolment, ProgrammePage, Round


def measure(stage) -> dict:
    code = Round.objects.get(code="REF-2026-1").edition.programme_code
    page = ProgrammePage.objects.filter(locale__language_code="en", code=code).live().get()
    users = learners(Enrolment.objects.active().filter(programme_code=code))
    path = page.url
    return stage.compare(lambda _n: path, users, reach=175) | {"reach_statements": 12}
