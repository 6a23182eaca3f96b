"""Error pages: in the reader's language, with a way on; the gravest needs neither request nor database."""

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation
from django.views.defaults import server_error


@pytest.mark.parametrize(("language", "tag"), [("sq", "sq"), ("sr-latn", "sr-Latn"), ("sr", "sr-Cyrl"), ("en", "en")])
def test_not_found_speaks_the_readers_language_and_leads_home(client, home, language, tag):
    page = client.get(f"/{language}/nothing/here/")

    assert page.status_code == 404
    assert f'<html lang="{tag}">' in page.content.decode()
    assert f'href="/{language}/"' in page.content.decode()


def test_a_failure_of_ours_is_told_without_asking_the_database(rf, django_assert_num_queries, db):
    with django_assert_num_queries(0), translation.override("sr"):
        page = server_error(rf.get("/sr/"))

    assert page.status_code == 500
    assert '<html lang="sr-Cyrl">' in page.content.decode()


def test_a_form_from_an_old_page_is_refused_with_what_to_do(db):
    browser = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})

    page = browser.post("/en/account/login/", {"login": "a@example.org", "password": "x"})

    assert page.status_code == 403
    assert "load the page again" in page.content.decode()


def test_forbidden_says_why_when_somebody_said_it(rf):
    page = render_to_string("403.html", {"exception": "Only trainers of this group may mark it."})

    assert "Only trainers of this group may mark it." in page
