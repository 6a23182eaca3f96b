"""The frame of every page: language, navigation, messages, and what each costs."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from lms.pages import navigation, translations
from lms.pages.templatetags import deshmi
from lms.people import roles
from tests.factories import UserFactory


def request_for(path, user=None):
    request = RequestFactory().get(path)
    request.user = user or AnonymousUser()
    return request


def titles(links):
    return [link.title for link in links]


def test_a_visitor_sees_the_trainings_and_verification_only(db):
    links = navigation.for_request(request_for("/en/"))

    assert "Trainings" in titles(links["main"])
    assert "My page" not in titles(links["main"])
    assert "Office" not in titles(links["main"])
    assert not links["account"]


@pytest.mark.parametrize(
    ("role", "sees_office"),
    [
        (roles.COUNCIL_OFFICER, True),
        (roles.ORGANISER, True),
        (roles.INSPECTOR, True),
        (roles.TRAINER, False),
    ],
)
def test_the_office_is_offered_to_those_who_work_there(db, role, sees_office):
    links = navigation.for_request(request_for("/en/", UserFactory(roles=[role])))

    assert ("Office" in titles(links["main"])) == sees_office


def test_navigation_asks_for_the_roles_and_nothing_else(db, django_assert_num_queries):
    request = request_for("/en/", UserFactory(roles=[roles.ORGANISER]))

    with django_assert_num_queries(1):
        navigation.for_request(request)


def test_navigation_of_a_visitor_asks_nothing(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        navigation.for_request(request_for("/en/"))


def test_the_link_of_this_page_is_marked(db):
    links = navigation.for_request(request_for(f"/en/{navigation.CATALOGUE_SLUG}/families/"))

    assert [link.title for link in links["main"] if link.current] == ["Trainings"]


def test_signing_in_leads_back_to_the_page_one_was_reading(db):
    assert navigation.for_request(request_for("/en/about/?q=1"))["sign_in"] == (
        "/en/account/login/?next=%2Fen%2Fabout%2F%3Fq%3D1"
    )


def test_a_room_plugs_in_its_own_entry_once(db):
    entry = navigation.Entry("Papers", "/papers/", order=70)
    before = list(navigation.entries)
    navigation.for_request(request_for("/en/"))  # what was worked out before it came is forgotten

    navigation.plug(entry)
    navigation.plug(entry)

    try:
        assert navigation.entries.count(entry) == 1
        assert "/en/papers/" in [link.url for link in navigation.for_request(request_for("/en/"))["main"]]
    finally:
        navigation.entries[:] = before
        navigation.forget()


def test_the_language_switch_keeps_the_address_and_its_query():
    urls = translations.addresses(request_for("/sr-latn/account/login/?next=/x/"))

    assert urls == {
        "sq": "/sq/account/login/?next=/x/",
        "sr-latn": "/sr-latn/account/login/?next=/x/",
        "sr": "/sr/account/login/?next=/x/",
        "en": "/en/account/login/?next=/x/",
    }


def test_an_address_without_language_gets_it_as_a_parameter():
    assert translations.addresses(request_for("/v/ABCD/?code=1&lang=en"))["sr"] == "?code=1&lang=sr"


def test_a_page_leads_to_its_translation_and_else_to_the_home_page(client, information):
    page = client.get("/sq/about/")

    links = {link.lang: link.url for link in deshmi.language_links(page.context)}
    assert links["en"].endswith("/en/about-us/")
    assert links["sq"].endswith("/sq/about/")
    assert links["sr-Cyrl"] == "/sr/"


def test_the_language_switch_of_a_page_asks_once_while_no_page_changes(client, information):
    client.get("/sq/about/")
    context = client.get("/sq/about/").context

    with CaptureQueriesContext(connection) as queries:
        deshmi.language_links(context)

    assert len(queries) == 0


@pytest.mark.parametrize(("language", "tag"), [("sq", "sq"), ("sr-latn", "sr-Latn"), ("sr", "sr-Cyrl"), ("en", "en")])
def test_the_home_page_says_its_language(client, home, language, tag):
    page = client.get(f"/{language}/").content.decode()

    assert f'<html lang="{tag}">' in page
    for name in ("Shqip", "Srpski", "Српски", "English"):
        assert name in page


def test_the_home_page_shows_what_is_coming_up_and_who_was_certified(client, home, monkeypatch):
    groups = [{"title": "Families", "url": "/x/", "starts_on": None, "place": "Pejë", "seats_free": 1}]
    section = {"coming_up": groups, "certified_this_year": 257, "certified_by": "the Council"}
    monkeypatch.setattr("lms.pages.models.pages.home_sections", [lambda request: section])

    page = client.get("/en/").content.decode()

    assert "1 seat free" in page
    assert "257" in page
    assert "Issued by the Council" in page


def test_the_home_page_stands_without_any_of_that(client, home, monkeypatch):
    monkeypatch.setattr("lms.pages.models.pages.home_sections", [])

    page = client.get("/en/").content.decode()

    assert "Coming up" not in page
    assert "Verify a certificate" in page


def test_pages_ask_for_nothing_foreign(client, home):
    page = client.get("/en/").content.decode()

    assert 'src="http' not in page
    assert 'href="http' not in page.replace('href="http://testserver/', "").replace('href="http://localhost/', "")


@pytest.mark.parametrize(("part", "whole", "shown"), [(0, 0, 0), (1, 3, 33), (7, 6, 100), (-1, 6, 0), (2, 3, 67)])
def test_percent_stays_between_nothing_and_all(part, whole, shown):
    assert deshmi.percent(part, whole) == shown


@pytest.mark.parametrize(
    ("number", "groups"),
    [("7K2M9QXD4HTR", ["7K2M", "9QXD", "4HTR"]), ("7K2M-9Q", ["7K2M", "9Q"]), ("12345", ["1234", "5"]), (None, [])],
)
def test_a_code_is_read_in_groups(number, groups):
    assert deshmi.groups_of_four(number) == groups


def test_a_language_tag_for_every_language(settings):
    assert [translations.bcp47(code) for code, _name in settings.LANGUAGES] == ["sq", "sr-Latn", "sr-Cyrl", "en"]
    assert translations.bcp47(translation.get_language()) == "en"


def test_the_menu_of_one_reader_is_never_shown_to_another(client, home):
    officer, visitor = UserFactory(roles=[roles.COUNCIL_OFFICER]), UserFactory()

    client.force_login(officer)
    of_officer = client.get("/en/").content.decode()
    client.force_login(visitor)
    of_visitor = client.get("/en/").content.decode()
    client.logout()
    of_nobody = client.get("/en/").content.decode()

    assert 'href="/office/"' in of_officer
    assert 'href="/office/"' not in of_visitor + of_nobody
    assert officer.email not in of_visitor + of_nobody
    assert visitor.email in of_visitor
    assert visitor.email not in of_nobody


def test_what_is_remembered_in_one_language_is_not_shown_in_another(client, home):
    pages = {code: client.get(f"/{code}/").content.decode() for code in ("en", "sr", "en", "sq")}

    assert 'href="/en/trajnimet/"' in pages["en"]
    assert 'href="/en/trajnimet/"' not in pages["sr"].replace('hreflang="en"', "")
    assert "Trainings" in pages["en"]
