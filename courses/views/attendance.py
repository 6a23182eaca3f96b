"""Roll call: the list a trainer marks on the phone, the queue of taps it sends, guests, and the sheet on paper."""

import json
from collections import Counter
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from courses import identify
from courses.formats import sign_in_sheet
from courses.models import AttendanceMark, Enrolment
from courses.operations import attending
from courses.operations.attending import Tap
from lms.kernel import clock

MOST_TAPS = 1000  # in one message of the phone's queue
MOST_MINUTES = 600
MOST_KEY = 2**63 - 1  # what a database counts to
Value = AttendanceMark.Value


def session_of(request, pk):
    """The session ``pk`` if the reader may take its attendance; 404 otherwise."""
    along = ("group__round__edition", "group__municipality", "day__edition", "venue__municipality")
    return get_object_or_404(attending.sessions_of(request.user).select_related(*along), pk=pk)


@login_required
def roll_call(request, pk):
    """GET shows the sheet; POST without JavaScript saves the whole of it, or marks the rest present."""
    session = session_of(request, pk)
    if request.method == "POST":
        _save_form(request, session)
        return redirect("courses:roll-call", pk=session.pk)
    lines = [
        replace(line, is_own=True) if line.user_id == request.user.pk else line for line in attending.roster_of(session)
    ]
    return render(
        request,
        "courses/teaching/roll_call.html",
        {
            "session": session,
            "lines": lines,
            "counts": counts_of(lines),
            "values": Value,
            "is_ahead": clock.local_day(zone=session.zone) < session.on,
            "is_locked": attending.is_locked(session),
            "lock_hours": attending.LOCK_HOURS,
            "can_mark": session.cancelled_at is None and clock.local_day(zone=session.zone) >= session.on,
        },
    )


def counts_of(lines) -> dict[str, int]:
    """How many stand on the sheet, are marked, and are marked as what."""
    counts = Counter(line.value for line in lines)
    return {
        "total": len(lines),
        "marked": len(lines) - counts[Value.UNMARKED],
        "unmarked": counts[Value.UNMARKED],
        "present": counts[Value.PRESENT],
        "late": counts[Value.LATE],
        "left_early": counts[Value.LEFT_EARLY],
        "absent": counts[Value.ABSENT],
        "excused": counts[Value.EXCUSED],
    }


def _save_form(request, session):
    said = request.POST.dict()
    rest = "rest" in said
    taps = []
    for line in attending.roster_of(session):
        pk = line.enrolment_id
        value = said.get(f"value-{pk}", line.value)
        if rest and value == Value.UNMARKED and line.user_id != request.user.pk:
            value = Value.PRESENT
        late, early = said.get(f"late-{pk}", line.minutes_late), said.get(f"early-{pk}", line.minutes_early)
        tap = Tap(
            enrolment_id=pk,
            value=value,
            minutes_late=_minutes(late),
            minutes_early=_minutes(early),
            remark=said.get(f"remark-{pk}", line.remark).strip()[:300],
            seen=_number(said.get(f"seen-{pk}")),
        )
        if tap.said != (line.value, line.minutes_late, line.minutes_early, line.remark):
            taps.append(tap)
    try:
        outcomes = attending.take(session, taps, by=request.user, reason=said.get("reason", "").strip()[:300])
    except attending.MarkRefused as error:
        messages.error(request, str(error))
        return
    saved = sum(1 for outcome in outcomes if outcome.status == "saved")
    for message in dict.fromkeys(outcome.message for outcome in outcomes if outcome.message):
        messages.warning(request, message)
    if saved:
        said = ngettext("%(count)d mark saved.", "%(count)d marks saved.", saved) % {"count": saved}
        messages.success(request, said)
    elif not taps:
        messages.info(request, _("Nothing has changed."))


def _minutes(text) -> int:
    number = _number(text) or 0
    return min(max(number, 0), MOST_MINUTES)


def _number(text) -> int | None:
    try:
        number = int(text)
    except (TypeError, ValueError, OverflowError):  # JSON may say 1e999, which is infinite
        return None
    return number if abs(number) <= MOST_KEY else None


@login_required
@require_POST
def marks(request, pk):
    """The phone's queue: taps as JSON, each answered for itself. Sending the same tap again is harmless."""
    session = session_of(request, pk)
    try:
        message = json.loads(request.body)
        taps = [_tap(each) for each in message["taps"]]
        reason = str(message.get("reason", "")).strip()[:300]
    except (ValueError, KeyError, TypeError, AttributeError):
        return HttpResponseBadRequest("The message is not a list of taps.")
    if len(taps) > MOST_TAPS:
        return HttpResponseBadRequest(f"Send at most {MOST_TAPS} taps at once.")
    try:
        outcomes = attending.take(session, taps, by=request.user, reason=reason)
    except attending.MarkRefused as error:
        return JsonResponse({"refused": str(error)}, status=409)
    return JsonResponse(
        {
            "outcomes": [_outcome(outcome) for outcome in outcomes],
            "at": f"{localtime(clock.now()):%H:%M}",
        }
    )


def _tap(said: dict) -> Tap:
    captured = parse_datetime(str(said.get("captured", "")))
    enrolment = _number(said["enrolment"])
    if enrolment is None:
        raise ValueError(f"{said['enrolment']!r} is no registration.")
    return Tap(
        enrolment_id=enrolment,
        value=str(said["value"]),
        minutes_late=_minutes(said.get("late")),
        minutes_early=_minutes(said.get("early")),
        remark=str(said.get("remark") or "").strip()[:300],
        client_id=UUID(str(said["client"])),
        captured_at=captured if isinstance(captured, datetime) and is_aware(captured) else None,
        seen=_number(said.get("seen")),
    )


def _outcome(outcome) -> dict:
    mark = outcome.mark
    return {
        "client": str(outcome.client_id),
        "enrolment": outcome.enrolment_id,
        "status": outcome.status,
        "message": outcome.message,
        "mark": mark.pk if mark else 0,
        "value": mark.value if mark else Value.UNMARKED,
        "late": mark.minutes_late if mark else 0,
        "early": mark.minutes_early if mark else 0,
        "remark": mark.remark if mark else "",
    }


@login_required
def add_guest(request, pk):
    """Find somebody of another group by name or licence number, and put them on the sheet."""
    session = session_of(request, pk)
    if request.method == "POST":
        enrolment = get_object_or_404(
            Enrolment.objects.active().filter(edition=session.day.edition_id).select_related("person"),
            pk=_number(request.POST.get("enrolment")) or 0,
        )
        attending.add_to_roster(session, enrolment, by=request.user)
        messages.success(
            request, _("%(name)s is on this sheet now. Mark them below.") % {"name": enrolment.person.full_name}
        )
        return redirect("courses:roll-call", pk=session.pk)
    words = request.GET.get("q", "").strip()
    holders = identify.holders_of([words]) if words else {}
    found = attending.guests_matching(session, words, persons=holders.get(words, ()))
    return render(
        request, "courses/teaching/add_guest.html", {"session": session, "words": words, "found": list(found)}
    )


@login_required
def sign_in_sheet_page(request, pk):
    """The sheet to be signed on paper, as a page for the printer."""
    session = session_of(request, pk)
    return render(request, "courses/teaching/sign_in_sheet.html", _sheet(session))


@login_required
def sign_in_sheet_pdf(request, pk):
    """The same sheet as a PDF."""
    session = session_of(request, pk)
    html = render_to_string("courses/teaching/sign_in_sheet.html", _sheet(session) | {"is_pdf": True})
    response = HttpResponse(sign_in_sheet.as_pdf(html), content_type="application/pdf")
    name = slugify(session.code.replace("/", "-"))
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response


def _sheet(session) -> dict:
    return {
        "session": session,
        "lines": attending.roster_of(session),
        "trainers": [row.person.full_name for row in session.group.group_trainers.select_related("person")],
        "blank": range(3),
        "date": date_format(session.on, "d.m.Y"),
        "style": sign_in_sheet.STYLE,
    }
