"""What a person sees and changes about themselves."""

import pytest
from django.http import HttpResponse

from lms.people.accounts import needs_person
from lms.people.models import Person
from tests.factories import PersonFactory, UserFactory

ADDRESS = "/en/account/profile/"
NAME = {"given_name": "Arta", "surname": "Gashi", "father_name": "Besim", "language": "en"}


@pytest.fixture
def user(db):
    return UserFactory(email="arta@example.org")


def test_a_visitor_is_asked_to_sign_in(client, db):
    assert client.get(ADDRESS).url == f"/en/account/login/?next={ADDRESS}"


def test_the_first_visit_asks_for_the_name_and_goes_on_to_my_page(client_for, user):
    browser = client_for(user)

    assert "What is your name?" in browser.get(ADDRESS).content.decode()
    answer = browser.post(ADDRESS, NAME)

    assert answer.url == "/en/my/"
    assert Person.objects.get(user=user).full_name_with_father == "Arta (Besim) Gashi"


def test_the_first_visit_goes_on_to_where_one_wanted_to_be(client_for, user):
    assert client_for(user).post(ADDRESS, NAME | {"next": "/en/learn/"}).url == "/en/learn/"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_first_visit_never_leads_to_another_site(client_for, user, elsewhere):
    assert client_for(user).post(ADDRESS, NAME | {"next": elsewhere}).url == "/en/my/"


def test_a_name_is_needed(client_for, user):
    page = client_for(user).post(ADDRESS, NAME | {"given_name": " "})

    assert 'id="id_given_name_error"' in page.content.decode()
    assert 'aria-invalid="true"' in page.content.decode()
    assert not Person.objects.filter(user=user).exists()


def test_the_name_of_a_person_in_the_register_stays_as_it_is(client_for, user):
    person = PersonFactory(user=user, given_name="Arta", surname="Gashi")

    page = client_for(user).get(ADDRESS).content.decode()
    client_for(user).post(ADDRESS, NAME | {"given_name": "Blerta", "language": "sr", "phone": ""})

    person.refresh_from_db()
    assert "show your identity card to the organiser" in page
    assert (person.given_name, person.language) == ("Arta", "sr")


def test_a_telephone_number_has_digits(client_for, user):
    person = PersonFactory(user=user)

    page = client_for(user).post(ADDRESS, {"language": "en", "phone": "call me"})

    person.refresh_from_db()
    assert "Write the number with digits" in page.content.decode()
    assert person.phone == ""


def test_a_page_that_needs_a_person_asks_for_the_name_first(rf, user):
    request = rf.get("/en/my/?tab=1")
    request.user = user

    answer = needs_person(lambda request: HttpResponse("seen"))(request)

    assert answer.url == "/en/account/profile/?next=%2Fen%2Fmy%2F%3Ftab%3D1"


def test_a_page_that_needs_a_person_opens_for_a_person(rf, user):
    request = rf.get("/en/my/")
    request.user = PersonFactory(user=user).user

    assert needs_person(lambda request: HttpResponse("seen"))(request).content == b"seen"
