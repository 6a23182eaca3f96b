"""The sign-in page of the demonstration says who one may be; any other installation's says nothing."""

import pytest

from lms.people.demo import loading
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PAGE = "/en/account/login/"


def test_the_demonstration_lists_its_accounts_with_role_and_password(client):
    UserFactory(email="demo20@example.org")

    page = client.get(PAGE).content.decode()

    assert "demo20@example.org" in page
    assert "trainer of group G6" in page
    assert loading.PASSWORD in page
    assert "demo29@example.org" not in page  # no such account here


def test_roles_are_told_in_the_readers_language(client):
    UserFactory(email="demo20@example.org")

    assert "demo20@example.org" in client.get("/sq/account/login/").content.decode()


def test_elsewhere_nothing_is_told(client, settings):
    UserFactory(email="demo20@example.org")
    settings.DEMO = False

    page = client.get(PAGE).content.decode()

    assert "demo20@example.org" not in page
    assert loading.PASSWORD not in page


def test_a_demonstration_without_accounts_tells_nothing(client):
    assert loading.PASSWORD not in client.get(PAGE).content.decode()
