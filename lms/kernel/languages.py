"""Languages: which one a request speaks, and texts that are stored in several."""

from django.conf import settings
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers

# Where a text is missing in the reader's language, these are tried in turn.
FALLBACKS = {
    "sq": ("sq", "en"),
    "sr-latn": ("sr-latn", "sr", "en", "sq"),
    "sr": ("sr", "sr-latn", "en", "sq"),
    "en": ("en", "sq"),
}


def localized(texts: dict[str, str] | None, language: str | None = None) -> str:
    """The text in ``language`` (default: the active one), else in the nearest language that has it, else ""."""
    if not texts:
        return ""
    language = language or translation.get_language() or settings.LANGUAGE_CODE
    for candidate in FALLBACKS.get(language, (language, "sq", "en")):
        if texts.get(candidate):
            return texts[candidate]
    return next((text for text in texts.values() if text), "")


class LanguageMiddleware(LocaleMiddleware):
    """Django's language choice, plus ``?lang=`` on addresses without a language prefix, remembered in the cookie.

    The last language a person read in is remembered, so that /v/ and the office answer in it too.
    """

    def process_request(self, request):
        super().process_request(request)
        wanted = request.GET.get("lang")
        if wanted in dict(settings.LANGUAGES) and not translation.get_language_from_path(request.path_info):
            translation.activate(wanted)
            request.LANGUAGE_CODE = translation.get_language()

    def process_response(self, request, response):
        language = translation.get_language()
        if response.status_code == 404 and getattr(request, "resolver_match", None):
            # A page of ours was found and itself said "not here": Django would send the reader on to the same
            # address with a language before it, where the page tree answers something else.
            patch_vary_headers(response, ("Accept-Language",))
            response.headers.setdefault("Content-Language", language)
        else:
            response = super().process_response(request, response)
        if (
            request.method == "GET"
            and language in dict(settings.LANGUAGES)
            and request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) != language
            and (translation.get_language_from_path(request.path_info) or request.GET.get("lang"))
        ):
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                language,
                max_age=settings.LANGUAGE_COOKIE_AGE,
                samesite=settings.LANGUAGE_COOKIE_SAMESITE,
                secure=settings.SESSION_COOKIE_SECURE,
            )
        return response
