"""The public interface for programs: the same answers as the pages give, masked alike, counted alike."""

import json
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema

from certification import answers, verification
from certification.operations import checking_lists, counting, examining
from certification.operations.checking_lists import Outcome
from certification.operations.examining import Examined
from certification.rules import numbering
from certification.rules.verdicts import Verdict
from certification.verification import Check, Verified
from lms.kernel import clock, rate_limit
from lms.kernel.languages import localized

_PURPOSE = "verify"
MAX_LOOK_UP = 4096  # bytes of a JSON body that only asks for a number

api = NinjaAPI(
    title="Verification of certificates",
    version="1",
    description=(
        "Whether a certificate holds. By its number alone the holder's name is not told; with the access code, the "
        "square code or the file it is. Nothing that is sent is kept. Texts follow Accept-Language (sq, sr, sr-latn, "
        "en); programs read the codes."
    ),
    docs_url=None,
    urls_namespace="verification-api",
)


class Problem(Schema):
    """Why there is no answer (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


class CheckOut(Schema):
    code: str
    passed: bool | None  # null: it could not be checked
    text: str


class CertificateOut(Schema):
    """What our register says. ``name``, ``hours``, ``issuer`` and ``licence_number`` are null by number alone."""

    number: str
    verdict: Verdict
    since: date | None
    course: str
    initials: str
    name: str | None
    hours: str | None
    issuer: str | None
    licence_number: str | None
    licence_standing: str | None
    issued_on: date
    valid_until: date | None
    public_text: str
    demonstration: bool


class Answer(Schema):
    """``why`` names the case: number, issued_file, issued_credential, issued_code, other_file (the data are genuine,
    the file is not the issued one), altered, other_key, not_recorded, foreign, nothing, too_much."""

    verdict: Verdict
    why: str
    sentence: str
    as_of: datetime
    checks: list[CheckOut]
    certificate: CertificateOut | None
    claimed: dict[str, str] | None  # what the file says of itself when that is not confirmed


class Asked(Schema):
    """One of a list: ``number`` with or without its access ``code``, or the ``address`` that a square code holds."""

    number: str = ""
    code: str = ""
    address: str = ""


class ListIn(Schema):
    items: list[Asked]


class LineOut(Schema):
    """``outcome``: answered, mistyped (nothing was looked up), unknown (no such certificate, or the code does not fit),
    wait (too many lines failed in this minute; ask for these again), not_examined (time for one list used up).
    ``same_as`` is the place of an earlier line about the same certificate."""

    place: int  # from 1, in the order asked
    shown: str  # the number, or the file's name
    outcome: Outcome
    same_as: int | None
    sentence: str
    answer: Answer | None


class ListOut(Schema):
    as_of: datetime
    lines: list[LineOut]


def _problem(status: int, title: str, detail: str) -> HttpResponse:
    body = Problem(title=title, status=status, detail=detail).model_dump()
    response = HttpResponse(json.dumps(body), content_type="application/problem+json", status=status)
    if status in (429, 503):
        response["Retry-After"] = "60" if status == 429 else "5"
    return _guarded(response)


def _guarded(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Access-Control-Allow-Origin"] = "*"
    return response


_PROBLEMS: Any = {400: Problem, 404: Problem, 413: Problem, 415: Problem, 429: Problem, 503: Problem}


@api.get(
    "/certificates/{number}",
    response={200: Answer, 400: Problem, 404: Problem, 429: Problem},
    summary="A certificate by its number: standing, course and dates, without the holder's name",
    url_name="certificate",
)
def certificate(request: HttpRequest, number: str):
    return _look_up(request, number, None)


@api.post(
    "/verify",
    response={200: Answer} | _PROBLEMS,
    summary="A file, a credential, a square code, or a number with its access code",
    url_name="verify",
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": (
                "The bytes of the file as the body (PDF, credential as JSON or JWT, badge as PNG or SVG, at most "
                'about 10 MB), or {"number": …, "code": …}, or {"address": "https://…/v/NUMBER#TOKEN"}.'
            ),
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
                "application/pdf": {"schema": {"type": "string", "format": "binary"}},
                "application/json": {
                    "schema": {
                        "oneOf": [
                            {
                                "type": "object",
                                "required": ["number"],
                                "properties": {"number": {"type": "string"}, "code": {"type": "string"}},
                            },
                            {
                                "type": "object",
                                "required": ["address"],
                                "properties": {"address": {"type": "string"}},
                            },
                            {"type": "object", "required": ["@context"], "description": "A credential"},
                        ]
                    }
                },
            },
        }
    },
)
def verify(request: HttpRequest):
    kind = request.content_type or ""
    if kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
        return _problem(
            415,
            "Not a form",
            "Send the file itself as the body: curl -H 'Content-Type: application/octet-stream' --data-binary @FILE.",
        )
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return _problem(413, "Too large", f"At most {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} bytes are read.")
    content = request.body
    asked = _question(content)
    if "number" in asked:
        return _look_up(request, asked["number"], asked.get("code") or None)
    who = rate_limit.prefix_of(request)
    if rate_limit.is_over("examine", who, limit=settings.VERIFY_FILES_PER_MINUTE):
        return _too_many()
    rate_limit.count("examine", who)
    try:
        examined = (
            examining.examine_address(asked["address"][:2000]) if "address" in asked else examining.examine(content)
        )
    except examining.TooLarge as error:
        return _problem(413, "Too large", str(error))
    except examining.Busy:
        return _problem(503, "Busy", "Many files are being examined at the moment. Try again in a few seconds.")
    response = _answered(_of_examined(examined))
    counting.count_after(response, counting.Channel.PROGRAM, examined.verdict, examined.found)
    return response


@api.post(
    "/verify/batch",
    response={200: ListOut} | _PROBLEMS,
    summary="A list of numbers, with or without access codes, or an archive of files",
    url_name="verify_batch",
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": (
                f"At most {checking_lists.MOST_LINES} items; or a ZIP of certificates (or one XLSX or CSV with numbers "
                "and access codes) as the body. Nothing is kept. Each item counts against the lines of the minute."
            ),
            "content": {
                "application/json": {"schema": ListIn.model_json_schema(ref_template="#/components/schemas/{model}")},
                "application/zip": {"schema": {"type": "string", "format": "binary"}},
                "text/csv": {"schema": {"type": "string"}},
            },
        }
    },
)
def verify_batch(request: HttpRequest):
    who = rate_limit.prefix_of(request)
    if rate_limit.is_over("lines", who, limit=settings.VERIFY_LINES_PER_MINUTE):
        return _too_many()
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return _problem(413, "Too large", f"At most {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} bytes are read.")
    asked: list[checking_lists.Asked] = []
    files: list[tuple[str, bytes]] = []
    if request.content_type == "application/json":
        try:
            items = ListIn.model_validate_json(request.body).items
        except ValueError as error:
            return _problem(400, "Not a list", f'Send {{"items": [{{"number": …, "code": …}}]}}. {str(error)[:200]}')
        asked = [_asked(each) for each in items]
    else:
        files = [("list", request.body)]
    if not asked and not (files and files[0][1]):
        return _problem(400, "Nothing asked", "The list has no item.")
    may_fail = rate_limit.left(_PURPOSE, who, limit=settings.VERIFY_FAILURES_PER_MINUTE)
    try:
        lines = checking_lists.check(asked, files, may_fail=may_fail)
    except checking_lists.TooMany as error:
        return _problem(413, "Too many", str(error))
    except examining.TooLarge as error:
        return _problem(413, "Too large", str(error))
    except checking_lists.Busy:
        return _problem(503, "Busy", "Many files are being examined at the moment. Try again in a few seconds.")
    rate_limit.count("lines", who, len(lines))
    rate_limit.count(_PURPOSE, who, sum(line.outcome is Outcome.UNKNOWN for line in lines))
    out = ListOut(as_of=clock.now(), lines=[_line(line) for line in lines])
    response = _guarded(HttpResponse(out.model_dump_json(), content_type="application/json"))
    counting.after(response, lambda: checking_lists.counted(lines))
    return response


def _asked(item: Asked) -> checking_lists.Asked:
    if item.address and not item.number:
        return checking_lists.Asked(item.address[:40], address=item.address[:2000])
    return checking_lists.Asked(item.number[:40], numbering.normalise(item.number[:80]), item.code[:40] or None)


def _line(line: checking_lists.Line) -> LineOut:
    answer = _of_examined(line.examined) if line.examined else _of_number(line.found) if line.found else None
    return LineOut(
        place=line.place,
        shown=line.shown,
        outcome=line.outcome,
        same_as=line.same_as,
        sentence=answers.sentence_of_line(line),
        answer=answer,
    )


def _question(content: bytes) -> dict[str, str]:
    """The fields of a body that asks for a number or a square code; nothing when it is a file."""
    if len(content) > MAX_LOOK_UP:
        return {}
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(found, dict) or not set(found) <= {"number", "code", "address"}:
        return {}
    return {name: value for name, value in found.items() if isinstance(value, str)}


def _look_up(request: HttpRequest, typed: str, code: str | None):
    number = numbering.normalise(typed[:80])
    if not numbering.check(number):
        detail = "The check symbols of this number do not fit: it is mistyped. Nothing was looked up."
        return _problem(400, "Mistyped", detail)
    who = rate_limit.prefix_of(request)
    limit = settings.VERIFY_FAILURES_PER_MINUTE
    if code is not None and rate_limit.is_over(_PURPOSE, who, limit=limit):
        return _too_many()
    try:
        found = verification.look_up(number, code[:40] if code else None)
    except verification.NoSuchCertificate:
        if rate_limit.is_over(_PURPOSE, who, limit=limit):
            return _too_many()
        rate_limit.count(_PURPOSE, who)
        asked = "this number and access code together" if code is not None else "this number"
        response = _problem(404, "Not found", f"No certificate answers to {asked}.")
        counting.count_after(response, counting.Channel.PROGRAM, counting.UNKNOWN)
        return response
    response = _answered(_of_number(found))
    counting.count_after(response, counting.Channel.PROGRAM, found.verdict, found)
    return response


def _of_number(found: Verified) -> Answer:
    return Answer(
        verdict=found.verdict,
        why="number",
        sentence=answers.sentence(found),
        as_of=found.as_of,
        checks=_checks(found.checks),
        certificate=_certificate(found),
        claimed=None,
    )


def _too_many() -> HttpResponse:
    return _problem(429, "Too many", "Too many attempts from your network. Wait one minute and try again.")


def _of_examined(examined: Examined) -> Answer:
    return Answer(
        verdict=examined.verdict,
        why=examined.why,
        sentence=answers.sentence_on(examined),
        as_of=clock.now(),
        checks=_checks(examined.checks),
        certificate=_certificate(examined.found) if examined.found else None,
        claimed=dict(examined.claimed) if examined.claimed else None,
    )


def _checks(checks: tuple[Check, ...]) -> list[CheckOut]:
    texts = answers.lines(checks, None)
    return [
        CheckOut(code=check.code, passed=check.passed, text=line.text)
        for check, line in zip(checks, texts, strict=True)
    ]


def _certificate(found: Verified) -> CertificateOut:
    facts = found.facts
    return CertificateOut(
        number=found.grouped_number,
        verdict=found.verdict,
        since=found.found.since,
        course=found.title,
        initials=found.initials,
        name=facts["holder"]["printed"] if facts else None,
        hours=facts["programme"]["hours"] if facts else None,
        issuer=localized(facts["issuer"]["names"]) if facts else None,
        licence_number=facts["licence"]["number"] if facts and facts["licence"] else None,
        licence_standing=found.licence.standing.value if found.licence else None,
        issued_on=found.issued_on,
        valid_until=found.valid_until,
        public_text=found.public_text,
        demonstration=found.is_demo,
    )


def _answered(answer: Answer) -> HttpResponse:
    return _guarded(HttpResponse(answer.model_dump_json(), content_type="application/json"))
