"""The assessment pages: one's own only, the same without JavaScript, safe in two windows."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from courses.models import Attempt
from courses.operations import assessing
from lms.kernel import clock
from tests.factories import EditionFactory, EnrolmentFactory, PersonFactory, QuestionVersionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return PersonFactory(user=UserFactory())


@pytest.fixture
def enrolment(person):
    return EnrolmentFactory(person=person, edition=EditionFactory(days=0, assessments=1, questions=6))


@pytest.fixture
def assessment(enrolment):
    return enrolment.edition.assessments.get()


@pytest.fixture
def attempt(enrolment, assessment):
    return assessing.start(enrolment, assessment, by=None)


@pytest.fixture
def browser(client_for, person):
    return client_for(person.user)


def overview_url(enrolment):
    return reverse("courses:assessment", args=[enrolment.registration, "A1"])


def url(name, attempt):
    return reverse(f"courses:{name}", args=[attempt.enrolment.registration, "A1", attempt.number])


def page_of(attempt, action, **answers):
    """What the form sends: the sequence of every slot, and the chosen keys."""
    sent = {"action": action}
    for item in attempt.items.all():
        sent[f"s{item.slot}"] = item.sequence
    return sent | {f"q{slot[1:]}": keys for slot, keys in answers.items()}


def save_json(browser, attempt, answers):
    return browser.post(url("attempt-save", attempt), json.dumps({"answers": answers}), content_type="application/json")


def test_the_rules_are_said_in_words_before_the_start(browser, enrolment):
    page = browser.get(overview_url(enrolment)).content.decode()

    for words in (
        "2 questions",
        "20 minutes",
        "70\N{NO-BREAK SPACE}% to pass",
        "at least 2 of 2 right",
        "3 of 3 attempts left",
    ):
        assert words in page
    assert Attempt.objects.count() == 0


def test_starting_leads_to_the_questions_and_again_to_the_same_ones(browser, enrolment):
    first = browser.post(overview_url(enrolment))
    second = browser.post(overview_url(enrolment))

    assert first.url == second.url == url("attempt", Attempt.objects.get())


def test_the_whole_road_without_javascript(browser, attempt):
    response = browser.post(url("attempt", attempt), page_of(attempt, "save", q1=["a"]))
    assert response.url == url("attempt", attempt)

    response = browser.post(url("attempt", attempt), page_of(attempt, "finish", q1=["a"]))
    assert response.url == url("attempt-confirm", attempt)
    page = browser.get(response.url).content.decode()
    assert "You have answered 1 of 2 questions." in page
    assert f"{url('attempt', attempt)}#q2" in page

    browser.post(url("attempt", attempt), page_of(attempt, "finish", q1=["a"], q2=["a"]))
    assert "Every question is answered." in browser.get(url("attempt-confirm", attempt)).content.decode()
    response = browser.post(url("attempt-confirm", attempt))
    assert response.url == url("attempt-result", attempt)
    page = browser.get(response.url).content.decode()
    assert "Passed" in page
    assert "2 of 2 questions right: 100\N{NO-BREAK SPACE}%. The pass mark is 70\N{NO-BREAK SPACE}%." in page
    assert "Because a is right." in page


def test_a_failed_attempt_says_what_next(browser, attempt):
    browser.post(url("attempt", attempt), page_of(attempt, "finish", q1=["b"]))
    browser.post(url("attempt-confirm", attempt))

    page = browser.get(url("attempt-result", attempt)).content.decode()

    assert "Not passed yet" in page
    assert "You have 2 attempts left." in page


def test_the_neighbours_pages_are_not_there(client_for, enrolment, attempt):
    neighbour = PersonFactory(user=UserFactory())
    EnrolmentFactory(person=neighbour, edition=enrolment.edition)
    browser = client_for(neighbour.user)

    assert browser.get(overview_url(enrolment)).status_code == 404
    assert browser.post(overview_url(enrolment)).status_code == 404
    for name in ("attempt", "attempt-confirm", "attempt-result"):
        assert browser.get(url(name, attempt)).status_code == 404
    for name in ("attempt", "attempt-confirm"):
        assert browser.post(url(name, attempt), page_of(attempt, "finish", q1=["a"])).status_code == 404
    assert save_json(browser, attempt, {"1": {"answer": ["a"], "sequence": 1}}).status_code == 404
    assert attempt.items.get(slot=1).answer == []


def test_an_assessment_of_another_edition_is_not_there(browser, enrolment):
    EditionFactory(days=0, assessments=2)

    assert browser.get(reverse("courses:assessment", args=[enrolment.registration, "A2"])).status_code == 404


def test_a_visitor_is_asked_to_sign_in(client, enrolment, attempt):
    assert client.get(overview_url(enrolment)).status_code == 302
    assert client.get(url("attempt", attempt)).status_code == 302
    assert save_json(client, attempt, {}).status_code == 401


def test_autosave_answers_what_stands_and_how_long_is_left(browser, attempt):
    response = save_json(browser, attempt, {"1": {"answer": ["c"], "sequence": 1}})

    said = response.json()
    assert said["saved"] == {"1": 1}
    assert 1190 <= said["remaining"] <= 1200
    assert attempt.items.get(slot=1).answer == ["c"]


def test_an_older_tab_gets_the_newest_state(browser, attempt):
    assessing.save(attempt, 1, ["b"], 1)

    response = save_json(browser, attempt, {"1": {"answer": ["c"], "sequence": 1}})

    assert response.status_code == 409
    assert response.json()["newest"] == {"1": {"answer": ["b"], "sequence": 1}}


def test_an_older_form_keeps_what_is_new_and_shows_what_stands(browser, attempt):
    sent = page_of(attempt, "finish", q1=["c"], q2=["a"])
    assessing.save(attempt, 1, ["b"], 1)

    response = browser.post(url("attempt", attempt), sent)

    assert response.status_code == 409
    assert "answered here in another window" in response.content.decode()
    assert [item.answer for item in attempt.items.order_by("slot")] == [["b"], ["a"]]


@pytest.mark.parametrize(
    "body", ["", "[]", '{"answers": 1}', '{"answers": {"x": {}}}', '{"answers": {"1": {"answer": 1, "sequence": 1}}}',
             '{"answers": {"1": {"answer": [], "sequence": -1}}}', '{"answers": {"1": {"answer": ["z"], "sequence": 1}}}']
)  # fmt: skip
def test_autosave_refuses_what_the_page_does_not_send(browser, attempt, body):
    response = browser.post(url("attempt-save", attempt), body, content_type="application/json")

    assert response.status_code == 400
    assert response.json()["message"]


def test_autosave_after_submitting_points_to_the_result(browser, attempt):
    assessing.submit(attempt, by=None)

    response = save_json(browser, attempt, {"1": {"answer": ["c"], "sequence": 1}})

    assert (response.status_code, response.json()["url"]) == (410, url("attempt-result", attempt))


def test_the_back_button_after_submitting_leads_to_the_result(browser, attempt):
    assessing.submit(attempt, by=None)

    assert browser.get(url("attempt", attempt)).url == url("attempt-result", attempt)
    assert browser.get(url("attempt-confirm", attempt)).url == url("attempt-result", attempt)
    assert browser.post(url("attempt", attempt), page_of(attempt, "save", q1=["a"])).url == url(
        "attempt-result", attempt
    )


def test_the_result_is_not_shown_before_submitting(browser, attempt):
    assert browser.get(url("attempt-result", attempt)).url == url("attempt", attempt)


def test_the_page_of_questions_tells_no_answers(browser, attempt):
    page = browser.get(url("attempt", attempt)).content.decode()

    assert "Because a is right." not in page
    assert "correct" not in page


def test_when_the_time_is_up_the_questions_are_closed(browser, attempt, monkeypatch):
    assessing.save(attempt, 1, ["a"], 1)
    later = attempt.deadline_at + timedelta(minutes=5)
    monkeypatch.setattr(clock, "now", lambda: later)

    response = browser.get(url("attempt", attempt))

    assert response.url == url("attempt-confirm", attempt)
    assert "The time is up" in browser.get(response.url).content.decode()
    assert browser.post(url("attempt", attempt), page_of(attempt, "save", q2=["a"])).url == url(
        "attempt-result", attempt
    )
    attempt.refresh_from_db()
    assert (attempt.points, attempt.finished_at) == (1, attempt.deadline_at)


def test_a_countdown_that_ends_too_early_keeps_the_answers_and_goes_on(browser, attempt):
    response = browser.post(url("attempt", attempt), page_of(attempt, "time_up", q1=["a"]))

    assert response.url == url("attempt", attempt)
    assert attempt.items.get(slot=1).answer == ["a"]


def test_exhausted_attempts_are_told_instead_of_a_button(browser, enrolment, assessment):
    for _number in range(3):
        assessing.submit(assessing.start(enrolment, assessment, by=None), by=None)

    page = browser.get(overview_url(enrolment)).content.decode()

    assert "All 3 attempts are used." in page
    assert "Start attempt" not in page


def test_texts_in_another_language_say_so(browser, attempt):
    version = QuestionVersionFactory()
    type(version).objects.filter(pk=version.pk).update(stems={"sq": "Pyetja?"})
    attempt.items.filter(slot=1).update(version=version)

    page = browser.get(url("attempt", attempt)).content.decode()

    assert '<span class="question__stem" lang="sq">Pyetja?</span>' in page


def test_the_pages_need_few_statements(browser, enrolment, attempt, django_assert_max_num_queries):
    browser.get(url("attempt", attempt))

    with django_assert_max_num_queries(5):
        browser.get(url("attempt", attempt))
    with django_assert_max_num_queries(8):
        save_json(browser, attempt, {"1": {"answer": ["c"], "sequence": 1}})
    with django_assert_max_num_queries(9):
        browser.post(url("attempt", attempt), page_of(attempt, "finish", q1=["a"], q2=["a"]))
    with django_assert_max_num_queries(12):
        browser.post(url("attempt-confirm", attempt))
    with django_assert_max_num_queries(7):
        browser.get(url("attempt-result", attempt))
    with django_assert_max_num_queries(7):
        browser.get(overview_url(enrolment))
    assert Attempt.objects.get().passed
