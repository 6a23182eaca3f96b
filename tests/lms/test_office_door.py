"""Who may not enter the office is told so, once."""

import pytest
from wagtail.users.models import UserProfile

from lms.people import roles
from tests.factories import PersonFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", [None, roles.TRAINER])
def test_somebody_without_business_there_is_refused_and_not_sent_in_circles(client_for, role):
    user = PersonFactory(user=UserFactory(roles=[role] if role else [])).user

    answer = client_for(user).get("/office/questions/", follow=True)

    assert answer.status_code == 403
    assert [address.split("?")[0] for address, _status in answer.redirect_chain] == ["/office/login/"]
    assert "This page is not for your account" in answer.content.decode()


def test_a_visitor_signs_in_and_comes_back_to_where_they_wanted(client):
    answer = client.get("/office/questions/", follow=True)

    assert answer.redirect_chain[-1][0].endswith("/account/login/?next=/office/questions/")


def test_who_may_enter_is_let_in_from_the_door(client_for):
    answer = client_for(UserFactory(roles=[roles.ORGANISER])).get("/office/login/?next=/office/questions/")

    assert answer.url == "/office/"


@pytest.mark.parametrize("language", ["sq", "sr-latn", "sr", "en"])
def test_the_office_speaks_the_language_its_reader_last_read_in(client_for, language):
    user = UserFactory(roles=[roles.ORGANISER])
    UserProfile.get_for_user(user)  # Wagtail makes one as soon as somebody does something in the office
    browser = client_for(user)
    browser.get(f"/{language}/my/")

    page = browser.get("/office/").content.decode()

    assert f'<html lang="{language}"' in page
