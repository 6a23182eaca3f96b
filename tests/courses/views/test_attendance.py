"""Roll call over HTTP: the whole sheet as a form, single taps as a queue, and nobody else's sheets."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from courses.models import AttendanceMark, RosterEntry
from courses.operations import attending
from lms.kernel import clock
from lms.people import roles
from tests.factories import (
    EnrolmentFactory,
    GroupFactory,
    GroupTrainerFactory,
    PersonFactory,
    SessionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def trainer():
    return PersonFactory(user=UserFactory(roles=[roles.TRAINER]))


@pytest.fixture
def session(trainer):
    group = GroupFactory(code="G1")
    GroupTrainerFactory(group=group, person=trainer)
    return SessionFactory(group=group)


@pytest.fixture
def browser(client, trainer):
    client.force_login(trainer.user)
    return client


def member(session, **fields):
    fields.setdefault("enrolled_at", session.starts_at - timedelta(days=30))
    return EnrolmentFactory(group=session.group, **fields)


def address(name, session):
    return reverse(f"courses:{name}", args=[session.pk])


def send(browser, session, *taps, **message):
    body = json.dumps({"taps": list(taps)} | message)
    return browser.post(address("marks", session), body, content_type="application/json")


def tap(enrolment, value, **said):
    return {"client": str(uuid4()), "enrolment": enrolment.pk, "value": value, "seen": 0} | said


def test_the_page_shows_everybody_with_their_own_state(browser, session):
    late, open_one = member(session), member(session)
    attending.mark(session, late, "late", minutes_late=12, by=None)

    page = browser.get(address("roll-call", session)).content.decode()

    assert "1 of 2 marked" in page
    assert "12 min late" in page
    assert f'name="value-{open_one.pk}" value="unmarked" checked' in page


def test_looking_at_the_page_writes_nothing(browser, session):
    member(session)

    browser.get(address("roll-call", session))

    session.refresh_from_db()
    assert session.roster_opened_at is None
    assert not RosterEntry.objects.exists()


def test_the_form_saves_the_whole_sheet_without_javascript(browser, session):
    one, other, untouched = member(session), member(session), member(session)

    answer = browser.post(
        address("roll-call", session),
        {
            f"value-{one.pk}": "present",
            f"seen-{one.pk}": "0",
            f"value-{other.pk}": "late",
            f"late-{other.pk}": "20",
            f"remark-{other.pk}": "bus",
            f"seen-{other.pk}": "0",
            f"value-{untouched.pk}": "unmarked",
        },
        follow=True,
    )

    assert "2 marks saved." in answer.content.decode()
    said = {mark.enrolment: (mark.value, mark.minutes_late, mark.remark) for mark in AttendanceMark.objects.all()}
    assert said == {one: ("present", 0, ""), other: ("late", 20, "bus")}


def test_the_rest_is_marked_present_at_once_but_not_oneself(browser, session, trainer):
    absent, rest, own = member(session), member(session), member(session, person=trainer)

    browser.post(
        address("roll-call", session), {f"value-{absent.pk}": "absent", f"value-{rest.pk}": "unmarked", "rest": "1"}
    )

    said = dict(AttendanceMark.objects.values_list("enrolment", "value"))
    assert said == {absent.pk: "absent", rest.pk: "present"}
    assert own.pk not in said


def test_the_form_tells_who_was_marked_by_somebody_else_meanwhile(browser, session):
    enrolment = member(session)
    attending.mark(session, enrolment, "absent", by=None)

    answer = browser.post(
        address("roll-call", session), {f"value-{enrolment.pk}": "present", f"seen-{enrolment.pk}": "0"}, follow=True
    )

    assert "was marked “absent” by somebody else" in answer.content.decode()
    assert AttendanceMark.objects.get().value == "absent"


def test_a_queue_of_taps_is_answered_one_by_one_and_may_be_sent_again(browser, session):
    one, other = member(session), member(session)
    taps = [tap(one, "present", captured="2026-11-22T09:00:00Z"), tap(other, "late", late=10)]

    first = send(browser, session, *taps).json()["outcomes"]
    again = send(browser, session, *taps).json()["outcomes"]

    assert [outcome["status"] for outcome in first] == ["saved", "saved"]
    assert [outcome["status"] for outcome in again] == ["replayed", "replayed"]
    assert [outcome["mark"] for outcome in first] == [outcome["mark"] for outcome in again]
    mark = AttendanceMark.objects.get(enrolment=one)
    assert (mark.client_id, mark.captured_at.hour, mark.source) == (mark.client_id, 9, "roll_call")
    assert AttendanceMark.objects.count() == 2


def test_a_refused_tap_says_what_holds_and_why(browser, session, trainer):
    enrolment, own = member(session), member(session, person=trainer)
    mark = attending.mark(session, enrolment, "absent", by=None)

    conflict, refused = send(browser, session, tap(enrolment, "present"), tap(own, "present")).json()["outcomes"]

    assert (conflict["status"], conflict["value"], conflict["mark"]) == ("conflict", "absent", mark.pk)
    assert refused["status"] == "refused"
    assert "You cannot mark yourself" in refused["message"]


def test_a_locked_sheet_asks_for_a_reason(browser, session):
    enrolment = member(session)
    session.on -= timedelta(days=5)
    session.save()

    without = send(browser, session, tap(enrolment, "present")).json()["outcomes"][0]
    given = send(browser, session, tap(enrolment, "present"), reason="Was overlooked").json()["outcomes"][0]

    assert (without["status"], given["status"]) == ("reason", "saved")
    assert AttendanceMark.objects.get().source == "amendment"
    assert "Reason for the changes" in browser.get(address("roll-call", session)).content.decode()


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"taps": [{}]}', '{"taps": [{"enrolment": "x", "value": 1}]}'])
def test_a_message_that_is_no_list_of_taps_is_refused(browser, session, body):
    answer = browser.post(address("marks", session), body, content_type="application/json")

    assert answer.status_code == 400


def test_a_coming_session_says_when_its_roll_call_opens(browser, session):
    session.on = clock.local_day() + timedelta(days=3)
    session.save()
    enrolment = member(session)

    assert (
        f"The roll call opens on {session.on:%d.%m.%Y}" in browser.get(address("roll-call", session)).content.decode()
    )
    assert send(browser, session, tap(enrolment, "present")).status_code == 409


@pytest.mark.parametrize("name", ["roll-call", "session", "add-guest", "sign-in-sheet", "sign-in-sheet-pdf"])
def test_the_sheets_of_a_neighbours_group_are_not_there(browser, session, name):
    neighbour = SessionFactory(group=GroupFactory(round=session.group.round))
    GroupTrainerFactory(group=neighbour.group)

    assert browser.get(address(name, neighbour)).status_code == 404
    assert browser.get(address(name, session)).status_code == 200


def test_a_neighbours_sheet_takes_no_marks(browser, session):
    neighbour = SessionFactory(group=GroupFactory(round=session.group.round))
    enrolment = member(neighbour)

    assert send(browser, neighbour, tap(enrolment, "present")).status_code == 404
    assert browser.post(address("roll-call", neighbour), {f"value-{enrolment.pk}": "present"}).status_code == 404
    assert browser.post(address("add-guest", neighbour), {"enrolment": enrolment.pk}).status_code == 404
    assert not AttendanceMark.objects.exists()


def test_the_office_works_in_every_group_and_a_stranger_is_sent_to_sign_in(client, session):
    assert client.get(address("roll-call", session)).status_code == 302

    client.force_login(UserFactory(roles=[roles.ORGANISER]))
    assert client.get(address("roll-call", session)).status_code == 200


def test_a_guest_is_found_and_put_on_the_sheet(browser, session):
    guest = EnrolmentFactory(
        group=GroupFactory(round=session.group.round, code="G2"),
        person=PersonFactory(given_name="Љубиша", surname="Џамбић"),
    )

    found = browser.get(address("add-guest", session), {"q": "dzambic"}).content.decode()
    page = browser.post(address("add-guest", session), {"enrolment": guest.pk}, follow=True).content.decode()

    assert "Љубиша Џамбић" in found
    assert "guest from G2" in page


def test_a_guest_of_another_programme_cannot_be_added(browser, session):
    stranger = EnrolmentFactory(group=GroupFactory())

    assert browser.post(address("add-guest", session), {"enrolment": stranger.pk}).status_code == 404


def test_the_paper_sheet_has_every_name_and_pages(browser, session):
    for number in range(43):
        member(session, person=PersonFactory(surname=f"Berisha{number}"))

    page = browser.get(address("sign-in-sheet", session)).content.decode()
    file = browser.get(address("sign-in-sheet-pdf", session))

    assert page.count("Berisha") == 43
    assert file["Content-Type"] == "application/pdf"
    assert file.content.startswith(b"%PDF")


def test_the_form_of_257_people_takes_no_more_statements_than_that_of_one(
    browser, session, django_assert_max_num_queries
):
    for _number in range(257):
        member(session)

    with django_assert_max_num_queries(12):
        answer = browser.get(address("roll-call", session))

    assert answer.content.count(b'class="rc-row"') == 257


@pytest.mark.parametrize("said", ["", "abc", "1e9", "9" * 30, "-1"])
def test_what_is_no_registration_is_nobody(browser, session, said):
    assert browser.post(address("add-guest", session), {"enrolment": said}).status_code == 404


@pytest.mark.parametrize("said", ["1e999", "NaN", "null", '"x"', "[]", "9" * 30])
def test_a_tap_about_what_is_no_registration_is_a_bad_message(browser, session, said):
    body = f'{{"taps": [{{"client": "{uuid4()}", "enrolment": {said}, "value": "present"}}]}}'

    answer = browser.post(address("marks", session), body, content_type="application/json")

    assert answer.status_code == 400
    assert not AttendanceMark.objects.exists()


def test_minutes_that_are_no_number_are_none(browser, session):
    enrolment = member(session)
    body = (
        f'{{"taps": [{{"client": "{uuid4()}", "enrolment": {enrolment.pk}, "value": "late", '
        '"late": 1e999, "early": "x", "seen": 1e999}]}'
    )

    answer = browser.post(address("marks", session), body, content_type="application/json")

    assert answer.status_code == 200
    assert AttendanceMark.objects.values_list("value", "minutes_late", "minutes_early").get() == ("late", 0, 0)
