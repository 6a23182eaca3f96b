"""Signing up, in, and out of trouble: the whole way through allauth, mail and the queue."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation

from lms.people.models import Person, User
from tests.factories import PASSWORD, PersonFactory, UserFactory

NEW = {"email": "arta@example.org", "password1": "a calm green river", "password2": "a calm green river"}


def link_in(message) -> str:
    return re.search(r"http://testserver(/\S+)", message.body).group(1)


@pytest.fixture
def proved(db):
    """A user whose address is proved, so that they may sign in."""
    user = UserFactory(email="arta@example.org")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def test_a_new_account_meets_its_person_when_the_address_is_proved(client, db, run_queue):
    person = PersonFactory(given_name="Arta", surname="Gashi", email="arta@example.org")

    client.post("/en/account/signup/", NEW)
    before = Person.objects.get(pk=person.pk).user
    run_queue()
    client.post(link_in(mail.outbox[0]))

    assert before is None
    assert Person.objects.get(pk=person.pk).user == User.objects.get(email="arta@example.org")
    assert User.objects.get(email="arta@example.org").name == "Arta Gashi"


def test_a_new_account_speaks_the_language_it_was_made_in(client, db, run_queue):
    client.post("/sr-latn/account/signup/", NEW)
    run_queue()

    assert User.objects.get().language == "sr-latn"
    assert "/sr-latn/account/confirm-email/" in mail.outbox[0].body


def test_an_unproved_address_cannot_sign_in(client, db):
    client.post("/en/account/signup/", NEW)

    answer = client.post("/en/account/login/", {"login": NEW["email"], "password": NEW["password1"]})

    assert answer.url == "/en/account/confirm-email/"
    assert "_auth_user_id" not in client.session


def test_signing_up_with_a_taken_address_does_not_tell_that_it_is_taken(client, proved, run_queue):
    answer = client.post("/en/account/signup/", NEW)
    run_queue()

    assert answer.url == "/en/account/confirm-email/"
    assert mail.outbox[0].subject == "You have an account already"


def test_a_new_password_is_chosen_through_the_mailbox(client, proved, run_queue):
    client.post("/en/account/password/reset/", {"email": proved.email})
    run_queue()
    form = client.get(link_in(mail.outbox[0]), follow=True)
    client.post(form.request["PATH_INFO"], {"password1": "a calm green river", "password2": "a calm green river"})

    answer = client.post("/en/account/login/", {"login": proved.email, "password": "a calm green river"})

    assert answer.url == "/en/my/"


def test_asking_for_a_new_password_answers_alike_for_an_unknown_address(client, proved):
    known = client.post("/en/account/password/reset/", {"email": proved.email})
    unknown = client.post("/en/account/password/reset/", {"email": "nobody@example.org"})

    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)


def test_a_wrong_password_says_what_does_not_fit(client, proved):
    page = client.post("/en/account/login/", {"login": proved.email, "password": "wrong"})

    assert "The e-mail address and the password do not belong together." in page.content.decode()


def test_five_wrong_passwords_make_one_wait_and_say_so(client, proved):
    for _attempt in range(5):
        client.post("/en/account/login/", {"login": proved.email, "password": "wrong"})

    page = client.post("/en/account/login/", {"login": proved.email, "password": PASSWORD})

    assert "Too many attempts to sign in. Wait five minutes" in page.content.decode()
    assert "_auth_user_id" not in client.session


def test_waiting_is_only_for_that_address(client, proved):
    for _attempt in range(5):
        client.post("/en/account/login/", {"login": "somebody@example.org", "password": "wrong"})

    answer = client.post("/en/account/login/", {"login": proved.email, "password": PASSWORD})

    assert answer.url == "/en/my/"


def test_too_many_requests_are_refused_with_a_page_of_ours(proved):
    browser = Client(headers={"accept-language": "en"})

    for attempt in range(21):
        page = browser.post("/en/account/password/reset/", {"email": f"a{attempt}@example.org"})

    assert page.status_code == 429
    assert "Too many requests at once" in page.content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "login/",
        "signup/",
        "password/reset/",
        "password/reset/done/",
        "password/reset/key/done/",
        "password/reset/key/x-y/",
        "confirm-email/",
        "confirm-email/nonsense/",
        "inactive/",
        "social/login/cancelled/",
        "social/login/error/",
    ],
)
@pytest.mark.parametrize("language", ["sq", "sr-latn", "sr", "en"])
def test_every_page_of_coming_in_wears_our_frame(client, db, path, language):
    page = client.get(f"/{language}/account/{path}", follow=True).content.decode()

    assert 'class="site-header"' in page
    assert "<h1" in page


@pytest.mark.parametrize(
    "path",
    [
        "email/",
        "password/change/",
        "logout/",
        "profile/",
        "reauthenticate/",
        "2fa/",
        "2fa/webauthn/",
        "social/connections/",
    ],
)
def test_every_page_of_the_account_wears_our_frame(client_for, proved, path):
    page = client_for(proved).get(f"/en/account/{path}", follow=True)

    assert page.status_code == 200
    assert 'class="site-header"' in page.content.decode()


@pytest.mark.parametrize(
    "letter",
    [
        "email_confirmation",
        "email_confirmation_signup",
        "password_reset_key",
        "unknown_account",
        "account_already_exists",
        "email_changed",
        "email_confirm",
        "email_deleted",
        "password_changed",
        "password_reset",
        "password_set",
    ],
)
def test_a_letter_has_one_line_of_subject_and_names_us(rf, letter):
    with translation.override("en"):
        subject = render_to_string(f"account/email/{letter}_subject.txt").strip()
        body = render_to_string(f"account/email/{letter}_message.txt", {"email": "a@example.org"}, rf.get("/"))

    assert subject
    assert "\n" not in subject
    assert "Dëshmi" in body
    assert "&" not in body
