"""The personal number in the office: administrators only, with a reason, once, and written down."""

import pytest
from django.urls import reverse

from lms.people import roles
from lms.people.models import PersonalNumberAccess
from lms.people.operations import recording
from tests.certification.factories import licence_for
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NUMBER = "0000000019"


@pytest.fixture
def person():
    return recording.record(given_name="Arta", surname="Gashi", personal_number=NUMBER)


@pytest.fixture
def administrator():
    return UserFactory(roles=[roles.ADMINISTRATOR])


def address(person) -> str:
    return reverse("register:personal_number", args=[person.reference])


def test_an_administrator_reads_the_number_with_a_reason_that_is_written_down(client_for, administrator, person):
    browser = client_for(administrator)

    asked = browser.get(address(person))
    without_reason = browser.post(address(person), {"reason": " "})
    assert not PersonalNumberAccess.objects.exists()
    read = browser.post(address(person), {"reason": "Request 4/2026"})

    assert NUMBER not in asked.content.decode() + without_reason.content.decode()
    assert NUMBER in read.content.decode()
    assert "no-store" in read["Cache-Control"]
    access = PersonalNumberAccess.objects.get()
    assert (access.person, access.read_by, access.reason) == (person, administrator, "Request 4/2026")


@pytest.mark.parametrize("role", [roles.COUNCIL_OFFICER, roles.INSPECTOR, roles.ORGANISER])
def test_nobody_else_reads_it(client_for, person, role):
    answer = client_for(UserFactory(roles=[role])).post(address(person), {"reason": "curious"})

    assert answer.status_code in (302, 403)
    assert not PersonalNumberAccess.objects.exists()


def test_the_number_is_on_no_other_page(client_for, administrator, person):
    licence = licence_for(person)
    browser = client_for(administrator)
    addresses = [
        reverse("register:list"),
        reverse("register:people"),
        reverse("register:person", args=[person.reference]),
        reverse("register:licence", args=[licence.pk]),
        reverse("register:people") + f"?q={NUMBER}",
    ]

    pages = [browser.get(one).content.decode() for one in addresses]

    assert not [page for page in pages[:4] if NUMBER in page]
    assert "Nobody is called so." in pages[4]
