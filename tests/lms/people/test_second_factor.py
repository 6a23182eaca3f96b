"""Who must have a second factor is led to add one; nobody else is."""

import pytest
from allauth.mfa.models import Authenticator

from lms.people import roles
from tests.factories import UserFactory


@pytest.fixture
def required(settings):
    settings.REQUIRE_SECOND_FACTOR = True


@pytest.mark.parametrize("role", sorted(roles.SECOND_FACTOR_ROLES))
def test_a_role_with_power_is_led_to_add_a_second_factor(client_for, db, required, role):
    answer = client_for(UserFactory(roles=[role])).get("/office/", follow=True)

    assert answer.redirect_chain == [("/en/account/2fa/", 302)]
    assert "Your role needs a second factor" in answer.content.decode()


@pytest.mark.parametrize("role", sorted(set(roles.LABELS) - roles.SECOND_FACTOR_ROLES))
def test_other_roles_are_never_led_there(client_for, db, required, role):
    answer = client_for(UserFactory(roles=[role])).get("/en/account/profile/")

    assert answer.status_code == 200


def test_somebody_without_role_is_never_led_there(client_for, db, required):
    assert client_for(UserFactory()).get("/en/account/profile/").status_code == 200


def test_a_visitor_is_never_led_there(client, db, required):
    assert client.get("/en/account/login/").status_code == 200


def test_who_has_a_second_factor_goes_on(client_for, db, required):
    user = UserFactory(roles=[roles.COUNCIL_OFFICER])
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})

    assert client_for(user).get("/office/").status_code == 200


def test_recovery_codes_alone_are_no_second_factor(client_for, db, required):
    user = UserFactory(roles=[roles.COUNCIL_OFFICER])
    Authenticator.objects.create(user=user, type=Authenticator.Type.RECOVERY_CODES, data={})

    assert client_for(user).get("/office/").status_code == 302


def test_where_it_is_not_required_nobody_is_led_there(client_for, db, settings):
    settings.REQUIRE_SECOND_FACTOR = False

    assert client_for(UserFactory(roles=[roles.ADMINISTRATOR])).get("/office/").status_code == 200


def test_the_way_to_the_second_factor_and_out_stays_open(client_for, db, required):
    browser = client_for(UserFactory(roles=[roles.ADMINISTRATOR]))

    assert browser.get("/en/account/2fa/").status_code == 200
    assert browser.get("/en/account/logout/").status_code == 200


def test_having_had_a_second_factor_is_forgotten_when_it_is_removed(client_for, db, required):
    user = UserFactory(roles=[roles.COUNCIL_OFFICER])
    factor = Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    browser = client_for(user)
    browser.get("/office/")

    factor.delete()

    assert browser.get("/office/").status_code == 302
