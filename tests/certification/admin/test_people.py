"""Persons in the office: the personal number read by administrators only and written down; two entries merged."""

import pytest
from django.urls import reverse

from lms.people import roles
from lms.people.models import PersonalNumberAccess, PersonMerge
from lms.people.operations import recording
from tests.certification.factories import licence_for
from tests.factories import PersonFactory, UserFactory

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


def test_two_entries_are_merged_after_it_was_shown_what_moves_and_an_inspector_merges_nothing(client_for):
    survivor, other = (
        PersonFactory(given_name="Arta", surname="Gashi"),
        PersonFactory(given_name="Arta", surname="Kola"),
    )
    licence_for(other, "L-3")
    address = reverse("register:merge", args=[survivor.reference])
    said = {"other": other.reference, "reason": "Same identity card"}
    office = client_for(UserFactory(roles=[roles.COUNCIL_OFFICER]))

    client_for(UserFactory(roles=[roles.INSPECTOR])).post(address, said | {"confirmed": "yes"})
    shown = office.post(address, said).content.decode()
    untouched = PersonMerge.objects.count()
    done = office.post(address, said | {"confirmed": "yes"}, follow=True).content.decode()
    of_other = office.get(reverse("register:person", args=[other.reference])).content.decode()
    unknown = office.post(address, said | {"other": "P-NOBODY00"}).content.decode()
    split = office.post(reverse("register:split", args=[PersonMerge.objects.get().pk]), follow=True).content.decode()

    assert "licences: 1" in shown
    assert untouched == 0
    assert "L-3" in done
    assert "Same identity card" in done
    assert "This entry was merged into" in of_other
    assert "Nobody has the person reference P-NOBODY00" in unknown
    assert "back where it was" in split
    assert other.licences.count() == 1
