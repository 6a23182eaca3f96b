"""Attempts: drawn once, timed by the server, saved in order, closed by the sweep, marked exactly."""

from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.models import Attempt, AttemptItem, Completion, EditionAssessment, LateAnswers, Question
from courses.operations import assessing, questions
from courses.operations.assessing import Saved
from lms.kernel import clock
from lms.pages import remembering
from tests.factories import (
    EditionFactory,
    EnrolmentFactory,
    GroupFactory,
    QuestionVersionFactory,
    RoundFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def enrolment():
    return EnrolmentFactory(edition=EditionFactory(days=0, assessments=1, questions=4))


@pytest.fixture
def assessment(enrolment):
    return enrolment.edition.assessments.get()


@pytest.fixture
def attempt(enrolment, assessment):
    return assessing.start(enrolment, assessment, by=None)


@pytest.fixture
def move(monkeypatch):
    """``move(moment)``: from now on it is ``moment``."""
    return lambda moment: monkeypatch.setattr(clock, "now", lambda: moment)


def answer_all(attempt, key="a", known=0):
    return {slot: Saved([key], known + 1) for slot in attempt.items.values_list("slot", flat=True)}


def pass_or_fail(enrolment, assessment, key="a"):
    attempt = assessing.start(enrolment, assessment, by=None)
    return assessing.submit(attempt, answers=answer_all(attempt, key), by=None)


def edition_with(**conditions):
    """An edition whose only assessment has other conditions than those of the factory."""
    edition = EditionFactory(days=0)
    versions = [QuestionVersionFactory() for _number in range(conditions.pop("questions", 4))]
    values = {
        "questions_per_attempt": 2, "pass_mark": 70, "attempts_allowed": 3, "minutes": 20,
        "pool": [version.pk for version in versions],
    }  # fmt: skip
    EditionAssessment.objects.create(
        edition=edition, code="A1", position=1, titles={"en": "Test"}, **values | conditions
    )
    return edition


# --- Starting --------------------------------------------------------------------------------------


def test_a_start_fixes_questions_options_and_deadline(attempt, assessment):
    items = list(attempt.items.all())

    assert len({item.version_id for item in items}) == 2
    assert {item.version_id for item in items} <= set(assessment.pool)
    assert [sorted(item.option_order) for item in items] == [["a", "b", "c"]] * 2
    assert attempt.deadline_at == attempt.started_at + timedelta(minutes=20)


def test_starting_again_returns_the_open_attempt(attempt, enrolment, assessment):
    assert assessing.start(enrolment, assessment, by=None) == attempt
    assert Attempt.objects.count() == 1


def test_attempts_are_counted_and_then_refused(enrolment, assessment):
    for number in (1, 2, 3):
        assert pass_or_fail(enrolment, assessment, "b").number == number

    with pytest.raises(assessing.NoAttemptsLeft, match="All 3 attempts are used"):
        assessing.start(enrolment, assessment, by=None)


def test_a_voided_attempt_does_not_count(enrolment, assessment):
    for _number in range(3):
        pass_or_fail(enrolment, assessment, "b")
    Attempt.objects.filter(number=2).update(state="voided")

    assert assessing.start(enrolment, assessment, by=None).number == 4


def test_who_has_passed_needs_no_further_attempt(enrolment, assessment):
    pass_or_fail(enrolment, assessment)

    with pytest.raises(assessing.AlreadyPassed):
        assessing.start(enrolment, assessment, by=None)


def test_an_ended_registration_and_a_foreign_assessment_are_refused(enrolment, assessment):
    foreign = EditionFactory(days=0, assessments=1).assessments.get()
    with pytest.raises(assessing.NotOpen, match="another edition"):
        assessing.start(enrolment, foreign, by=None)
    enrolment.ended_at = clock.now()
    enrolment.save()

    with pytest.raises(assessing.NotOpen, match="has ended"):
        assessing.start(enrolment, assessment, by=None)


def test_a_new_registration_starts_with_all_attempts(enrolment, assessment):
    for _number in range(3):
        pass_or_fail(enrolment, assessment, "b")
    enrolment.ended_at = clock.now()
    enrolment.save()
    again = EnrolmentFactory(person=enrolment.person, edition=enrolment.edition)

    assert assessing.start(again, assessment, by=None).number == 1


def test_questions_not_met_before_are_drawn_first(enrolment, assessment):
    first = pass_or_fail(enrolment, assessment, "b")
    second = assessing.start(enrolment, assessment, by=None)

    met = set(first.items.values_list("version_id", flat=True))
    assert met.isdisjoint(second.items.values_list("version_id", flat=True))


def test_a_retired_question_is_drawn_only_when_the_pool_needs_it(enrolment, assessment):
    retired = Question.objects.filter(versions__in=assessment.pool).order_by("code")[:2]
    for question in retired:
        questions.retire(question, by=None)

    attempt = assessing.start(enrolment, assessment, by=None)

    assert not attempt.items.filter(version__question__in=retired).exists()


def test_a_pool_that_is_too_small_is_refused():
    enrolment = EnrolmentFactory(edition=edition_with(questions=1))

    with pytest.raises(assessing.PoolTooSmall, match="needs 2 questions but holds 1"):
        assessing.start(enrolment, enrolment.edition.assessments.get(), by=None)


def test_a_window_that_closes_earlier_shortens_the_time_and_says_so_before():
    edition = edition_with()
    closes_at = clock.now() + timedelta(minutes=5)
    group = GroupFactory(round=RoundFactory(edition=edition, assessments_close_at=closes_at))
    enrolment, assessment = EnrolmentFactory(group=group), edition.assessments.get()

    conditions = assessing.conditions(enrolment, assessment)

    assert conditions.shortened_minutes == 4
    assert assessing.start(enrolment, assessment, by=None).deadline_at == closes_at


def test_a_closed_window_is_refused():
    edition = edition_with()
    group = GroupFactory(round=RoundFactory(edition=edition, assessments_close_at=clock.now() - SECOND))

    with pytest.raises(assessing.NotOpen, match="closed"):
        assessing.start(EnrolmentFactory(group=group), edition.assessments.get(), by=None)


def test_no_limit_and_no_window_mean_no_deadline():
    enrolment = EnrolmentFactory(edition=edition_with(minutes=None))

    assert assessing.start(enrolment, enrolment.edition.assessments.get(), by=None).deadline_at is None


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_twenty_starts_at_once_make_one_attempt(enrolment, assessment):
    together, started = Barrier(20), []

    def begin():
        together.wait()
        started.append(assessing.start(enrolment, assessment, by=None).pk)
        connection.close()

    threads = [Thread(target=begin) for _number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(started) == 20
    assert set(started) == {Attempt.objects.get().pk}
    assert AttemptItem.objects.count() == 2


# --- Saving ----------------------------------------------------------------------------------------


def test_an_answer_is_kept_with_its_sequence(attempt):
    assert assessing.save(attempt, 1, ["b"], 1) == Saved(["b"], 1)
    assert assessing.save(attempt, 1, [], 2) == Saved([], 2)


def test_saving_and_marking_touch_no_other_attempt(attempt, assessment):
    neighbour = assessing.start(EnrolmentFactory(edition=assessment.edition), assessment, by=None)
    before = list(neighbour.items.values())

    assessing.save_many(attempt, answer_all(attempt))
    assessing.submit(attempt, by=None)

    assert list(neighbour.items.values()) == before
    saved = [(item.answer, item.sequence, item.mark, bool(item.saved_at)) for item in attempt.items.all()]
    assert saved == [(["a"], 1, Decimal("1.0000"), True)] * 2


def test_marks_are_written_for_right_and_wrong_answers(attempt):
    assessing.save_many(attempt, {1: Saved(["a"], 1), 2: Saved(["b"], 1)})
    assessing.submit(attempt, by=None)

    assert [item.mark for item in attempt.items.order_by("slot")] == [Decimal("1.0000"), Decimal("0.0000")]


def test_sending_the_same_again_is_a_no_op(attempt):
    assessing.save(attempt, 1, ["b"], 1)

    assert assessing.save(attempt, 1, ["b"], 1) == Saved(["b"], 1)


def test_an_older_tab_is_refused_with_what_stands_now(attempt):
    assessing.save(attempt, 1, ["b"], 1)
    assessing.save(attempt, 1, ["c"], 2)

    with pytest.raises(assessing.Conflict) as refused:
        assessing.save(attempt, 1, ["a"], 2)

    assert refused.value.newest == {1: Saved(["c"], 2)}
    assert attempt.items.get(slot=1).answer == ["c"]


def test_one_refused_answer_of_a_page_saves_none(attempt):
    assessing.save(attempt, 1, ["b"], 1)

    with pytest.raises(assessing.Conflict):
        assessing.save_many(attempt, {1: Saved(["c"], 1), 2: Saved(["a"], 1)})

    assert attempt.items.get(slot=2).answer == []


@pytest.mark.parametrize(("slot", "answer"), [(3, ["a"]), (1, ["z"]), (1, ["a", "b"]), (1, ["a"] * 21), (0, ["a"])])
def test_what_the_page_cannot_send_is_refused(attempt, slot, answer):
    with pytest.raises(assessing.NoSuchAnswer):
        assessing.save(attempt, slot, answer, 1)


def test_several_answers_are_kept_in_the_order_shown():
    version = QuestionVersionFactory(
        kind="multiple",
        options=[{"key": key, "correct": key in "ac", "texts": {"en": key}} for key in "abcd"],
    )
    enrolment = EnrolmentFactory(edition=edition_with(pool=[version.pk], questions_per_attempt=1))
    attempt = assessing.start(enrolment, enrolment.edition.assessments.get(), by=None)
    order = attempt.items.get().option_order

    saved = assessing.save(attempt, 1, ["c", "a"], 1)

    assert saved.answer == sorted(["a", "c"], key=order.index)
    assert assessing.submit(attempt, by=None).passed


def test_a_submitted_attempt_takes_no_answers(attempt):
    assessing.submit(attempt, by=None)

    with pytest.raises(assessing.Closed):
        assessing.save(attempt, 1, ["a"], 1)


# --- Time ------------------------------------------------------------------------------------------


def test_an_answer_within_the_grace_period_counts(attempt, move):
    move(attempt.deadline_at + 60 * SECOND)

    assessing.save(attempt, 1, ["a"], 1)

    assert attempt.items.get(slot=1).answer == ["a"]


def test_a_later_answer_is_kept_for_a_dispute_and_the_attempt_ends_at_its_deadline(attempt, move):
    assessing.save(attempt, 1, ["a"], 1)
    move(attempt.deadline_at + 61 * SECOND)

    with pytest.raises(assessing.TooLate):
        assessing.save(attempt, 2, ["a"], 1)

    attempt.refresh_from_db()
    assert (attempt.state, attempt.finished_at, attempt.points) == ("graded", attempt.deadline_at, 1)
    assert LateAnswers.objects.get().answers == {"2": ["a"]}


def test_a_browser_that_says_time_up_too_early_is_not_believed(attempt, move):
    move(attempt.deadline_at - 3 * SECOND)

    still_open = assessing.submit(attempt, answers={1: Saved(["a"], 1)}, time_up=True, by=None)

    assert still_open.state == "in_progress"
    assert attempt.items.get(slot=1).answer == ["a"]


def test_in_the_last_two_seconds_time_up_is_believed(attempt, move):
    moment = attempt.deadline_at - SECOND
    move(moment)

    submitted = assessing.submit(attempt, answers={1: Saved(["a"], 1)}, time_up=True, by=None)

    assert (submitted.state, submitted.finished_at, submitted.points) == ("graded", moment, 1)


def test_submitting_within_the_grace_period_keeps_the_real_moment(attempt, move):
    moment = attempt.deadline_at + 30 * SECOND
    move(moment)

    assert assessing.submit(attempt, answers=answer_all(attempt), by=None).finished_at == moment


def test_submitting_after_it_counts_what_was_saved_before(attempt, move):
    assessing.save(attempt, 1, ["a"], 1)
    move(attempt.deadline_at + timedelta(hours=2))

    submitted = assessing.submit(attempt, answers={2: Saved(["a"], 1)}, by=None)

    assert (submitted.finished_at, submitted.points) == (attempt.deadline_at, 1)
    assert LateAnswers.objects.count() == 1


def test_the_sweep_closes_what_is_overdue_with_the_last_autosave(attempt, move):
    assessing.save_many(attempt, answer_all(attempt))
    move(attempt.deadline_at + 60 * SECOND)
    assert assessing.close_overdue() == 0
    move(attempt.deadline_at + timedelta(hours=2))

    assert assessing.close_overdue() == 1

    attempt.refresh_from_db()
    assert (attempt.state, attempt.passed, attempt.finished_at) == ("graded", True, attempt.deadline_at)
    assert assessing.close_overdue() == 0


def test_the_sweep_leaves_attempts_without_a_deadline_alone(move):
    enrolment = EnrolmentFactory(edition=edition_with(minutes=None))
    assessing.start(enrolment, enrolment.edition.assessments.get(), by=None)
    move(clock.now() + timedelta(days=1000))

    assert assessing.close_overdue() == 0


def test_one_attempt_that_cannot_be_marked_stops_no_other(attempt, move, caplog):
    broken = attempt.items.get(slot=1).version
    type(broken).objects.filter(pk=broken.pk).update(options=[{"no": "key"}])
    remembering.forget()  # nobody changes a version; here it is done by hand
    good = EnrolmentFactory(edition=edition_with())
    other = assessing.start(good, good.edition.assessments.get(), by=None)
    move(clock.now() + timedelta(hours=2))

    assert assessing.close_overdue() == 1

    other.refresh_from_db()
    assert other.state == "graded"
    assert f"Attempt {attempt.pk} could not be closed" in caplog.text


def test_an_overdue_attempt_makes_room_for_the_next_start(attempt, enrolment, assessment, move):
    move(attempt.deadline_at + timedelta(minutes=2))

    assert assessing.start(enrolment, assessment, by=None).number == 2
    attempt.refresh_from_db()
    assert attempt.state == "graded"


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_sweepers_close_an_attempt_once(attempt, move):
    move(clock.now() + timedelta(hours=2))
    together, closed = Barrier(4), []

    def sweep():
        together.wait()
        closed.append(assessing.close_overdue())
        connection.close()

    threads = [Thread(target=sweep) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(closed) == 1


# --- Result ----------------------------------------------------------------------------------------


def test_the_result_is_marked_exactly(attempt):
    submitted = assessing.submit(attempt, answers={1: Saved(["a"], 1), 2: Saved(["b"], 1)}, by=None)

    assert (submitted.points, submitted.percent, submitted.passed) == (1, Decimal("50.0000"), False)
    assert [item.mark for item in attempt.items.order_by("slot")] == [1, 0]


def test_submitting_twice_changes_nothing(attempt):
    first = assessing.submit(attempt, answers=answer_all(attempt), by=None)
    second = assessing.submit(attempt, answers=answer_all(attempt, "b", known=1), by=None)

    assert (second.percent, second.finished_at) == (first.percent, first.finished_at)


def test_passing_completes_through_the_queue(attempt, enrolment, run_queue):
    submitted = assessing.submit(attempt, answers=answer_all(attempt), by=UserFactory())

    run_queue()

    assert Completion.objects.get(enrolment=enrolment).completed_at == submitted.finished_at


def test_a_later_worse_attempt_is_impossible_once_passed_and_a_pass_stays(enrolment, assessment):
    pass_or_fail(enrolment, assessment, "b")
    pass_or_fail(enrolment, assessment)

    conditions = assessing.conditions(enrolment, assessment)

    assert (conditions.is_passed, conditions.best.number, conditions.attempts_left) == (True, 2, 1)


def test_standing_says_what_is_open_due_passed_and_exhausted(enrolment, assessment, django_assert_num_queries):
    person = enrolment.person
    states = {"open": enrolment}
    for state, keys in (("due", []), ("passed", ["a"]), ("exhausted", ["b", "b", "b"])):
        states[state] = EnrolmentFactory(person=person, edition=edition_with())
        for key in keys:
            pass_or_fail(states[state], states[state].edition.assessments.get(), key)
    assessing.start(enrolment, assessment, by=None)

    with django_assert_num_queries(3):
        standing = assessing.standing(person)

    assert [(each.state, each.enrolment) for each in standing] == [
        ("open", states["open"]),
        ("due", states["due"]),
        ("exhausted", states["exhausted"]),
        ("passed", states["passed"]),
    ]


# --- Statements ------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [2, 20])
def test_statements_do_not_depend_on_the_number_of_questions(count):
    enrolment = EnrolmentFactory(edition=edition_with(questions=25, questions_per_attempt=count))
    assessment = enrolment.edition.assessments.get()

    def statements(function):
        with CaptureQueriesContext(connection) as queries:
            result = function()
        return result, len([query for query in queries if "SAVEPOINT" not in query["sql"]])

    attempt, starting = statements(lambda: assessing.start(enrolment, assessment, by=None))
    answers = answer_all(attempt)
    _saved, saving = statements(lambda: assessing.save_many(attempt, answers))
    _submitted, submitting = statements(lambda: assessing.submit(attempt, by=None))

    assert (starting, saving, submitting) == (7, 3, 5)
