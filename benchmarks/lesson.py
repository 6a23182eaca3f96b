"""A lesson, 32 signed-in participants at once."""

from benchmarks.people import users_for
from courses.models import EditionLesson, LessonPage
from courses.operations.enrolling import enrol
from lms.people.models import Person


def page_and_users():
    """A lesson of an open programme in English, and 32 people enrolled in it."""
    lesson = EditionLesson.objects.filter(module__edition__is_open=True).select_related("module__edition").first()
    page = LessonPage.objects.filter(locale__language_code="en", translation_key=lesson.page_key).live().get()
    edition = lesson.module.edition
    known = [row.person for row in edition.enrolments.active().select_related("person__user")[:32]]
    others = Person.objects.exclude(enrolments__programme_code=edition.programme_code).select_related("user")
    users = users_for([*known, *others.order_by("pk")[: 32 - len(known)]])
    for user in users[len(known) :]:
        enrol(user.person, edition, by=user)
    return page, users


def measure(stage) -> dict:
    page, users = page_and_users()
    path = page.url
    return stage.compare(lambda _n: path, users, reach=265) | {"reach_statements": 10}
