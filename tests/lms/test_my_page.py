"""A person's own page: the one thing that needs them, and everything of both rooms in a constant number of queries."""

from datetime import timedelta

import pytest
from django.urls import reverse

from certification.models import IssuingBody
from certification.operations import registering
from courses import completions
from courses.models import Enrolment, LessonProgress
from courses.operations import enrolling, waiving
from lms import my_page
from lms.kernel import clock
from tests.factories import EditionFactory, EnrolmentFactory, GroupFactory, PersonFactory, RoundFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return PersonFactory(user=UserFactory())


def grant(person, number, *, days_left):
    body, _created = IssuingBody.objects.get_or_create(code="BODY", defaults={"names": {"en": "Council"}})
    today = clock.local_day()
    return registering.grant(
        person=person,
        number=number,
        body=body,
        valid_from=today - timedelta(days=400),
        valid_to=today + timedelta(days=days_left),
        by=None,
    )


def test_without_anything_every_part_is_empty_and_nothing_needs_the_person(person):
    page = my_page.of(person)

    assert page == my_page.MyPage(None, (), (), (), (), ())


def test_a_lesson_not_yet_read_is_what_comes_next(person):
    edition = EditionFactory(days=0, modules=1)
    EnrolmentFactory(person=person, edition=edition)

    page = my_page.of(person)

    assert page.attention.title == "Go on where you left"
    assert page.courses[0].running.lessons_done == 0


def test_a_licence_that_ends_soon_comes_before_the_next_lesson(person):
    EnrolmentFactory(person=person, edition=EditionFactory(days=0, modules=1))
    grant(person, "L-1", days_left=30)

    page = my_page.of(person)

    assert page.attention.title == "30 days left on your licence"


def test_a_second_licence_that_runs_for_longer_ends_the_worry(person):
    grant(person, "L-1", days_left=30)
    grant(person, "L-2", days_left=700)

    page = my_page.of(person)

    assert page.attention is None
    assert [card.licence.number for card in page.licences] == ["L-2", "L-1"]


def test_the_page_shows_nobody_elses_learning(client, person):
    EnrolmentFactory(person=PersonFactory(), edition=EditionFactory(days=0, modules=1))
    client.force_login(person.user)

    response = client.get(reverse("my"))

    assert response.status_code == 200
    assert response.context["my"].courses == ()


def test_somebody_who_has_not_told_their_name_yet_is_asked_first(client):
    client.force_login(UserFactory())

    response = client.get(reverse("my"))

    assert response.status_code == 302
    assert response.url == f"{reverse('people:profile')}?next={reverse('my')}"


def test_a_stranger_is_led_to_the_sign_in(client):
    response = client.get(reverse("my"))

    assert response.url == f"{reverse('account_login')}?next={reverse('my')}"


@pytest.mark.parametrize("many", [1, 3])
def test_more_of_everything_costs_no_more_queries(person, many, django_assert_num_queries):
    for number in range(many):
        edition = EditionFactory(days=2, modules=2)
        enrolment = EnrolmentFactory(
            person=person, edition=edition, group=GroupFactory(round=RoundFactory(edition=edition))
        )
        lesson = edition.modules.first().lessons.first()
        LessonProgress.objects.create(
            enrolment=enrolment,
            lesson_key=lesson.page_key,
            lesson_code=lesson.code,
            opened_at=clock.now(),
            last_seen_at=clock.now(),
        )
        grant(person, f"L-{number}", days_left=500)

    with django_assert_num_queries(41):
        my_page.of(person)


def test_a_withdrawn_registration_is_no_longer_running(person):
    enrolment = EnrolmentFactory(person=person, edition=EditionFactory(days=0, modules=1))

    enrolling.withdraw(enrolment, by=None)

    assert my_page.of(person).courses == ()
    assert Enrolment.objects.count() == 1


def test_what_is_missing_and_what_was_waived_is_told_in_the_words_of_the_council(person):
    enrolment = EnrolmentFactory(person=person, edition=EditionFactory(days=0, modules=2))
    waiver = waiving.propose(enrolment, "module", "M2", by=UserFactory(), reason="Holds a diploma in it")
    waiving.grant(waiver, by=UserFactory())
    (standing,) = completions.standings_of([enrolment.registration])

    (course,) = my_page.of(person).courses

    assert course.missing == tuple(completions.explain_all(standing.missing))
    assert [sentence.split(":")[0] for sentence in course.missing] == ["Module “Module M1” is missing"]
    assert "Holds a diploma in it" in course.exemptions[0]


def test_the_page_shows_both(client_for, person):
    enrolment = EnrolmentFactory(person=person, edition=EditionFactory(days=0, modules=2))
    waiving.propose(enrolment, "module", "M2", by=UserFactory(), reason="Holds a diploma in it")

    page = client_for(person.user).get(reverse("my")).content.decode()

    assert "Module “Module M1” is missing" in page
    assert "a waiver is proposed; the Council decides." in page
