"""The public page about certificates on paper from before this register: on record or not, and who checked it."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from certification import answers, papers
from certification.views.verification import guarded, too_many
from lms.kernel import rate_limit

_PURPOSE = "verify"
_EVERY = "paper"  # these numbers follow one another, so that those that are found are counted too
_FIELDS = ("series", "number", "year", "name")


# As in views.verification: nothing is changed here, and what one types stands in no address.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def paper(request: HttpRequest) -> HttpResponse:
    """Ask for series, number, year and, if one has it, the name; answer with what was entered, and by whom."""
    typed = {field: request.POST.get(field, "").strip()[:120] for field in _FIELDS}
    if request.method != "POST":
        return _form(request, typed)
    if not typed["number"] or not typed["year"].isdecimal() or len(typed["year"]) != 4:
        return _form(request, typed, error=_("Type the number, and the year with four digits, as they are printed."))
    who = rate_limit.prefix_of(request)
    is_over = rate_limit.is_over(_PURPOSE, who, limit=settings.VERIFY_FAILURES_PER_MINUTE)
    if is_over or rate_limit.is_over(_EVERY, who, limit=settings.VERIFY_FILES_PER_MINUTE):
        return too_many(request)
    rate_limit.count(_EVERY, who)
    try:
        found = papers.look_up(typed["series"], typed["number"], int(typed["year"]), typed["name"])
    except papers.SeveralPapers:
        return _form(
            request, typed, error=_("Several series have this number in that year. Type the series, as it is printed.")
        )
    except papers.NoSuchPaper:
        rate_limit.count(_PURPOSE, who)
        error = _("No such certificate on paper is on record. That does not say it is false: ask whoever issued it.")
        return _form(request, typed, error=error, status=404)
    context = {"found": found, "sentence": _sentence(found), "word": _("Entered from paper")}
    return guarded(render(request, "certification/verify/paper.html", context))


def _form(request: HttpRequest, typed: dict[str, str], *, error: str = "", status: int = 200) -> HttpResponse:
    context = {"typed": typed, "error": error}
    return guarded(render(request, "certification/verify/paper_form.html", context, status=status))


def _sentence(found: papers.Recorded) -> str:
    said = {"who": found.entered_by, "day": answers.short(found.entered_on)}
    entered = (
        _("Issued on paper; entered here by %(who)s on %(day)s. It is not cryptographically signed.")
        if found.entered_by
        else _("Issued on paper; entered here on %(day)s. It is not cryptographically signed.")
    )
    if found.has_expired and found.valid_until:
        until = answers.short(found.valid_until)
        return entered % said + " " + _("Its last valid day was %(until)s.") % {"until": until}
    return entered % said
