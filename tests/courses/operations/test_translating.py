"""Every page is there in every language: written, or standing in from the nearest language somebody wrote."""

import pytest
from wagtail.models import Locale

from courses.models import ProgrammePage
from courses.operations.translating import ensure_locales, fill_languages
from courses.views.learning import content_language
from tests.courses.pages import english, programme_page

pytestmark = pytest.mark.django_db


def test_all_four_languages_exist_and_asking_again_makes_no_more():
    ensure_locales()
    ensure_locales()

    assert set(Locale.objects.values_list("language_code", flat=True)) == {"sq", "sr-latn", "sr", "en"}


def test_serbian_stands_in_from_english_where_there_is_english_and_else_from_albanian():
    english(programme_page("A", days=1), title="Written in English")
    programme_page("B", days=1)

    fill_languages()

    serbian = ProgrammePage.objects.filter(locale__language_code="sr").order_by("code")
    assert [(page.code, page.title, content_language(page)) for page in serbian] == [
        ("A", "Written in English", "en"),
        ("B", "Programi B", "sq"),
    ]


def test_filling_twice_makes_no_second_page():
    programme_page("A", days=2)
    fill_languages()
    fill_languages()

    assert ProgrammePage.objects.count() == 4


def test_a_page_that_stands_in_follows_what_is_published():
    page = programme_page("A", days=1)
    fill_languages()
    page.title = "Titulli i ri"

    page.save_revision().publish()

    assert set(ProgrammePage.objects.values_list("title", flat=True)) == {"Titulli i ri"}
