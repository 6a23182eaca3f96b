"""The assessment pages of a learner: the rules before, the questions, the question whether to submit, the result."""

import json
from datetime import datetime
from decimal import Decimal
from functools import wraps

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required
from django.http import Http404, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from courses.models import Attempt, Edition, EditionAssessment, Enrolment
from courses.operations import assessing
from courses.operations.assessing import Saved
from courses.rules import marking
from courses.views.questions import sections_of, worded
from lms.kernel import clock
from lms.kernel.prepared import Prepared, Slot

User = get_user_model()

# A page of answers is a few hundred bytes; what is longer does not come from our page.
MOST_BYTES = 64 * 1024


def per_cent(value: Decimal) -> str:
    """A percentage as people read it, never rounded up: “59,99 %” in one piece, with the decimal sign of the language."""
    return f"{number_format(marking.shown(value))}\u00a0%"


# An attempt with what its pages say of the programme; the rest of the edition is wide and not needed here.
_NOT_NEEDED = [
    f"enrolment__edition__{name}" for name in ("summaries", "outcomes", "languages", "audiences", "accreditation")
]
_own = Prepared(
    lambda: (
        Attempt.objects.select_related("enrolment__edition", "assessment")
        .defer("assessment__pool", *_NOT_NEEDED)
        .filter(
            enrolment__registration=Slot(Enrolment, "registration"),
            enrolment__person__user=Slot(User, "id", "user"),
            assessment__code=Slot(EditionAssessment, "code"),
            number=Slot(Attempt, "number"),
        )
    )
)
_own_enrolment = Prepared(
    lambda: (
        Enrolment.objects.select_related("edition", "group__round")
        .defer(*(name.removeprefix("enrolment__") for name in _NOT_NEEDED))
        .filter(registration=Slot(Enrolment, "registration"), person__user=Slot(User, "id", "user"))
    )
)
_assessment = Prepared(
    lambda: EditionAssessment.objects.filter(
        edition=Slot(Edition, "id", "edition"), code=Slot(EditionAssessment, "code")
    )
)


def _only(rows: list):
    """The one row there is. Raises Http404 when there is none."""
    if not rows:
        raise Http404
    return rows[0]


def _own_attempt(view):
    """Hand the view the attempt at this address, if it is the reader's own; everybody else's is not there."""

    @wraps(view)
    def find(request, registration, code, number):
        found = _own(registration=registration, user=request.user.pk, code=code, number=number)
        return view(request, _only(found))

    return find


def address(name: str, attempt: Attempt) -> str:
    """The address of one of the pages of ``attempt``."""
    return reverse(f"courses:{name}", args=[attempt.enrolment.registration, attempt.assessment.code, attempt.number])


def overview_address(attempt: Attempt) -> str:
    return reverse("courses:assessment", args=[attempt.enrolment.registration, attempt.assessment.code])


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def overview(request, registration, code):
    """Before the start: what is asked, how long, how often. POST begins, or goes on with the open attempt."""
    enrolment = _only(_own_enrolment(registration=registration, user=request.user.pk))
    assessment = _only(_assessment(edition=enrolment.edition_id, code=code))
    if request.method == "POST":
        try:
            attempt = assessing.start(enrolment, assessment, by=request.user)
        except assessing.StartRefused as error:
            messages.error(request, str(error))
            return redirect(request.path)
        return redirect("courses:attempt", registration, code, attempt.number)
    conditions = assessing.conditions(enrolment, assessment)
    return render(
        request,
        "courses/assessment/overview.html",
        {
            "enrolment": enrolment,
            "assessment": assessment,
            "title": worded(assessment.titles),
            "conditions": conditions,
            "pass_mark": per_cent(assessment.pass_mark),
            "needed": marking.needed(assessment.questions_per_attempt, assessment.pass_mark),
            "best_percent": per_cent(conditions.best.percent) if conditions.best else None,
            "finished": [
                {"attempt": attempt, "percent": per_cent(attempt.percent)}
                for attempt in conditions.attempts
                if attempt.state == Attempt.State.GRADED
            ],
            "next_number": conditions.attempts_used + 1,
        },
    )


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
@_own_attempt
def attempt(request, attempt):
    """All questions on one page. POST saves them, then stays, asks for confirmation, or takes the end of time."""
    if attempt.state != Attempt.State.IN_PROGRESS:
        return redirect(address("attempt-result", attempt))
    if request.method == "GET":
        if marking.is_up(clock.now(), attempt.deadline_at):
            return redirect(address("attempt-confirm", attempt))
        return _questions(request, attempt)
    answers = _posted(request.POST)
    try:
        if request.POST.get("action") == "time_up":
            submitted = assessing.submit(attempt, answers=answers, time_up=True, by=request.user)
            if submitted.state == Attempt.State.IN_PROGRESS:
                return redirect(address("attempt", attempt))
            messages.info(request, _("The time was up, so your answers were submitted."))
            return redirect(address("attempt-result", attempt))
        assessing.save_many(attempt, answers)
    except assessing.Conflict as conflict:
        rest = {slot: saved for slot, saved in answers.items() if slot not in conflict.newest}
        assessing.save_many(attempt, rest)
        return _questions(request, attempt, conflict=conflict, status=409)
    except (assessing.TooLate, assessing.Closed) as error:
        messages.info(request, str(error))
        return redirect(address("attempt-result", attempt))
    except assessing.NoSuchAnswer as error:
        messages.error(request, str(error))
        return redirect(address("attempt", attempt))
    if request.POST.get("action") == "finish":
        return redirect(address("attempt-confirm", attempt))
    messages.success(request, _("Your answers are saved. You can go on now or come back later."))
    return redirect(address("attempt", attempt))


@require_POST
def attempt_save(request, registration, code, number):
    """Autosave: takes ``{"answers": {slot: {"answer": [key …], "sequence": n}}}``, answers what stands now."""
    if not request.user.is_authenticated:
        return JsonResponse(
            {"message": _("You are signed out. Sign in again; your answers are kept here.")}, status=401
        )
    return _take(request, registration=registration, code=code, number=number)


@_own_attempt
def _take(request, attempt):
    try:
        answers = _sent(request)
    except ValueError:
        return JsonResponse({"message": _("The answers could not be read. Reload the page.")}, status=400)
    try:
        saved = assessing.save_many(attempt, answers)
    except assessing.Conflict as conflict:
        newest = {slot: {"answer": each.answer, "sequence": each.sequence} for slot, each in conflict.newest.items()}
        return JsonResponse({"message": str(conflict), "newest": newest}, status=409)
    except (assessing.TooLate, assessing.Closed) as error:
        return JsonResponse({"message": str(error), "url": address("attempt-result", attempt)}, status=410)
    except assessing.NoSuchAnswer as error:
        return JsonResponse({"message": str(error)}, status=400)
    return JsonResponse(
        {
            "saved": {slot: each.sequence for slot, each in saved.items()},
            "remaining": _remaining(attempt.deadline_at),
        }
    )


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
@_own_attempt
def attempt_confirm(request, attempt):
    """Asks once more and names what is unanswered. POST submits."""
    if request.method == "POST":
        assessing.submit(attempt, by=request.user)
        return redirect(address("attempt-result", attempt))
    if attempt.state != Attempt.State.IN_PROGRESS:
        return redirect(address("attempt-result", attempt))
    items = assessing.items_of(attempt)
    return render(
        request,
        "courses/assessment/confirm.html",
        {
            "attempt": attempt,
            "title": worded(attempt.assessment.titles),
            "count": len(items),
            "answered": sum(bool(item.answer) for item in items),
            "unanswered": [item.slot for item in items if not item.answer],
            "is_up": marking.is_up(clock.now(), attempt.deadline_at),
            "attempt_url": address("attempt", attempt),
            "overview_url": overview_address(attempt),
        },
    )


@never_cache
@login_required
@require_GET
@_own_attempt
def attempt_result(request, attempt):
    """What was reached, what it means, and every question with its explanation."""
    if attempt.state == Attempt.State.IN_PROGRESS:
        return redirect(address("attempt", attempt))
    if attempt.state != Attempt.State.GRADED:
        raise Http404
    sections = sections_of(assessing.items_of(attempt))
    conditions = assessing.conditions(attempt.enrolment, attempt.assessment)
    return render(
        request,
        "courses/assessment/result.html",
        {
            "attempt": attempt,
            "title": worded(attempt.assessment.titles),
            "percent": per_cent(attempt.percent),
            "pass_mark": per_cent(attempt.assessment.pass_mark),
            "right": sum(section.is_right for section in sections),
            "count": len(sections),
            "sections": sections,
            "conditions": conditions,
            "overview_url": overview_address(attempt),
        },
    )


def _questions(request, attempt, *, conflict=None, status=200):
    sections = sections_of(assessing.items_of(attempt))
    return render(
        request,
        "courses/assessment/attempt.html",
        {
            "attempt": attempt,
            "title": worded(attempt.assessment.titles),
            "sections": sections,
            "answered": sum(section.is_answered for section in sections),
            "remaining": _remaining(attempt.deadline_at),
            "conflict": conflict,
            "save_url": address("attempt-save", attempt),
            "overview_url": overview_address(attempt),
        },
        status=status,
    )


def _remaining(deadline_at: datetime | None) -> int | None:
    """Whole seconds until the deadline, never below zero; None without a limit."""
    return None if deadline_at is None else max(0, int((deadline_at - clock.now()).total_seconds()))


def _posted(form) -> dict[int, Saved]:
    """The answers of a page sent as a form: ``s3`` is the last sequence known for question 3, ``q3`` what is chosen."""
    answers = {}
    for name, value in form.items():
        slot, sequence = name[1:], value
        if name[:1] == "s" and slot.isdecimal() and sequence.isdecimal() and len(slot) < 4 and len(sequence) < 9:
            answers[int(slot)] = Saved(form.getlist(f"q{slot}"), int(sequence) + 1)
    return answers


def _sent(request) -> dict[int, Saved]:
    """The answers of an autosave. Raises ValueError when they are not what our page sends."""
    if len(request.body) > MOST_BYTES:
        raise ValueError("too long")
    try:
        answers = json.loads(request.body)["answers"]
        found = {
            int(slot): Saved([str(key) for key in each["answer"]], int(each["sequence"]))
            for slot, each in answers.items()
        }
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("not answers") from error
    if any(not 0 < saved.sequence < 10**8 for saved in found.values()):
        raise ValueError("not a sequence")
    return found
