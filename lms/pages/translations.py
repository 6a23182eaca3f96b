"""The same page in the other languages, for the language switch and for search engines."""

from urllib.parse import urlencode

from django.conf import settings
from django.utils import translation
from wagtail.models import Page

from lms.pages.remembering import remembered, state

# What browsers and readers aloud call our languages; Serbian has two scripts.
BCP47 = {"sq": "sq", "sr-latn": "sr-Latn", "sr": "sr-Cyrl", "en": "en"}


def bcp47(language: str | None) -> str:
    """The language tag for ``lang`` attributes."""
    return BCP47.get(language or "", language or "")


def addresses(request, page=None) -> dict[str, str]:
    """Where this page is in each language. Remembered for a Wagtail page while no page changes.

    A page that has no translation leads to the home page of that language, never to "not found".
    """
    prefix = translation.get_language_from_path(request.path_info)
    if prefix is None:
        kept = "".join(f"{urlencode([(name, value)])}&" for name, value in _asked(request) if name != "lang")
        # Relative, so that these links are the same for every certificate.
        return {code: f"?{kept}lang={code}" for code, _name in settings.LANGUAGES}
    if isinstance(page, Page):
        return _of_page(request, page)
    rest = request.get_full_path()[len(prefix) + 1 :]
    return {code: f"/{code}{rest}" for code, _name in settings.LANGUAGES}


def _asked(request) -> list[tuple[str, str]]:
    return [(name, value) for name, values in request.GET.lists() for value in values]


def _of_page(request, page: Page) -> dict[str, str]:
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    homes = {code: f"/{code}/" for code, _name in settings.LANGUAGES}
    known = remembered(("twins", page.pk, request.get_host()), state(request), lambda: _twins(request, page))
    return homes | {code: url + query for code, url in known.items() if code in homes}


def _twins(request, page: Page) -> dict[str, str]:
    twins = page.get_translations(inclusive=True).live().select_related("locale")
    return {twin.locale.language_code: url for twin in twins if (url := twin.get_url(request))}
