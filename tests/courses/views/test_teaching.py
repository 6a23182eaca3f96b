"""The teaching pages: own groups only, counts that do not grow, and a gap that says what is missing."""

from datetime import timedelta

import pytest
from django.urls import reverse

from courses.operations import attending, enrolling, scheduling, waiving
from lms.kernel import clock
from lms.people import roles
from tests.factories import (
    EditionFactory,
    EnrolmentFactory,
    GroupFactory,
    GroupTrainerFactory,
    PersonFactory,
    RoundFactory,
    UserFactory,
    sessions_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def trainer():
    return PersonFactory(user=UserFactory(roles=[roles.TRAINER]))


@pytest.fixture
def group(trainer):
    group = GroupFactory(round=RoundFactory(code="R1", edition=EditionFactory(days=2)), code="G1")
    GroupTrainerFactory(group=group, person=trainer)
    return group


@pytest.fixture
def browser(client, trainer):
    client.force_login(trainer.user)
    return client


def test_my_groups_are_mine_and_say_where_a_roll_call_is_open(browser, group):
    sessions = sessions_of(group, clock.local_day() - timedelta(days=5))
    GroupFactory(round=group.round, code="G2")

    page = browser.get(reverse("courses:teaching")).content.decode()

    assert "R1/G1" in page
    assert "R1/G2" not in page
    assert reverse("courses:roll-call", args=[sessions[0].pk]) in page


def test_somebody_without_a_group_finds_nothing(client):
    client.force_login(UserFactory())

    assert client.get(reverse("courses:teaching")).status_code == 404


def test_a_trainer_in_two_places_at_once_is_told(browser, group, trainer):
    other = GroupFactory(round=group.round, code="G4")
    GroupTrainerFactory(group=other, person=trainer)
    for each in (group, other):
        sessions_of(each, clock.local_day() + timedelta(days=3))

    page = browser.get(reverse("courses:teaching")).content.decode()

    assert f"{trainer.full_name} is planned in R1/G1 and in R1/G4 at the same hours" in page


def test_the_board_counts_what_it_shows(browser, group):
    sessions = sessions_of(group, clock.local_day() - timedelta(days=5))
    whole, half = EnrolmentFactory(group=group), EnrolmentFactory(group=group)
    for session in sessions:
        attending.mark(session, whole, "present", by=None)
        attending.mark(session, half, "present" if session.half == "AM" else "absent", by=None)

    page = browser.get(reverse("courses:teaching-group", args=[group.pk])).content.decode()

    assert "1 of 2 people have all 2 days." in page
    assert 'aria-label="D1: there for a part only (afternoon)"' in page
    assert 'aria-label="D1: covered"' in page


def test_the_board_shows_only_gaps_when_asked(browser, group):
    sessions_of(group, clock.local_day() + timedelta(days=5))
    EnrolmentFactory(group=group, person=PersonFactory(surname="Morina"))

    page = browser.get(reverse("courses:teaching-group", args=[group.pk]), {"only": "gaps"}).content.decode()

    assert "Morina" not in page
    assert "Nobody in this group has anything open." in page


def test_the_board_takes_as_many_statements_for_many_as_for_few(browser, group, django_assert_num_queries):
    sessions = sessions_of(group, clock.local_day() - timedelta(days=5))
    address = reverse("courses:teaching-group", args=[group.pk])

    def attend():
        attending.mark(sessions[0], EnrolmentFactory(group=group), "present", by=None)

    attend()
    browser.get(address)
    with django_assert_num_queries(STATEMENTS):
        browser.get(address)
    attend(), attend()
    with django_assert_num_queries(STATEMENTS):
        browser.get(address)


STATEMENTS = 12


def test_a_persons_page_names_the_gap_the_make_up_and_every_mark(browser, group):
    sessions = sessions_of(group, clock.local_day() - timedelta(days=5))
    enrolment = EnrolmentFactory(group=group)
    for session in sessions:
        attending.mark(session, enrolment, "absent", by=None)
    attending.mark(sessions[0], enrolment, "present", by=None)
    elsewhere = GroupFactory(round=group.round, code="G7")
    sessions_of(elsewhere, clock.local_day() + timedelta(days=9))

    page = browser.get(reverse("courses:teaching-person", args=[group.pk, enrolment.pk])).content.decode()

    assert "0 of 2 days covered." in page
    assert "with R1/G7" in page
    assert "(corrected later)" in page


def test_neighbours_are_not_there_by_nested_address_either(browser, group):
    other = GroupFactory(round=group.round)
    neighbour = EnrolmentFactory(group=other)

    assert browser.get(reverse("courses:teaching-group", args=[other.pk])).status_code == 404
    assert browser.get(reverse("courses:teaching-person", args=[other.pk, neighbour.pk])).status_code == 404
    assert browser.get(reverse("courses:teaching-person", args=[group.pk, neighbour.pk])).status_code == 404


def test_my_coming_sessions_are_a_calendar(browser, trainer, group):
    there = GroupFactory(round=RoundFactory(code="R2", edition=EditionFactory(days=1)))
    (am, _pm) = sessions_of(there, clock.local_day() + timedelta(days=9))
    EnrolmentFactory(group=there, person=trainer)

    answer = browser.get(reverse("courses:my-sessions"))

    body = answer.content.decode()
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert body.count("BEGIN:VEVENT") == 2
    assert f"UID:session-{am.pk}-{trainer.reference}@deshmi" in body
    assert f"DTSTART;TZID=Europe/Belgrade:{am.on:%Y%m%d}T090000" in body
    assert "BEGIN:VTIMEZONE" in body
    assert all(len(line.encode()) <= 75 for line in body.split("\r\n"))


def test_a_session_called_off_is_cancelled_in_the_calendar_too(browser, trainer, group):
    there = GroupFactory(round=RoundFactory(code="R2", edition=EditionFactory(days=1)))
    (am, pm) = sessions_of(there, clock.local_day() + timedelta(days=9))
    (neighbours, _pm) = sessions_of(GroupFactory(round=there.round, code="G9"), clock.local_day() + timedelta(days=9))
    EnrolmentFactory(group=there, person=trainer)

    def event(session):
        body = browser.get(reverse("courses:my-sessions")).content.decode().replace("\r\n ", "")
        events = [each for each in body.split("BEGIN:VEVENT") if f"UID:session-{session.pk}-" in each]
        return [line for each in events for line in each.split("\r\n") if line.startswith(("SEQUENCE", "STATUS"))]

    assert event(am) == ["SEQUENCE:0", "STATUS:CONFIRMED"]

    scheduling.move(am, on=am.on + timedelta(days=1), by=UserFactory())
    for session in (am, neighbours):
        scheduling.cancel(session, by=UserFactory(), reason="Snow")

    assert event(am) == ["SEQUENCE:2", "STATUS:CANCELLED"]
    assert event(pm) == ["SEQUENCE:0", "STATUS:CONFIRMED"]
    assert event(neighbours) == []


def test_who_left_a_group_finds_its_sessions_cancelled_and_who_comes_back_finds_them_again(browser, trainer, group):
    round_ = RoundFactory(code="R2", edition=EditionFactory(days=1))
    here, there = GroupFactory(round=round_, code="G1"), GroupFactory(round=round_, code="G2")
    (first, _pm), (second, _pm) = (sessions_of(each, clock.local_day() + timedelta(days=9)) for each in (here, there))
    enrolment = EnrolmentFactory(group=here, person=trainer)

    def event(session):
        body = browser.get(reverse("courses:my-sessions")).content.decode().replace("\r\n ", "")
        events = [each for each in body.split("BEGIN:VEVENT") if f"UID:session-{session.pk}-" in each]
        return [line for each in events for line in each.split("\r\n") if line.startswith(("SEQUENCE", "STATUS"))]

    enrolling.move(enrolment, there, by=UserFactory())
    assert event(first) == ["SEQUENCE:1", "STATUS:CANCELLED"]
    assert event(second) == ["SEQUENCE:0", "STATUS:CONFIRMED"]

    enrolling.move(enrolment, here, by=UserFactory())
    assert event(first) == ["SEQUENCE:2", "STATUS:CONFIRMED"]
    assert event(second) == ["SEQUENCE:1", "STATUS:CANCELLED"]

    enrolling.withdraw(enrolment, by=UserFactory())
    assert event(first) == ["SEQUENCE:3", "STATUS:CANCELLED"]


def test_the_trainer_reads_the_same_about_what_is_missing_but_no_reasons(browser, group):
    sessions = sessions_of(group, clock.local_day() - timedelta(days=5))
    enrolment = EnrolmentFactory(group=group)
    for session in sessions[:2]:
        attending.mark(session, enrolment, "present", by=None)
    waiving.grant(waiving.propose(enrolment, "day", "D2", by=UserFactory(), reason="Private matters"), by=UserFactory())

    page = browser.get(reverse("courses:teaching-person", args=[group.pk, enrolment.pk])).content.decode()

    assert "Day 2 (Day D2): waived on" in page
    assert "Private matters" not in page
    assert "Everything is met" in page
