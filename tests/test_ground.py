"""The ground holds: the suite's database migrates and the settings are those of the suite."""

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from wagtail.models import Page

from lms.people import roles
from lms.people.models import User


@pytest.mark.django_db
def test_a_user_is_created_with_a_lower_case_address():
    user = User.objects.create_user("Lule@Example.ORG", "a long password")

    assert user.email == "lule@example.org"
    assert settings.SETTINGS_MODULE == "lms.settings.testing"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_what_migrations_wrote_is_there_for_every_committing_test(turn):
    assert Page.objects.filter(depth=1).count() == 1
    assert Group.objects.filter(name=roles.ORGANISER).count() == 1
