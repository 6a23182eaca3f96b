"""Accounts in the office: made, named and given roles by an administrator."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group

from lms.people import roles
from lms.people.models import User
from tests.factories import UserFactory


@pytest.fixture
def office(client_for, db):
    """The browser of somebody with the role of administrator, who is not a superuser."""
    return client_for(UserFactory(email="admin@example.org", roles=[roles.ADMINISTRATOR]))


def role(name) -> int:
    return Group.objects.get(name=name).pk


def test_an_administrator_makes_an_account_with_a_role_and_without_password(office):
    office.post(
        "/office/users/new/",
        {"email": "Arta@Example.org", "name": "Arta Gashi", "language": "sq", "groups": [role(roles.TRAINER)]},
    )

    user = User.objects.get(email="arta@example.org")
    assert roles.roles_of(user) == {roles.TRAINER}
    assert not user.has_usable_password()
    assert not user.is_superuser
    assert list(EmailAddress.objects.filter(user=user).values_list("email", "verified", "primary")) == [
        ("arta@example.org", False, True)
    ]


def test_roles_are_shown_by_their_names(office):
    page = office.get("/office/users/new/").content.decode()

    assert "Council officer" in page
    assert "council_officer" not in page


def test_a_role_is_given_later(office):
    user = UserFactory()

    office.post(
        f"/office/users/edit/{user.pk}/",
        {
            "email": user.email,
            "name": user.name,
            "language": "en",
            "is_active": "on",
            "groups": [role(roles.ORGANISER), role(roles.INSPECTOR)],
        },
    )

    assert roles.roles_of(User.objects.get(pk=user.pk)) == {roles.ORGANISER, roles.INSPECTOR}


def test_an_account_is_switched_off(office):
    user = UserFactory(roles=[roles.ORGANISER])

    office.post(f"/office/users/edit/{user.pk}/", {"email": user.email, "name": user.name, "language": "en"})

    assert not User.objects.get(pk=user.pk).is_active


def test_nobody_becomes_a_superuser_in_the_browser(office):
    user = UserFactory()

    office.post(
        f"/office/users/edit/{user.pk}/",
        {"email": user.email, "name": user.name, "language": "en", "is_active": "on", "is_superuser": "on"},
    )

    assert not User.objects.get(pk=user.pk).is_superuser


def test_nobody_gives_themselves_a_role(office):
    me = User.objects.get(email="admin@example.org")

    office.post(
        f"/office/users/edit/{me.pk}/",
        {"email": me.email, "name": "Me", "language": "en", "groups": [role(roles.COUNCIL_OFFICER)]},
    )

    me = User.objects.get(pk=me.pk)
    assert (me.name, me.is_active, roles.roles_of(me)) == ("Me", True, {roles.ADMINISTRATOR})


def test_a_taken_address_is_refused_whatever_its_letters(office):
    UserFactory(email="arta@example.org")

    page = office.post("/office/users/new/", {"email": "ARTA@example.org", "name": "Arta", "language": "sq"})

    assert "Another account has this e-mail address" in page.content.decode()


def test_a_changed_address_has_to_be_proved_again(office):
    user = UserFactory(email="old@example.org")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)

    office.post(
        f"/office/users/edit/{user.pk}/",
        {"email": "new@example.org", "name": user.name, "language": "en", "is_active": "on"},
    )

    assert list(EmailAddress.objects.filter(user=user).values_list("email", "verified")) == [("new@example.org", False)]


@pytest.mark.parametrize("other", sorted(roles.OFFICE_ROLES - {roles.ADMINISTRATOR}))
def test_other_roles_have_no_accounts_in_their_office(client_for, db, other):
    answer = client_for(UserFactory(roles=[other])).get("/office/users/")

    assert answer.status_code == 302
    assert answer.url == "/office/"


def test_the_list_of_accounts_opens(office):
    assert office.get("/office/users/").status_code == 200


def test_the_office_carries_our_mark_and_colours(office):
    page = office.get("/office/").content.decode()

    assert "img/favicon.svg" in page
    assert "css/office.css" in page
    assert "Dëshmi" in page


def test_signing_in_to_the_office_happens_on_our_page(client, db):
    assert client.get("/office/login/?next=/office/").url == "/en/account/login/?next=/office/"
    assert client.get("/office/", follow=True).redirect_chain[-1][0] == "/en/account/login/?next=/office/"
