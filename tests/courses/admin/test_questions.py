"""The question bank in the office: authors change by new versions, others read, nobody deletes."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from courses.models import Assessment, Attempt, AttemptItem, Question
from lms.people import roles
from tests.factories import QuestionVersionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def author(client_for):
    return client_for(UserFactory(roles=[roles.COURSE_AUTHOR]))


@pytest.fixture
def organiser(client_for):
    return client_for(UserFactory(roles=[roles.ORGANISER]))


def filled_in(**changes):
    return {
        "outcome": "M1.1",
        "kind": "single",
        "difficulty": "2",
        "correct_a": "on",
        "stem__en": "What is right?",
        "option_a__en": "This",
        "option_b__en": "That",
        "stem__sq": "Çfarë është e drejtë?",
        "option_a__sq": "Kjo",
        "option_b__sq": "Ajo",
        "rationale__en": "Because.",
    } | changes


def test_a_new_question_is_written_in_two_languages(author):
    QuestionVersionFactory(module_code="M1")

    author.post(reverse("question_new"), filled_in(code="M1-Q90", module_code="M1"))

    question = Question.objects.get(code="M1-Q90")
    assert question.versions.get().stems == {"en": "What is right?", "sq": "Çfarë është e drejtë?"}
    assert [option["key"] for option in question.versions.get().options] == ["a", "b"]


def test_a_change_is_a_new_version_and_the_old_one_stays(author):
    version = QuestionVersionFactory()

    author.post(reverse("question_change", args=[version.question_id]), filled_in())

    newest, oldest = version.question.versions.all()
    assert (newest.number, newest.stems["en"]) == (2, "What is right?")
    assert oldest == version


def test_saving_the_same_words_makes_no_version(author):
    version = QuestionVersionFactory()
    author.post(reverse("question_change", args=[version.question_id]), filled_in())

    author.post(reverse("question_change", args=[version.question_id]), filled_in())

    assert version.question.versions.count() == 2


def test_the_form_shows_what_stands(author):
    version = QuestionVersionFactory()

    page = author.get(reverse("question_change", args=[version.question_id])).content.decode()

    assert version.stems["en"] in page
    assert "Option b (sq)" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"correct_a": ""}, "Mark exactly one option as correct"),
        ({"correct_b": "on"}, "Mark exactly one option as correct"),
        ({"option_b__sq": ""}, "Option b has no text in Shqip"),
        ({"stem__en": "", "stem__sq": ""}, "Write the question in at least one language"),
    ],
)
def test_a_refusal_says_what_is_missing_and_keeps_what_was_typed(author, changes, words):
    version = QuestionVersionFactory()

    page = author.post(reverse("question_change", args=[version.question_id]), filled_in(**changes)).content.decode()

    assert words in page
    assert "Because." in page
    assert version.question.versions.count() == 1


def test_a_question_is_retired_and_brought_back(author):
    question = QuestionVersionFactory().question

    author.post(reverse("question", args=[question.pk]), {"action": "retire"})
    question.refresh_from_db()
    assert question.retired_at

    author.post(reverse("question", args=[question.pk]), {"action": "bring_back"})
    question.refresh_from_db()
    assert question.retired_at is None


def test_an_organiser_reads_and_changes_nothing(organiser):
    version = QuestionVersionFactory()

    assert organiser.get(reverse("questions")).status_code == 200
    assert organiser.get(reverse("question", args=[version.question_id])).status_code == 200
    assert organiser.get(reverse("question_change", args=[version.question_id])).status_code == 302
    organiser.post(reverse("question_change", args=[version.question_id]), filled_in())
    organiser.post(reverse("question", args=[version.question_id]), {"action": "retire"})
    question = Question.objects.get()
    assert (question.versions.count(), question.retired_at) == (1, None)


def test_a_trainer_does_not_see_the_bank(client_for):
    QuestionVersionFactory()
    browser = client_for(UserFactory(roles=[roles.TRAINER]))

    assert browser.get(reverse("questions")).status_code == 302


def test_the_list_is_searched_without_diacritics(author):
    found = QuestionVersionFactory(stems={"sq": "Çfarë është vetëvendosja?"})
    other = QuestionVersionFactory()

    page = author.get(reverse("questions"), {"q": "vetevendosja"}).content.decode()

    assert found.question.code in page
    assert other.question.code not in page


def test_the_list_takes_the_same_number_of_queries_for_one_and_three(author, django_assert_num_queries):
    QuestionVersionFactory()
    author.get(reverse("questions"))
    with CaptureQueriesContext(connection) as one:
        author.get(reverse("questions"))
    QuestionVersionFactory()
    QuestionVersionFactory()

    with django_assert_num_queries(len(one)):
        author.get(reverse("questions"))


def test_an_assessment_cannot_ask_for_more_than_the_bank_holds(author):
    QuestionVersionFactory(module_code="M1")
    said = {
        "code": "M1", "module_code": "M1", "questions_per_attempt": "2", "pass_mark": "70", "attempts_allowed": "3",
        "minutes": "", "title__en": "Test", "title__sq": "Testi",
    }  # fmt: skip

    page = author.post(reverse("assessment_new"), said).content.decode()
    assert "The bank holds 1 questions of this module." in page

    author.post(reverse("assessment_new"), said | {"questions_per_attempt": "1"})
    assert Assessment.objects.get().titles == {"en": "Test", "sq": "Testi"}


def test_a_preview_is_marked_and_leaves_no_trace(author):
    version = QuestionVersionFactory(module_code="M1")
    assessment = Assessment.objects.create(code="M1", module_code="M1", titles={"en": "Test"}, questions_per_attempt=1)
    url = reverse("assessment_preview", args=[assessment.pk])

    assert version.stems["en"] in author.get(url).content.decode()
    page = author.post(url, {"v1": version.pk, "q1": "a"}).content.decode()

    assert "100\N{NO-BREAK SPACE}%" in page
    assert (Attempt.objects.count(), AttemptItem.objects.count()) == (0, 0)


@pytest.mark.parametrize("slip", [{"code": "M1/A"}, {"code": "M1 A"}, {"minutes": "0"}])
def test_conditions_that_would_break_an_assessment_are_refused(author, slip):
    QuestionVersionFactory(module_code="M1")
    said = {
        "code": "M1-A",
        "module_code": "M1",
        "questions_per_attempt": "1",
        "pass_mark": "70",
        "attempts_allowed": "1",
        "title__sq": "Vlerësim",
        "title__en": "Assessment",
    }

    author.post(reverse("assessment_new"), said | slip)
    assert not Assessment.objects.exists()

    author.post(reverse("assessment_new"), said)
    assert Assessment.objects.get().minutes is None
