import pytest

from lms.people.models import Person
from lms.people.operations import joining
from tests.factories import PersonFactory, UserFactory


@pytest.fixture
def user(db):
    return UserFactory(email="arta@example.org", name="")


def test_link_joins_the_one_person_who_has_the_address(user):
    person = PersonFactory(given_name="Arta", surname="Gashi", email="Arta@Example.org", language="sr")

    joining.link_by_email(user, "arta@example.org")

    person.refresh_from_db()
    assert person.user == user
    assert (user.name, user.language) == ("Arta Gashi", "sr")


def test_link_leaves_a_shared_mailbox_to_somebody_who_knows_them(user):
    PersonFactory.create_batch(2, email="arta@example.org")

    assert joining.link_by_email(user, "arta@example.org") is None
    assert Person.objects.filter(user=user).count() == 0


def test_link_never_takes_a_person_who_has_an_account(user):
    other = PersonFactory(email="arta@example.org", user=UserFactory())

    assert joining.link_by_email(user, "arta@example.org") is None
    assert Person.objects.get(pk=other.pk).user != user


def test_link_leaves_an_account_that_has_a_person(user):
    mine = PersonFactory(user=user)
    other = PersonFactory(email="arta@example.org")

    assert joining.link_by_email(user, "arta@example.org") is None
    assert Person.objects.get(user=user) == mine
    assert Person.objects.get(pk=other.pk).user is None


def test_link_finds_nobody_by_an_empty_address(user):
    PersonFactory(email="")

    assert joining.link_by_email(user, "") is None


def test_enter_makes_the_person_as_written(user):
    person = joining.enter(user, given_name="arta  ", surname="de la Cruz", father_name="", language="en", by=user)

    assert (person.given_name, person.surname, person.email) == ("arta", "de la Cruz", "arta@example.org")
    assert user.name == "arta de la Cruz"


def test_enter_refuses_a_second_person_for_one_account(user):
    PersonFactory(user=user)

    with pytest.raises(joining.AlreadyJoined, match="has a name already"):
        joining.enter(user, given_name="Arta", surname="G", father_name="", language="en", by=user)

    assert Person.objects.filter(user=user).count() == 1


def test_change_details_keeps_the_account_in_the_same_language(user):
    person = PersonFactory(user=user)

    joining.change_details(person, language="sr-latn", phone="+383 44 123 456", by=user)

    user.refresh_from_db()
    assert (person.phone, user.language) == ("+383 44 123 456", "sr-latn")
