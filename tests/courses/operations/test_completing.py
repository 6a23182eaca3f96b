"""Completions are recorded once, with the moment of the evidence, and stay whatever is computed afterwards."""

from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from courses import completions
from courses.models import Attempt, AttendanceMark, Completion, Edition, Enrolment, LessonProgress, Session, Waiver
from courses.operations import attending, completing
from courses.operations.attending import Tap
from lms.kernel import clock
from tests.courses.rules.test_completion import clerk
from tests.factories import (
    EditionFactory,
    EnrolmentFactory,
    GroupFactory,
    PersonFactory,
    RoundFactory,
    UserFactory,
    sessions_of,
)

pytestmark = pytest.mark.django_db
PAST = timedelta(days=30)


@pytest.fixture
def group():
    return GroupFactory(round=RoundFactory(code="R-1", edition=EditionFactory(days=2)), code="G1")


@pytest.fixture
def sessions(group):
    return sessions_of(group, clock.local_day() - PAST)


def say(session, *enrolments, value="present", **changes):
    attending.mark_many(session, [Tap(enrolment_id=each.pk, value=value, **changes) for each in enrolments], by=None)


def attend(sessions, *enrolments):
    for session in sessions:
        say(session, *enrolments)


def test_a_covered_programme_is_completed_at_the_end_of_its_last_half_day(group, sessions):
    enrolment = EnrolmentFactory(group=group)
    attend(sessions, enrolment)

    completion = completing.consider(enrolment.pk)

    assert completion.completed_at == sessions[-1].ends_at
    assert completion.completed_on == sessions[-1].on
    assert completion.rule == {"days": ["D1", "D2"], "modules": [], "assessments": []}


def test_the_evidence_names_rows_place_and_day(group, sessions):
    enrolment = EnrolmentFactory(group=group)
    attend(sessions, enrolment)

    completion = completing.consider(enrolment.pk)

    first = completion.evidence[0]
    marks = AttendanceMark.objects.filter(enrolment=enrolment, session__day__code="D1").order_by("session__starts_at")
    assert first["ids"] == [mark.pk for mark in marks]
    assert first["sessions"] == [sessions[0].pk, sessions[1].pk]
    assert (first["on"], first["group"], first["round"]) == (sessions[0].on.isoformat(), "G1", "R-1")
    assert first["place"] == group.municipality.names


def test_what_is_not_complete_is_not_recorded(group, sessions):
    enrolment = EnrolmentFactory(group=group)
    attend(sessions[:3], enrolment)

    assert completing.consider(enrolment.pk) is None


def test_computing_again_years_later_moves_nothing(group, sessions, monkeypatch):
    enrolment = EnrolmentFactory(group=group)
    attend(sessions, enrolment)
    before = completing.consider(enrolment.pk)
    monkeypatch.setattr(clock, "now", lambda: datetime(2031, 1, 1, tzinfo=UTC))

    again = completing.consider(enrolment.pk)

    assert (again.pk, again.completed_at, again.recorded_at) == (before.pk, before.completed_at, before.recorded_at)


def test_a_completion_recorded_late_has_the_moment_of_the_evidence(group, sessions, monkeypatch):
    enrolment = EnrolmentFactory(group=group)
    attend(sessions, enrolment)
    monkeypatch.setattr(clock, "now", lambda: datetime(2031, 1, 1, tzinfo=UTC))

    assert completing.catch_up() == 1

    completion = Completion.objects.get(enrolment=enrolment)
    assert completion.completed_at == sessions[-1].ends_at
    assert completion.recorded_at == datetime(2031, 1, 1, tzinfo=UTC)


def test_a_half_day_before_midnight_belongs_to_the_day_of_the_venue(group, sessions):
    enrolment = EnrolmentFactory(group=group)
    late = sessions[-1]
    late.starts, late.ends = time(21), time(23, 59)
    late.save()
    attend(sessions, enrolment)

    completion = completing.consider(enrolment.pk)

    assert completion.completed_on == late.on


def test_a_make_up_in_another_group_counts(group, sessions):
    elsewhere = GroupFactory(round=group.round, code="G2")
    make_up = [each for each in sessions_of(elsewhere, clock.local_day() - timedelta(days=9)) if each.day.code == "D2"]
    enrolment = EnrolmentFactory(group=group)
    attend(sessions[:3], enrolment)
    say(sessions[3], enrolment, value="absent")
    attend(make_up, enrolment)

    completion = completing.consider(enrolment.pk)

    # The morning of the own group and the afternoon of the other one are a day.
    assert completion.evidence[1]["sessions"] == [sessions[2].pk, make_up[1].pk]
    assert completion.completed_at == make_up[1].ends_at


def test_a_cancelled_session_covers_nothing(group, sessions):
    enrolment = EnrolmentFactory(group=group)
    attend(sessions, enrolment)
    Session.objects.filter(pk=sessions[0].pk).update(cancelled_at=clock.now(), cancelled_by=UserFactory())

    assert completing.consider(enrolment.pk) is None


def test_what_happened_after_the_end_of_a_registration_completes_nothing(group, sessions):
    enrolment = EnrolmentFactory(group=group)
    attend(sessions, enrolment)
    enrolment.ended_at = sessions[2].ends_at
    enrolment.save()

    assert completing.consider(enrolment.pk) is None


def test_the_sweep_finds_a_completion_that_came_before_the_end_of_the_registration(group, sessions):
    enrolment = EnrolmentFactory(group=group)
    attend(sessions, enrolment)
    enrolment.ended_at = clock.now()
    enrolment.save()

    assert completing.catch_up() == 1
    assert completing.catch_up() == 0


def test_modules_and_assessments_count_beside_the_days():
    edition = EditionFactory(days=0, modules=1, lessons=2, assessments=1)
    enrolment = EnrolmentFactory(edition=edition)
    moment = clock.now() - timedelta(days=3)
    for lesson in edition.modules.get().lessons.all():
        LessonProgress.objects.create(
            enrolment=enrolment,
            lesson_key=lesson.page_key,
            lesson_code=lesson.code,
            opened_at=moment,
            last_seen_at=moment,
            done_at=moment,
        )
    assert completing.consider(enrolment.pk) is None

    passed_at = clock.now() - timedelta(days=1)
    Attempt.objects.create(
        enrolment=enrolment,
        assessment=edition.assessments.get(),
        number=1,
        state="graded",
        started_at=passed_at,
        finished_at=passed_at,
        points_possible=2,
        points=2,
        percent=100,
        passed=True,
    )

    assert completing.consider(enrolment.pk).completed_at == passed_at


def test_a_waiver_completes_and_says_so(group, sessions):
    enrolment = EnrolmentFactory(group=group)
    attend(sessions[:2], enrolment)
    granted_at = clock.now() - timedelta(days=2)
    Waiver.objects.create(
        enrolment=enrolment,
        kind="day",
        code="D2",
        reason="Prior training",
        granted_at=granted_at,
        granted_by=UserFactory(),
    )

    completion = completing.consider(enrolment.pk)

    assert completion.completed_at == granted_at
    assert completion.evidence[1]["waived"] is True
    assert completions.get(enrolment.registration).days[1].is_waived


# --- Accreditation on the day ------------------------------------------------------------------------


def accredited(until, since=date(2020, 1, 1), number="5"):
    return {
        "status": "accredited",
        "body": "NQA",
        "number": number,
        "from": since.isoformat(),
        "to": until and until.isoformat(),
    }


def learned_online(until, *, passed=True, code="ONL"):
    """Somebody who read module M1 ten days ago and passed its assessment yesterday; M1 was accredited ``until``."""
    edition = EditionFactory(
        programme_code=code, days=0, modules=1, lessons=1, assessments=1, accredited={"M1": accredited(until)}
    )
    enrolment = EnrolmentFactory(edition=edition)
    read_at, passed_at = clock.now() - timedelta(days=10), clock.now() - timedelta(days=1)
    for lesson in edition.modules.get().lessons.all():
        LessonProgress.objects.create(
            enrolment=enrolment,
            lesson_key=lesson.page_key,
            lesson_code=lesson.code,
            opened_at=read_at,
            last_seen_at=read_at,
            done_at=read_at,
        )
    if passed:
        Attempt.objects.create(
            enrolment=enrolment,
            assessment=edition.assessments.get(),
            number=1,
            state="graded",
            started_at=passed_at,
            finished_at=passed_at,
            points_possible=2,
            points=2,
            percent=100,
            passed=True,
        )
    return enrolment


def test_a_module_accredited_on_the_day_of_its_assessment_completes_with_that_accreditation_as_evidence():
    yesterday = clock.local_day(clock.now() - timedelta(days=1))
    enrolment = learned_online(until=yesterday)

    completion = completing.consider(enrolment.pk)

    assert [(entry["kind"], entry["code"]) for entry in completion.evidence] == [
        ("module", "M1"),
        ("assessment", "A1"),
        ("accreditation", "M1"),
    ]
    assert completion.evidence[2]["accreditation"] == accredited(until=yesterday)
    assert completion.completed_at == Attempt.objects.get().finished_at
    assert list(completing.contradicted()) == []


def test_an_accreditation_that_ran_out_between_enrolment_and_assessment_leaves_the_completion_to_the_council():
    last_day, passed_on = (clock.local_day(clock.now() - timedelta(days=days)) for days in (2, 1))
    enrolment = learned_online(until=last_day)

    assert completing.consider(enrolment.pk) is None

    (standing,) = completions.standings_of_programme("ONL")
    (gap,) = standing.missing
    fact = (
        f"Module “Module M1” was accredited until {last_day:%d.%m.%Y}, and {passed_on:%d.%m.%Y} came after "
        "(Assessment “Assessment A1”)"
    )
    assert (gap.reason, gap.code, gap.who) == ("accreditation_expired", "M1", "council")
    assert completions.explain(gap, "learner") == (
        f"{fact} – no certificate until the Council decides, or a renewed accreditation covers that day."
    )
    assert completions.explain(gap, "council") == (
        f"{fact} – no certificate until you decide, or publish an edition whose renewed accreditation covers that day."
    )


def test_a_decision_of_the_council_completes_from_its_moment_and_stands_in_the_evidence():
    enrolment = learned_online(until=clock.local_day() - timedelta(days=5))
    decided_at = clock.now() - timedelta(hours=1)
    Waiver.objects.create(
        enrolment=enrolment,
        kind="accreditation",
        code="M1",
        reason="Learned before it ran out",
        decision_number="12/2026",
        granted_at=decided_at,
        granted_by=UserFactory(),
    )

    completion = completing.consider(enrolment.pk)

    assert completion.completed_at == decided_at
    assert completion.evidence[2]["waived"] is True


def test_a_renewal_in_a_later_edition_counts_for_who_enrolled_before_and_only_for_the_days_it_covers():
    today = clock.local_day()
    enrolment = learned_online(until=today - timedelta(days=5))
    EditionFactory(
        programme_code="ONL", number=2, days=0, modules=1, lessons=1, accredited={"M1": accredited(None, since=today)}
    )
    assert completing.consider(enrolment.pk) is None

    renewed = accredited(None, since=today - timedelta(days=4), number="5/2")
    EditionFactory(programme_code="ONL", number=3, days=0, modules=1, lessons=1, accredited={"M1": renewed})

    completion = completing.consider(enrolment.pk)

    assert completion.completed_at == Attempt.objects.get().finished_at
    assert completion.evidence[2]["accreditation"] == renewed


def test_a_workshop_programme_is_judged_by_the_day_of_each_session(group, sessions):
    edition = group.round.edition
    Edition.objects.filter(pk=edition.pk).update(
        accreditation=accredited(until=sessions[0].on),
        rule=edition.rule | {"accreditation": [edition.programme_code]},
    )
    enrolment = EnrolmentFactory(group=group)
    attend(sessions, enrolment)

    assert completing.consider(enrolment.pk) is None

    (gap,) = completions.standings("R-1")[0].missing
    assert completions.explain(gap) == (
        f"Programme “{edition.titles['en']}” was accredited until {sessions[0].on:%d.%m.%Y}, and "
        f"{sessions[2].on:%d.%m.%Y} came after (Day 2 (Day D2)) – no certificate until the Council decides, or a "
        "renewed accreditation covers that day."
    )


def test_a_certificate_states_an_accreditation_of_the_programme_only_where_one_held(group, sessions):
    edition = group.round.edition
    facts = {"accreditation": [edition.programme_code]}
    Edition.objects.filter(pk=edition.pk).update(
        accreditation=accredited(until=sessions[0].on), rule=edition.rule | facts
    )
    decided, renewed = EnrolmentFactory(group=group), EnrolmentFactory(group=group)
    attend(sessions, decided, renewed)
    Waiver.objects.create(
        enrolment=decided,
        kind="accreditation",
        code=edition.programme_code,
        reason="Decided",
        granted_at=clock.now(),
        granted_by=UserFactory(),
    )
    completing.consider(decided.pk)
    renewal = accredited(None, since=sessions[0].on, number="5/2")
    EditionFactory(programme_code=edition.programme_code, number=2, days=0, modules=1, accreditation=renewal)
    completing.consider(renewed.pk)

    assert completions.get(decided.registration).accreditation["status"] == "expired"
    assert completions.get(renewed.registration).accreditation == renewal


def test_accreditations_are_judged_in_the_same_number_of_queries_for_one_and_for_four():
    past = clock.local_day() - timedelta(days=5)
    learned_online(until=past)
    one = statements(lambda: completions.standings_of_programme("ONL"))
    edition = Edition.objects.get(programme_code="ONL")
    for _number in range(3):
        enrolment = learned_online(until=past, code=f"X{_number}")
        LessonProgress.objects.filter(enrolment=enrolment).update(
            lesson_key=edition.modules.get().lessons.get().page_key
        )
        Attempt.objects.filter(enrolment=enrolment).update(assessment=edition.assessments.get())
        Enrolment.objects.filter(pk=enrolment.pk).update(edition=edition, programme_code="ONL")

    standings = completions.standings_of_programme("ONL")

    assert [[gap.reason for gap in each.missing] for each in standings] == [["accreditation_expired"]] * 4
    assert statements(lambda: completions.standings_of_programme("ONL")) == one


# --- Many, at once, again --------------------------------------------------------------------------


def statements(function) -> int:
    with CaptureQueriesContext(connection) as queries:
        function()
    return len(queries)


def test_many_are_considered_in_the_same_number_of_queries(group, sessions):
    few = [EnrolmentFactory(group=group)]
    many = [EnrolmentFactory(group=group) for _number in range(7)]
    attend(sessions, *few, *many)

    one = statements(lambda: completing.consider_many([each.pk for each in few]))
    seven = statements(lambda: completing.consider_many([each.pk for each in many]))

    assert Completion.objects.count() == 8
    assert one == seven
    assert seven <= 25


def test_a_saved_sheet_completes_through_the_queue(group, sessions, run_queue):
    enrolments = [EnrolmentFactory(group=group) for _number in range(3)]
    attend(sessions[:3], *enrolments)
    run_queue()

    say(sessions[3], *enrolments)

    tasks = run_queue()
    assert [task.func for task in tasks] == ["courses.tasks.consider"]
    assert Completion.objects.count() == 3


def test_the_signal_carries_the_registration_only_and_is_sent_once(group, sessions, django_capture_on_commit_callbacks):
    enrolment = EnrolmentFactory(group=group)
    attend(sessions, enrolment)
    heard = []

    def listen(sender, **said):
        said.pop("signal")
        heard.append(said)

    completions.course_completed.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            completing.consider(enrolment.pk)
            completing.consider(enrolment.pk)
    finally:
        completions.course_completed.disconnect(listen)

    assert heard == [{"registration": enrolment.registration}]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_record_it_once(group, sessions):
    enrolments = [EnrolmentFactory(group=group) for _number in range(5)]
    attend(sessions, *enrolments)
    ids, together, new = [each.pk for each in enrolments], Barrier(4), []

    def work(order):
        together.wait()
        new.extend(completing.consider_many(order))
        connection.close()

    threads = [Thread(target=work, args=(ids if number % 2 else ids[::-1],)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(new) == Completion.objects.count() == 5


# --- When the evidence changes afterwards ----------------------------------------------------------


def test_an_amended_mark_contradicts_the_completion_and_does_not_touch_it(group, sessions):
    enrolment = EnrolmentFactory(group=group)
    attend(sessions, enrolment)
    before = completing.consider(enrolment.pk)
    assert list(completing.contradicted()) == []

    say(sessions[3], enrolment, value="absent")

    (found,) = completing.contradicted()
    assert found.completion == before
    assert [gap.reason for gap in found.missing] == ["day_partial"]
    assert [(met.kind, met.code) for met in found.lost] == [("day", "D2")]
    assert completing.consider(enrolment.pk) == before


def test_an_amendment_that_still_counts_contradicts_nothing(group, sessions):
    enrolment = EnrolmentFactory(group=group)
    attend(sessions, enrolment)
    completing.consider(enrolment.pk)

    say(sessions[3], enrolment, value="late", minutes_late=5)

    assert list(completing.contradicted()) == []


def test_evidence_that_a_make_up_replaces_is_still_reported(group, sessions):
    elsewhere = GroupFactory(round=group.round, code="G2")
    enrolment = EnrolmentFactory(group=group)
    attend(sessions, enrolment)
    completing.consider(enrolment.pk)
    say(sessions[3], enrolment, value="absent")
    attend(
        [each for each in sessions_of(elsewhere, clock.local_day() - timedelta(days=9)) if each.day.code == "D2"],
        enrolment,
    )

    (found,) = completing.contradicted()

    # Still complete, but not by what was recorded: the certificate names another day and place.
    assert found.missing == ()
    assert [met.code for met in found.lost] == ["D2"]


# --- Standings, and the same sentence for everybody ------------------------------------------------


def test_standings_list_everybody_with_what_is_missing(group, sessions):
    done = EnrolmentFactory(group=group, person=PersonFactory(surname="Aliu"))
    almost = EnrolmentFactory(group=group, person=PersonFactory(surname="Berisha"))
    gone = EnrolmentFactory(group=group, person=PersonFactory(surname="Curri"), ended_at=clock.now())
    attend(sessions, done)
    attend(sessions[:3], almost)
    completing.consider_many([done.pk, almost.pk, gone.pk])

    first, second = completions.standings("R-1", "G1")

    assert (first.registration, first.is_ready, first.missing) == (done.registration, True, ())
    assert first.completed == completions.get(done.registration)
    assert (second.person_reference, second.is_ready) == (almost.person.reference, False)
    assert [gap.reason for gap in second.missing] == ["day_pending"]


def test_standings_take_the_same_number_of_queries_for_one_and_for_seven(group, sessions):
    attend(sessions, EnrolmentFactory(group=group))
    completing.catch_up()
    one = statements(lambda: completions.standings("R-1"))
    attend(sessions, *(EnrolmentFactory(group=group) for _number in range(3)))
    completing.catch_up()
    attend(sessions[:2], *(EnrolmentFactory(group=group) for _number in range(3)))

    assert len(completions.standings("R-1")) == 7
    assert statements(lambda: completions.standings("R-1")) == one <= 25


def test_everything_met_but_not_recorded_says_so(group, sessions):
    attend(sessions, EnrolmentFactory(group=group))

    (standing,) = completions.standings("R-1")

    assert not standing.is_ready
    assert completions.explain_all(standing.missing) == [
        "Everything is met; the completion will be recorded within minutes."
    ]


def test_standings_of_an_online_programme_need_no_round():
    edition = EditionFactory(programme_code="ONL", days=0, modules=1, lessons=2)
    enrolment = EnrolmentFactory(edition=edition)

    (standing,) = completions.standings_of_programme("ONL")

    assert standing.enrolment_id == enrolment.pk
    assert completions.explain_all(standing.missing) == [
        "Module “Module M1” is missing: 0 of 2 lessons are done – continue reading."
    ]


def test_a_pending_half_day_is_explained_to_each_reader(group, sessions):
    enrolment = EnrolmentFactory(group=group)
    attend(sessions[:3], enrolment)
    (gap,) = completions.standings("R-1")[0].missing
    on, place = f"{sessions[3].on:%d.%m.%Y}", group.municipality.names["en"]

    assert completing.explain(gap, "learner") == (
        f"Day 2 (Day D2) is missing: nobody has marked the afternoon of {on} in {place}"
        " – the trainer of group G1 can do it."
    )
    assert completing.explain(gap, "trainer") == (
        f"Day 2 (Day D2) is missing: nobody has marked the afternoon of {on} in {place} – mark it on the roll call."
    )


def test_a_missed_day_names_the_make_up_or_that_there_is_none(group, sessions):
    enrolment = EnrolmentFactory(group=group)
    attend(sessions[:2], enrolment)
    for session in sessions[2:]:
        say(session, enrolment, value="absent")
    on, place = f"{sessions[3].on:%d.%m.%Y}", group.municipality.names["en"]

    (gap,) = completions.standings("R-1")[0].missing

    assert completing.explain(gap) == (
        f"Day 2 (Day D2) is missing: absent on {on} in {place} – no make-up yet: the organiser can plan one."
    )

    elsewhere = GroupFactory(round=group.round, code="G2")
    sessions_of(elsewhere, clock.local_day() + timedelta(days=5))
    (gap,) = completions.standings("R-1", "G1")[0].missing

    assert completing.explain(gap, "learner") == (
        f"Day 2 (Day D2) is missing: absent on {on} in {place} – you can make it up on "
        f"{clock.local_day() + timedelta(days=6):%d.%m.%Y} in {elsewhere.municipality.names['en']}."
    )
    assert gap.who == "learner"


def test_get_refuses_a_registration_without_completion():
    enrolment = EnrolmentFactory()

    with pytest.raises(completions.NotCompleted, match=str(enrolment.registration)):
        completions.get(enrolment.registration)


def test_facts_carry_what_a_certificate_states(group, sessions):
    enrolment = EnrolmentFactory(group=group)
    attend(sessions, enrolment)
    completing.consider(enrolment.pk)

    facts = completions.get(enrolment.registration)

    assert [(day.code, day.on, day.hours) for day in facts.days] == [
        ("D1", sessions[0].on, 6),
        ("D2", sessions[2].on, 6),
    ]
    assert facts.days[0].venue == sessions[0].venue.name
    assert (facts.round_code, facts.group_code, facts.person_id) == ("R-1", "G1", enrolment.person_id)
    assert completions.of(enrolment.person_id) == [facts]
    assert completions.since(clock.now() - timedelta(minutes=1)) == [facts]


# --- Against an independent clerk, on real rows ----------------------------------------------------


@settings(max_examples=50)
@given(st.data())
def test_recorded_completions_agree_with_an_independent_clerk(data):
    edition = EditionFactory(days=2)
    groups = [GroupFactory(round=RoundFactory(edition=edition)) for _number in range(2)]
    enrolments = [EnrolmentFactory(group=groups[number % 2]) for number in range(3)]
    first = clock.local_day() - PAST
    sessions = sessions_of(groups[0], first) + sessions_of(
        groups[1], first + timedelta(days=data.draw(st.sampled_from([0, 7])))
    )
    ledgers = {each.pk: [] for each in enrolments}
    for session in sessions:
        for each in enrolments:
            mark = None
            for _amendment in range(data.draw(st.sampled_from([0, 1, 1, 2]))):
                value = data.draw(st.sampled_from(["present"] * 5 + ["late", "left_early", "absent", "excused"]))
                minutes = data.draw(st.sampled_from([5, 15, 16, 46])) if value in ("late", "left_early") else 0
                mark = AttendanceMark.objects.create(
                    session=session,
                    enrolment=each,
                    value=value,
                    minutes_late=minutes if value == "late" else 0,
                    minutes_early=minutes if value == "left_early" else 0,
                    source="roll_call",
                    policy_version="2026-1",
                    recorded_at=clock.now(),
                    supersedes=mark,
                )
                ledgers[each.pk].append({"session": session.pk, "value": value, "late": minutes})
    cancelled = data.draw(st.sets(st.sampled_from([session.pk for session in sessions]), max_size=2))
    Session.objects.filter(pk__in=cancelled).update(cancelled_at=clock.now(), cancelled_by=UserFactory())

    completing.consider_many(ledgers)

    known = [
        {
            "id": session.pk,
            "day": session.day.code,
            "half": session.half,
            "starts_at": session.starts_at,
            "ends_at": session.ends_at,
            "cancelled": session.pk in cancelled,
        }
        for session in sessions
    ]
    recorded = dict(Completion.objects.filter(enrolment__in=ledgers).values_list("enrolment", "completed_at"))
    assert {pk: recorded.get(pk) for pk in ledgers} == {
        pk: clerk(known, ledger, ["D1", "D2"]) for pk, ledger in ledgers.items()
    }
