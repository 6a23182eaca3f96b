"""The page for employers: a whole list of certificates at once, and the report on it as a table, CSV or XLSX.

Nothing is kept for the downloads: the report itself goes along with the page, signed, and comes back to be written in
another form.
"""

from collections import Counter
from datetime import date

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from certification import answers
from certification.operations import checking_lists, counting
from certification.operations.checking_lists import Line, Outcome
from certification.rules.verdicts import Verdict
from certification.views.examination import InMemory
from certification.views.verification import guarded, licence_sentence, too_many
from lms.kernel import clock, rate_limit, spreadsheets
from lms.kernel.nul import reads_its_own_body

LINES = "lines"  # what the lines of lists are counted under
_FAILURES = "verify"  # one count with the page by number
_AROUND_FILES = 256 * 1024  # bytes of a form beside its files
_REPORT_SECONDS = 3600  # for so long a report that was shown may be taken along
_SALT = "certification.lists.report"
# What needs the reader first.
_ORDER = [Verdict.NOT_GENUINE, Verdict.REVOKED, Verdict.REPLACED, Verdict.SUSPENDED, Verdict.EXPIRED]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ListInMemory(InMemory):
    """As for one file, with room for several."""

    most = checking_lists.MOST_BYTES


@reads_its_own_body  # its size is known, and its way into memory set, before anything is read
@csrf_exempt  # as the form for a number: it changes nothing, and its visitor has no session
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Ask for a list; answer with a report on it."""
    if request.method != "POST":
        return _form(request)
    who = rate_limit.prefix_of(request)
    if rate_limit.is_over(LINES, who, limit=settings.VERIFY_LINES_PER_MINUTE):
        return too_many(request)
    if int(request.META.get("CONTENT_LENGTH") or 0) > checking_lists.MOST_BYTES + _AROUND_FILES:
        return _form(request, error=_too_large(), status=413)
    request.upload_handlers = [ListInMemory(request)]
    files = [(file.name or "", file.read()) for file in request.FILES.getlist("files")]
    text = request.POST.get("numbers", "").replace("\x00", "")
    asked = checking_lists.asked_in(text)
    if not asked and not files:
        return _form(request, error=_("Paste at least one number, or choose a file."))
    may_fail = rate_limit.left(_FAILURES, who, limit=settings.VERIFY_FAILURES_PER_MINUTE)
    try:
        lines = checking_lists.check(asked, files, may_fail=may_fail)
    except checking_lists.TooMany:
        sentence = _("A list may have %(most)d lines. Divide it and check one part after the other.")
        return _form(request, text, error=sentence % {"most": checking_lists.MOST_LINES}, status=413)
    except checking_lists.Busy:
        busy = _("Many files are being examined at the moment. Try again in a few seconds.")
        return _form(request, text, error=busy, status=503)
    rate_limit.count(LINES, who, len(lines))
    rate_limit.count(_FAILURES, who, sum(line.outcome is Outcome.UNKNOWN for line in lines))
    response = guarded(render(request, "certification/verify/list_report.html", _report(lines)))
    counting.after(response, lambda: checking_lists.counted(lines))
    return response


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponseBase:
    """The report that was shown, as a sheet. It comes with the form, signed, since nothing of it was kept here."""
    if request.method != "POST":
        return redirect("verify:list")
    try:
        told = signing.loads(request.POST.get("report", ""), salt=_SALT, max_age=_REPORT_SECONDS)
    except signing.BadSignature:
        return _form(request, error=_("The report is older than an hour, or incomplete. Check the list again."))
    name = f"verification-{told['as_of'][:10]}"
    if request.POST.get("as") == "xlsx":
        sheet = spreadsheets.write_xlsx(told["header"], told["rows"], _("Verification"))
        response: HttpResponseBase = HttpResponse(sheet, content_type=_XLSX)
        response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    else:
        lines = spreadsheets.write_csv(told["header"], told["rows"])
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


def _form(request: HttpRequest, text: str = "", *, error: str = "", status: int = 200) -> HttpResponse:
    context = {"text": text[:20_000], "error": error, "most": checking_lists.MOST_LINES}
    return guarded(render(request, "certification/verify/list.html", context, status=status))


def _too_large() -> str:
    return _("The files are larger than 20 MB together. Send them in several lists.")


# --- The report ------------------------------------------------------------------------------------


def _report(lines: list[Line]) -> dict:
    rows = [_row(line) for line in lines]
    now = clock.local(clock.now())
    header = [
        _("Line"),
        _("Number or file"),
        _("Answer"),
        _("Code of the answer"),
        _("What it means"),
        _("Holder"),
        _("For"),
        _("Issued"),
        _("Valid until"),
        _("Licence today"),
        _("Remark"),
        _("As of"),
    ]
    moment = now.strftime("%d.%m.%Y %H:%M")
    cells = [
        [
            row["place"],
            row["shown"],
            row["word"],
            row["code"],
            row["sentence"],
            row["holder"],
            row["course"],
            _iso(row["issued_on"]),
            _iso(row["valid_until"]),
            row["licence"],
            row["remark"],
            moment,
        ]
        for row in rows
    ]
    told = {"as_of": now.isoformat(), "language": get_language(), "header": header, "rows": cells}
    return {
        "rows": rows,
        "summary": _summary(lines),
        "all_valid": all(line.verdict is Verdict.VALID for line in lines),
        "as_of": _("As of %(moment)s.") % {"moment": moment},
        "report": signing.dumps(told, salt=_SALT, compress=True),
    }


def _row(line: Line) -> dict:
    found = line.found
    is_ours = found is not None and (line.examined is None or line.examined.why != "other_file")
    facts = found.facts if found else None
    return {
        "place": line.place,
        "shown": line.shown,
        "state": answers.state(line.verdict) if line.verdict else "unknown",
        "word": answers.word_of_line(line),
        "code": line.verdict.value if line.verdict else line.outcome.value,
        "sentence": answers.sentence_of_line(line),
        "holder": (facts["holder"]["printed"] if facts else found.initials) if found else "",
        "is_masked": found is not None and facts is None,
        "course": found.title if found else "",
        "issued_on": found.first_issued_on if found else None,
        "valid_until": found.valid_until if found else None,
        "licence": licence_sentence(found.licence) if found and found.licence else "",
        "remark": _remark(line, is_ours=is_ours),
        "is_demo": bool(found and found.is_demo),
    }


def _remark(line: Line, *, is_ours: bool) -> str:
    said = []
    if line.same_as:
        said.append(_("The same certificate as in line %(place)d.") % {"place": line.same_as})
    if line.found and line.found.public_text and is_ours:
        said.append(line.found.public_text)
    if line.found and line.found.is_demo:
        said.append(_("Demonstration"))
    return " ".join(said)


def _summary(lines: list[Line]) -> list[dict]:
    """How many lines got which answer, what needs the reader first."""
    counts: Counter[tuple[str, str]] = Counter()
    for line in lines:
        counts[answers.state(line.verdict) if line.verdict else "unknown", answers.word_of_line(line)] += 1
    first = [answers.word(verdict) for verdict in _ORDER]
    last = answers.word(Verdict.VALID)

    def place(word: str) -> int:
        return first.index(word) if word in first else len(first) + (word == last)

    return [
        {"state": state, "word": word, "count": count}
        for (state, word), count in sorted(counts.items(), key=lambda each: place(each[0][1]))
    ]


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
