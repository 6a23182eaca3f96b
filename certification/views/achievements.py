"""What a credential names as its achievement: a programme at one edition, as it was published, for readers and programs."""

import json

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from certification import signing
from certification.formats import contexts, credential
from certification.views.verification import accreditation_sentence
from courses import edition_facts
from lms.kernel.languages import localized

_JSON = ("application/ld+json", "application/json")


@require_safe
def achievement(request: HttpRequest, code: str, edition: int, form: str = "") -> HttpResponse:
    """A page; as JSON-LD for whoever asks for it, by ``.json`` or in Accept."""
    found = edition_facts.said_of(code, edition)
    if found is None:
        raise Http404
    url = f"{settings.SITE_URL}/achievements/{code}/{edition}"
    language = get_language() or settings.LANGUAGE_CODE
    if form or request.get_preferred_type(["text/html", *_JSON]) in _JSON:
        told = credential.achievement(found | {"language": language}, url)
        document = {"@context": [contexts.CREDENTIALS, contexts.OPEN_BADGES], **told, "creator": _creator()}
        response = HttpResponse(json.dumps(document, ensure_ascii=False, indent=1), content_type=_JSON[0])
        response["Access-Control-Allow-Origin"] = "*"
    else:
        context = {
            "title": localized(found["programme"]["titles"]),
            "summary": localized(found["summaries"]),
            "code": code,
            "edition": edition,
            "hours": found["programme"]["hours"].removesuffix(".00"),
            "parts": [_part(each) for each in (*found["days"], *found["modules"])],
            "assessments": [localized(each["titles"]) for each in found["assessments"]],
            "outcomes": [localized(each) for each in found["outcomes"]],
            "accreditation": accreditation_sentence(found["accreditation"]),
            "valid_months": found["valid_months"],
            "published_at": found["published_at"],
            "is_demo": found["demo"],
        }
        response = render(request, "certification/verify/achievement.html", context)
    response["Vary"] = "Accept, Accept-Language, Cookie"
    return response


def _part(each: dict) -> dict:
    return {"title": localized(each["titles"]), "hours": each["hours"].removesuffix(".00")}


def _creator() -> dict:
    return {"id": signing.issuer_did(), "type": ["Profile"], "url": settings.SITE_URL}
