"""The public page that answers whether a certificate holds: anonymous, without scripts, in four languages."""

from datetime import date

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from certification import answers, held, verification
from certification.demo import samples
from certification.holdings import LicenceView
from certification.operations import counting
from certification.rules import numbering
from certification.rules.standing import LicenceStanding
from lms.kernel import clock, rate_limit
from lms.kernel.languages import localized
from lms.kernel.powers import with_camera

_PURPOSE = "verify"
_LANGUAGES = dict(settings.LANGUAGES)


def guarded(response: HttpResponse) -> HttpResponse:
    """What is shown here is kept by nobody on the way: no cache, no search engine, no referrer."""
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response


# A form here changes nothing and its visitor has no session: a token against forgery would protect nothing and cost
# a cookie. The forms post so that an access code stands in no address, history or log.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest) -> HttpResponse:
    """Ask for the number and, if one has it, the access code. A mistyped number is told here, without a look-up."""
    typed = (request.POST if request.method == "POST" else request.GET).get("number", "").strip()[:80]
    code = _typed_code(request)
    if not typed:
        context = {"typed": "", "code": code, "samples": samples.SAMPLES if settings.DEMO else ()}
        return with_camera(guarded(render(request, "certification/verify/form.html", context)))
    number = numbering.normalise(typed)
    if not numbering.check(number):
        return _mistyped(request, typed, code, status=200)
    return _answered(request, number, code or None)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def certificate(request: HttpRequest, number: str) -> HttpResponse:
    """The answer: by number alone the course, the dates and the standing; with the access code everything.

    The code comes in the address from the square code on the paper only, else in the body of the form.
    """
    typed, code = number[:80], _typed_code(request) or request.GET.get("c", "").strip()[:40] or None
    number = numbering.normalise(typed)
    if not numbering.check(number):
        return _mistyped(request, typed, code or "", status=404)
    return _answered(request, number, code)


@require_safe
def sample(request: HttpRequest, name: str) -> HttpResponse:
    """A file to try verification with; in the demonstration only."""
    made = samples.make(name) if settings.DEMO else None
    if made is None:
        raise Http404
    response = HttpResponse(made[0], content_type=made[1])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return guarded(response)


def _typed_code(request: HttpRequest) -> str:
    return request.POST.get("code", "").strip()[:40]


def _answered(request: HttpRequest, number: str, code: str | None) -> HttpResponse:
    who = rate_limit.prefix_of(request)
    limit = settings.VERIFY_FAILURES_PER_MINUTE
    channel = counting.Channel.NUMBER if code is None else counting.Channel.ACCESS_CODE
    if code is not None and rate_limit.is_over(_PURPOSE, who, limit=limit):
        return too_many(request)
    try:
        found = verification.look_up(number, code)
    except verification.NoSuchCertificate:
        if rate_limit.is_over(_PURPOSE, who, limit=limit):
            return too_many(request)
        rate_limit.count(_PURPOSE, who)
        context = {"number": number, "had_code": code is not None}
        response = guarded(render(request, "certification/verify/unknown.html", context, status=404))
        counting.count_after(response, channel, counting.UNKNOWN)
        return response
    response = guarded(render(request, "certification/verify/certificate.html", _answer(found)))
    counting.count_after(response, channel, found.verdict, found)
    return response


def _mistyped(request: HttpRequest, typed: str, code: str, *, status: int) -> HttpResponse:
    number = numbering.normalise(typed)
    group = numbering.suspect_group(number)
    if len(number) != numbering.LENGTH:
        error = _("A certificate number has 12 letters and digits; you typed %(count)s. Look at the paper again.") % {
            "count": len(number)
        }
    elif group:
        error = _("This number is mistyped, probably in group %(group)s of 3. Compare it with the paper.") % {
            "group": group
        }
    else:
        error = _("This number is mistyped. Compare it with the paper, group by group.")
    context = {"typed": typed, "code": code, "error": error}
    return with_camera(guarded(render(request, "certification/verify/form.html", context, status=status)))


def too_many(request: HttpRequest) -> HttpResponse:
    response = guarded(render(request, "certification/verify/too_many.html", status=429))
    response["Retry-After"] = "60"
    return response


# --- The answer in words ---------------------------------------------------------------------------


def _answer(found: verification.Verified) -> dict:
    verdict = found.verdict
    context = told(found) | {"state": answers.state(verdict), "word": answers.word(verdict)}
    return context | {"sentence": answers.sentence(found), "checks": _checks(found)}


def told(found: verification.Verified) -> dict:
    """What a page about a certificate shows of it, whichever way it was asked for."""
    facts = found.facts
    context = {"found": found, "in_full": facts is not None}
    context["as_of"] = _("As of %(moment)s.") % {"moment": clock.local(found.as_of).strftime("%d.%m.%Y %H:%M")}
    if facts is not None:
        context |= {
            "name": facts["holder"]["printed"],
            "hours": facts["programme"]["hours"].removesuffix(".00"),
            "days": [_day(each) for each in facts["days"]],
            "modules": [_day(each) for each in facts["modules"]],
            "issuer": localized(facts["issuer"]["names"]),
            "licence_number": facts["licence"]["number"] if facts["licence"] else "",
            "signatories": [{"name": each["name"], "post": localized(each["posts"])} for each in facts["signatories"]],
            "accreditation": accreditation_sentence(facts["accreditation"]),
            "licence_sentence": licence_sentence(found.licence) if found.licence else "",
            "papers": [(_LANGUAGES[each.language], each) for each in held.documents_of(found.number)],
            "licence_state": found.licence.standing.value if found.licence else "",
        }
    return context


def _checks(found: verification.Verified) -> tuple[answers.Line, ...]:
    lines = answers.lines(found.checks, found)
    return lines if found.facts is None else (*lines, answers.Line(True, _("The access code fits this certificate.")))


def _day(each: dict) -> dict:
    return {
        "title": localized(each["titles"]),
        "on": date.fromisoformat(each["on"]) if each["on"] else None,
        "place": localized(each.get("place") or {}),
        "hours": each["hours"].removesuffix(".00"),
    }


def accreditation_sentence(known: dict) -> str:
    body = known.get("body") or ""
    values = {"body": localized(body) if isinstance(body, dict) else body, "number": known.get("number") or "–"}
    if known.get("status") == "accredited":
        return _("Accredited by %(body)s, No. %(number)s") % values
    if known.get("status") == "submitted":
        return _("Submitted for accreditation to %(body)s; not yet accredited on the day of completion") % values
    return ""


def licence_sentence(licence: LicenceView) -> str:
    until = answers.short(licence.valid_to) if licence.valid_to else ""
    if licence.standing is LicenceStanding.VALID and until:
        sentence = _("In force today, until %(until)s.") % {"until": until}
    elif licence.standing is LicenceStanding.VALID:
        sentence = _("In force today.")
    elif licence.standing is LicenceStanding.EXPIRED:
        sentence = _("Expired on %(until)s.") % {"until": until}
    elif licence.standing is LicenceStanding.SUSPENDED:
        sentence = _("Suspended today.")
    elif licence.standing is LicenceStanding.REVOKED:
        sentence = _("Revoked.")
    elif licence.standing is LicenceStanding.NOT_YET_VALID:
        sentence = _("Not yet in force.")
    else:
        sentence = _("Given back by its holder.")
    return sentence
