"""Places are given once, everything that happens to an enrolment is written down, and nothing earned is lost."""

import contextlib
import threading
from datetime import date, timedelta

import pytest
from django.db import OperationalError, connection

from courses import prerequisites
from courses.models import Completion, Enrolment, EnrolmentEvent
from courses.operations import enrolling, learning
from courses.operations.enrolling import (
    AlreadyCompleted,
    AlreadyEnrolled,
    EnrolmentClosed,
    EnrolmentRefused,
    GroupFull,
    Newcomer,
    NotCompleted,
    NotOpen,
    PrerequisiteMissing,
    WrongGroup,
)
from lms.kernel import clock
from lms.people.models import Person
from tests.factories import (
    EditionFactory,
    EnrolmentFactory,
    GroupFactory,
    PersonFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def complete(enrolment):
    return Completion.objects.create(
        enrolment=enrolment,
        completed_at=clock.now(),
        completed_on=clock.local_day(),
        evidence=[],
        rule={},
        recorded_at=clock.now(),
    )


def kinds(enrolment):
    return list(EnrolmentEvent.objects.filter(enrolment=enrolment).values_list("kind", flat=True))


def test_enrol_gives_a_place_and_writes_it_down():
    group, person, user = GroupFactory(), PersonFactory(), UserFactory()

    enrolment = enrolling.enrol(person, group.round.edition, group=group, by=user)

    assert (enrolment.person, enrolment.group, enrolment.source) == (person, group, "organiser")
    assert enrolment.programme_code == group.round.edition.programme_code
    event = EnrolmentEvent.objects.get()
    assert (event.kind, event.group, event.by) == ("enrolled", group, user)


def test_enrol_refuses_when_every_place_is_taken():
    group = GroupFactory(capacity=2)
    EnrolmentFactory.create_batch(2, group=group)

    with pytest.raises(GroupFull, match="All 2 places are taken"):
        enrolling.enrol(PersonFactory(), group.round.edition, group=group, by=None)

    assert group.enrolments.count() == 2


def test_a_place_of_somebody_who_withdrew_is_free_again():
    group = GroupFactory(capacity=1)
    enrolling.withdraw(EnrolmentFactory(group=group), by=None)

    enrolment = enrolling.enrol(PersonFactory(), group.round.edition, group=group, by=None)

    assert enrolment.group == group


def test_enrolling_twice_in_one_programme_is_refused_even_in_another_edition():
    first = EnrolmentFactory(edition=EditionFactory(programme_code="REF"))
    newer = EditionFactory(programme_code="REF", number=2)

    with pytest.raises(AlreadyEnrolled, match="already"):
        enrolling.enrol(first.person, newer, by=None)


def test_one_cannot_enrol_oneself_in_a_closed_programme():
    edition = EditionFactory(is_open=False, days=0, modules=1)

    with pytest.raises(NotOpen, match="organiser"):
        enrolling.enrol(PersonFactory(), edition, by=None, source="self")


def test_one_enrols_oneself_in_a_group_where_there_are_training_days():
    with pytest.raises(WrongGroup, match="Choose the group"):
        enrolling.enrol(PersonFactory(), EditionFactory(days=1), by=None, source="self")


def test_a_group_of_another_programme_is_refused():
    with pytest.raises(WrongGroup, match="another programme"):
        enrolling.enrol(PersonFactory(), EditionFactory(), group=GroupFactory(), by=None)


def test_the_closing_day_is_the_last_day_for_oneself_and_binds_no_organiser():
    group = GroupFactory(round__enrolment_closes_on=clock.local_day())
    enrolling.enrol(PersonFactory(), group.round.edition, group=group, by=None, source="self")
    group.round.enrolment_closes_on = clock.local_day() - timedelta(days=1)
    group.round.save()

    with pytest.raises(EnrolmentClosed, match="closed on"):
        enrolling.enrol(PersonFactory(), group.round.edition, group=group, by=None, source="self")

    assert enrolling.enrol(PersonFactory(), group.round.edition, group=group, by=None).group == group


@pytest.fixture
def licence_check(monkeypatch):
    monkeypatch.setattr(prerequisites, "_checks", {})
    prerequisites.plug("licence", lambda person, edition, on: None if person.surname == "Krasniqi" else "No licence.")


def test_a_prerequisite_is_asked_only_where_the_edition_needs_a_licence(licence_check):
    needs = EditionFactory(days=0, modules=1, needs_licence=True)

    with pytest.raises(PrerequisiteMissing, match="No licence"):
        enrolling.enrol(PersonFactory(), needs, by=None)

    assert enrolling.enrol(PersonFactory(surname="Krasniqi"), needs, by=None)
    assert enrolling.enrol(PersonFactory(), EditionFactory(days=0, modules=1), by=None)


def test_who_loses_the_licence_later_goes_on(licence_check):
    person = PersonFactory(surname="Krasniqi")
    edition = EditionFactory(days=0, modules=1, lessons=1, needs_licence=True)
    enrolment = enrolling.enrol(person, edition, by=None)
    person.surname = "Gashi"  # from now on the check says: no licence
    person.save()
    lesson = edition.modules.get().lessons.get()

    learning.mark_done(person, lesson.page_key)

    assert enrolment.lesson_progress.get().done_at is not None
    with pytest.raises(PrerequisiteMissing):
        enrolling.enrol(person, EditionFactory(days=0, modules=1, needs_licence=True), by=None)


def test_withdrawing_ends_the_enrolment_keeps_the_row_and_may_be_repeated():
    enrolment = EnrolmentFactory()

    first = enrolling.withdraw(enrolment, by=None, reason="moved away")
    again = enrolling.withdraw(enrolment, by=None)

    assert first.ended_at == again.ended_at
    assert kinds(enrolment) == ["enrolled", "withdrawn"]
    assert EnrolmentEvent.objects.get(kind="withdrawn").reason == "moved away"


def test_nobody_withdraws_from_what_is_completed():
    enrolment = EnrolmentFactory()
    complete(enrolment)

    with pytest.raises(AlreadyCompleted):
        enrolling.withdraw(enrolment, by=None)


def test_moving_takes_a_place_in_the_other_group_and_frees_the_old_one():
    enrolment = EnrolmentFactory(group=GroupFactory(capacity=1))
    old = enrolment.group
    other = GroupFactory(round=old.round, capacity=1)

    enrolling.move(enrolment, other, by=None)
    enrolling.move(enrolment, other, by=None)

    assert kinds(enrolment) == ["enrolled", "moved"]
    assert Enrolment.objects.get(pk=enrolment.pk).group == other
    assert enrolling.enrol(PersonFactory(), old.round.edition, group=old, by=None).group == old


def test_moving_into_a_full_group_or_another_edition_is_refused():
    enrolment = EnrolmentFactory(group=GroupFactory())
    full = GroupFactory(round=enrolment.group.round, capacity=1)
    EnrolmentFactory(group=full)

    with pytest.raises(GroupFull):
        enrolling.move(enrolment, full, by=None)
    with pytest.raises(WrongGroup):
        enrolling.move(enrolment, GroupFactory(), by=None)


def test_the_closing_day_binds_moves_of_the_person_themself_too():
    user = UserFactory()
    group = GroupFactory(round__enrolment_closes_on=date(2020, 1, 1))
    enrolment = EnrolmentFactory(group=group, person=PersonFactory(user=user))
    other = GroupFactory(round=group.round)

    with pytest.raises(EnrolmentClosed):
        enrolling.move(enrolment, other, by=user)

    assert enrolling.move(enrolment, other, by=UserFactory()).group == other


def test_enrolling_again_closes_the_completed_registration_and_starts_clean():
    old = EnrolmentFactory()
    complete(old)

    new = enrolling.enrol_again(old, old.edition, by=None)

    assert new.registration != old.registration
    assert kinds(old) == ["enrolled", "closed"]
    assert Completion.objects.get().enrolment == old


def test_enrolling_again_before_completing_is_refused_and_changes_nothing():
    old = EnrolmentFactory()

    with pytest.raises(NotCompleted):
        enrolling.enrol_again(old, old.edition, by=None)

    assert kinds(old) == ["enrolled"]


def test_enrolling_again_into_a_full_group_leaves_the_old_registration_open():
    full = GroupFactory(capacity=1)
    EnrolmentFactory(group=full)
    old = EnrolmentFactory(edition=full.round.edition)
    complete(old)

    with pytest.raises(GroupFull):
        enrolling.enrol_again(old, old.edition, group=full, by=None)

    old.refresh_from_db()
    assert old.ended_at is None


def test_a_list_enters_new_persons_and_enrols_all_of_them_once():
    group = GroupFactory(capacity=3)
    known = PersonFactory()
    EnrolmentFactory(group=group, person=known)
    newcomers = [
        Newcomer(known, group),
        Newcomer(Person(given_name="  Ana ", surname="Đukić"), group),
        Newcomer(PersonFactory(), group),
    ]

    result = enrolling.enrol_many(newcomers, group.round.edition, by=None)
    again = enrolling.enrol_many(newcomers, group.round.edition, by=None)

    assert (result.persons, result.enrolled, result.already) == (1, 2, 1)
    assert (again.persons, again.enrolled, again.already) == (0, 0, 3)
    assert Person.objects.matching("Dukic").get().given_name == "Ana"
    assert EnrolmentEvent.objects.filter(kind="enrolled").count() == 3


def test_a_list_that_does_not_fit_enrols_nobody():
    group = GroupFactory(capacity=2)

    with pytest.raises(GroupFull, match="2 free places, but 3 people"):
        enrolling.enrol_many([Newcomer(PersonFactory(), group) for _n in range(3)], group.round.edition, by=None)

    assert Enrolment.objects.count() == 0


def test_a_list_takes_a_few_statements_per_thousand_and_not_some_per_person(django_assert_max_num_queries):
    group = GroupFactory(capacity=2000)
    people = [Newcomer(Person(given_name=f"Ana{n}", surname="Gashi"), group) for n in range(900)]

    with django_assert_max_num_queries(45):
        enrolling.enrol_many(people, group.round.edition, by=None)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_twenty_people_asking_for_the_last_place_at_once_get_it_once():
    group = GroupFactory(capacity=1)
    people = [PersonFactory() for _n in range(20)]
    start = threading.Barrier(len(people))
    outcomes = []

    def ask(person):
        start.wait()
        try:
            enrolling.enrol(person, group.round.edition, group=group, by=None)
        except GroupFull:
            outcomes.append("full")
        else:
            outcomes.append("enrolled")
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["enrolled", *["full"] * 19]
    assert Enrolment.objects.active().filter(group=group).count() == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_one_person_asking_twice_at_once_is_enrolled_once():
    edition, person = EditionFactory(days=0, modules=1), PersonFactory()
    start = threading.Barrier(8)
    outcomes = []

    def ask():
        start.wait()
        try:
            enrolling.enrol(person, edition, by=None)
        except AlreadyEnrolled:
            outcomes.append("already")
        else:
            outcomes.append("enrolled")
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == [*["already"] * 7, "enrolled"]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("other", ["enrol_again", "withdraw"])
def test_moving_and_whatever_else_happens_to_an_enrolment_wait_for_each_other_one_way_round(other):
    enrolment = EnrolmentFactory(group=GroupFactory())
    there = GroupFactory(round=enrolment.group.round)
    if other == "enrol_again":
        complete(enrolment)
    deeds = {
        "enrol_again": lambda: enrolling.enrol_again(enrolment, enrolment.edition, group=there, by=None),
        "withdraw": lambda: enrolling.withdraw(enrolment, by=None),
        # To where one is withdrawn from: that deed writes down the group which this one holds.
        "move": lambda: enrolling.move(enrolment, there if other == "enrol_again" else enrolment.group, by=None),
    }
    both_hold_a_row = threading.Barrier(2)
    outcomes = {}

    def act(name):
        locked = []

        def pause(execute, sql, params, many, context):
            result = execute(sql, params, many, context)
            if "FOR UPDATE" in sql or "FOR NO KEY UPDATE" in sql:
                if not locked:
                    with contextlib.suppress(threading.BrokenBarrierError):  # one waits for the other: as it should be
                        both_hold_a_row.wait(timeout=1)
                locked.append(sql)
            return result

        try:
            with connection.execute_wrapper(pause):
                deeds[name]()
        except EnrolmentRefused as refused:
            outcomes[name] = type(refused).__name__
        except OperationalError as error:
            outcomes[name] = str(error).splitlines()[0]
        else:
            outcomes[name] = "done"
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=(name,)) for name in ("move", other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes[other] == "done"
    assert outcomes["move"] in {"done", "AlreadyCompleted", "EnrolmentClosed"}


def test_a_list_that_loses_a_race_for_a_person_is_refused_whole():
    group = GroupFactory(capacity=10)
    first, second = PersonFactory(), PersonFactory()

    def somebody_is_quicker(execute, sql, params, many, context):
        if sql.startswith('INSERT INTO "courses_enrolment" ') and not quicker:
            quicker.append(1)
            EnrolmentFactory(person=second, edition=group.round.edition, group=None)
        return execute(sql, params, many, context)

    quicker = []
    with connection.execute_wrapper(somebody_is_quicker), pytest.raises(AlreadyEnrolled, match="try again"):
        enrolling.enrol_many([Newcomer(first, group), Newcomer(second, group)], group.round.edition, by=None)

    assert quicker == [1]
    assert not Enrolment.objects.exists()


def test_who_has_completed_takes_no_place_in_another_group():
    group = GroupFactory()
    other = GroupFactory(round=group.round, code="G2")
    enrolment = EnrolmentFactory(group=group, edition=group.round.edition)
    complete(enrolment)

    with pytest.raises(AlreadyCompleted, match="its group stays"):
        enrolling.move(enrolment, other, by=UserFactory())

    enrolment.refresh_from_db()
    assert enrolment.group == group
