"""Progress: recorded for every enrolment with the lesson, done once, and one goes on where one left."""

from datetime import timedelta
from uuid import uuid4

import pytest

from courses.models import Completion, LessonProgress
from courses.operations import learning
from lms.kernel import clock
from tests.factories import (
    EditionFactory,
    EnrolmentFactory,
    GroupFactory,
    PersonFactory,
    sessions_of,
)

pytestmark = pytest.mark.django_db


def lessons(edition):
    return [lesson for module in edition.modules.all() for lesson in module.lessons.all()]


@pytest.fixture
def enrolment():
    return EnrolmentFactory(edition=EditionFactory(days=0, modules=2, lessons=2))


def test_one_begins_with_the_first_lesson(enrolment):
    assert learning.resume_point(enrolment).code == "M1-L1"


def test_opening_a_lesson_is_where_one_goes_on_but_does_not_finish_it(enrolment):
    third = lessons(enrolment.edition)[2]

    learning.open_lesson(enrolment.person, third.page_key)

    assert learning.resume_point(enrolment).code == "M2-L1"
    assert LessonProgress.objects.get().done_at is None


def test_after_a_lesson_is_done_the_next_one_follows_and_then_what_was_left_out(enrolment):
    every = lessons(enrolment.edition)
    for lesson in every[1:]:
        learning.mark_done(enrolment.person, lesson.page_key)

    assert learning.resume_point(enrolment).code == "M1-L1"

    learning.mark_done(enrolment.person, every[0].page_key)

    assert learning.resume_point(enrolment) is None


def test_done_once_stays_done_at_that_moment(enrolment):
    lesson = lessons(enrolment.edition)[0]
    learning.mark_done(enrolment.person, lesson.page_key)
    first = LessonProgress.objects.get().done_at

    learning.mark_done(enrolment.person, lesson.page_key)

    assert LessonProgress.objects.get().done_at == first


def test_one_reading_counts_for_every_enrolment_with_the_lesson_and_for_no_ended_one():
    person, key = PersonFactory(), uuid4()
    editions = [EditionFactory(days=0, modules=1, lessons=0) for _n in range(3)]
    enrolments = [EnrolmentFactory(person=person, edition=edition) for edition in editions]
    for edition in editions:
        edition.modules.get().lessons.create(code="L", page_key=key, position=1, titles={"sq": "L"}, minutes=5)
    enrolments[2].ended_at = clock.now()
    enrolments[2].save()

    learning.mark_done(person, key)

    assert set(LessonProgress.objects.values_list("enrolment", flat=True)) == {each.pk for each in enrolments[:2]}


def test_nothing_is_recorded_for_somebody_who_is_not_enrolled(enrolment):
    lesson = lessons(enrolment.edition)[0]

    with pytest.raises(learning.NotEnrolled):
        learning.mark_done(PersonFactory(), lesson.page_key)
    with pytest.raises(learning.NotEnrolled):
        learning.mark_done(None, lesson.page_key)

    assert LessonProgress.objects.count() == 0


def test_the_last_lesson_completes_an_online_programme(run_queue):
    enrolment = EnrolmentFactory(edition=EditionFactory(days=0, modules=1, lessons=1))

    learning.mark_done(enrolment.person, lessons(enrolment.edition)[0].page_key)
    run_queue()

    assert Completion.objects.get().enrolment == enrolment
    assert Completion.objects.get().completed_at == LessonProgress.objects.get().done_at


def test_running_shows_progress_and_the_next_session():
    edition = EditionFactory(days=2, modules=1, lessons=2)
    group = GroupFactory(round__edition=edition)
    today = clock.local_day()
    sessions_of(group, today + timedelta(days=3))
    enrolment = EnrolmentFactory(group=group)
    learning.mark_done(enrolment.person, lessons(edition)[0].page_key)

    (card,) = learning.running(enrolment.person)

    assert (card.enrolment, card.lessons_done, card.lessons_total) == (enrolment, 1, 2)
    assert card.resume.code == "M1-L2"
    assert card.next_session.on == today + timedelta(days=3)


def test_what_is_completed_or_ended_is_not_running():
    enrolment = EnrolmentFactory(edition=EditionFactory(days=0, modules=1))
    ended = EnrolmentFactory(person=enrolment.person, ended_at=clock.now())
    Completion.objects.create(
        enrolment=enrolment,
        completed_at=clock.now(),
        completed_on=clock.local_day(),
        evidence=[],
        rule={},
        recorded_at=clock.now(),
    )

    assert ended.person == enrolment.person
    assert learning.running(enrolment.person) == []


@pytest.mark.parametrize("count", [1, 3])
def test_running_asks_as_many_questions_for_three_programmes_as_for_one(count, django_assert_num_queries):
    person = PersonFactory()
    for _n in range(count):
        group = GroupFactory(round__edition=EditionFactory(days=1, modules=1))
        sessions_of(group, clock.local_day() + timedelta(days=1))
        EnrolmentFactory(person=person, group=group)

    with django_assert_num_queries(4):
        learning.running(person)
