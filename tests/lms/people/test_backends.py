"""Who is signed in: found again on every page, gone when the account is closed or the session ended."""

import datetime

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from lms.people.backends import AccountBackend
from lms.people.models import User
from lms.people.sessions import SessionStore

pytestmark = pytest.mark.django_db


def test_the_user_of_a_session_is_whole():
    user = User.objects.create_user("demo@example.org", password=None, name="Vjosa Gashi")

    found = AccountBackend().get_user(user.pk)

    assert found == user
    assert {field.attname: getattr(found, field.attname) for field in User._meta.concrete_fields} == {
        field.attname: getattr(User.objects.get(pk=user.pk), field.attname) for field in User._meta.concrete_fields
    }


def test_a_closed_or_unknown_account_is_nobody():
    user = User.objects.create_user("demo@example.org", password=None, is_active=False)

    assert AccountBackend().get_user(user.pk) is None
    assert AccountBackend().get_user(user.pk + 1) is None


def test_a_session_is_read_back_until_it_ends():
    session = SessionStore()
    session["round"] = "REF-2026-1"
    session.save()

    assert SessionStore(session.session_key)["round"] == "REF-2026-1"

    Session.objects.update(expire_date=timezone.now() - datetime.timedelta(seconds=1))
    ended = SessionStore(session.session_key)
    assert ended.load() == {}
    assert ended.session_key is None  # a new one is made instead of taking up what a stranger may know
