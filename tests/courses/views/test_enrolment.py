"""Enrolling oneself: a group is chosen, refusals are said, and nobody touches another's enrolment."""

from datetime import timedelta

import pytest

from courses.models import Enrolment
from lms.kernel import clock
from tests.courses.pages import module_page, published
from tests.factories import EnrolmentFactory, GroupFactory, PersonFactory, UserFactory, sessions_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def browser(user, client_for):
    PersonFactory(user=user)
    return client_for(user)


@pytest.fixture
def group():
    edition = published("REF", days=1)[1]
    group = GroupFactory(round__edition=edition, capacity=1)
    sessions_of(group, clock.local_day() + timedelta(days=7))
    return group


URL = "/sq/learn/enrol/REF/"


def test_one_enrols_in_a_group_and_comes_back_to_the_programme(browser, user, group):
    response = browser.post(URL, {"group": group.pk})

    assert response.url == "/sq/trajnimet/ref/"
    enrolment = Enrolment.objects.get()
    assert (enrolment.person.user, enrolment.group, enrolment.source) == (user, group, "self")


def test_one_enrols_in_an_online_programme_with_one_button(browser):
    published("ACC", modules=[module_page("M1")])

    browser.post("/sq/learn/enrol/ACC/")

    assert Enrolment.objects.get().programme_code == "ACC"


def test_a_full_group_is_said_and_nobody_is_enrolled(browser, group):
    EnrolmentFactory(group=group)

    response = browser.post(URL, {"group": group.pk})

    assert response.status_code == 409
    assert Enrolment.objects.count() == 1


@pytest.mark.parametrize("chosen", ["0", "²", "x", "-1", "99999999"])
def test_a_group_that_is_not_offered_does_not_exist(browser, group, chosen):
    assert browser.post(URL, {"group": chosen}).status_code == 404


def test_a_group_of_another_programme_does_not_exist_here(browser, group):
    other = GroupFactory()
    sessions_of(other, clock.local_day() + timedelta(days=7))

    assert browser.post(URL, {"group": other.pk}).status_code == 404
    assert Enrolment.objects.count() == 0


def test_enrolling_needs_an_account_and_a_programme(client, browser, group):
    assert client.post(URL, {"group": group.pk}).status_code == 302
    assert browser.get("/sq/learn/enrol/NONE/").status_code == 404
    assert Enrolment.objects.count() == 0


def test_withdrawing_asks_first_and_then_withdraws(browser, user, group):
    enrolment = EnrolmentFactory(group=group, person=user.person)
    url = f"/sq/learn/enrolment/{enrolment.registration}/withdraw/"

    assert browser.get(url).status_code == 200
    assert Enrolment.objects.active().count() == 1
    browser.post(url, {"reason": "moved"})
    assert Enrolment.objects.active().count() == 0


@pytest.mark.parametrize("what", ["withdraw", "move"])
def test_the_enrolment_of_somebody_else_does_not_exist(browser, group, what):
    enrolment = EnrolmentFactory(group=group)

    response = browser.post(f"/sq/learn/enrolment/{enrolment.registration}/{what}/", {"group": group.pk})

    assert response.status_code == 404
    assert Enrolment.objects.active().count() == 1


def test_changing_the_group_keeps_the_registration(browser, user, group):
    enrolment = EnrolmentFactory(group=group, person=user.person)
    other = GroupFactory(round=group.round)
    sessions_of(other, clock.local_day() + timedelta(days=7))

    browser.post(f"/sq/learn/enrolment/{enrolment.registration}/move/", {"group": other.pk})

    moved = Enrolment.objects.get()
    assert (moved.group, moved.registration) == (other, enrolment.registration)
