"""Issuing in the office: who is ready and who is not, asking, a second person's approval, progress, pausing."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from certification import signing
from certification.admin.access import for_roles
from certification.explanations import explain, explain_reason
from certification.models import ActRequest, BatchArchive, IssueBatch, IssueRow
from certification.operations import archiving, issuing, revoking
from courses import rounds
from lms.kernel import clock
from lms.people import roles

ISSUERS = (roles.COUNCIL_OFFICER,)
DECIDERS = (roles.COUNCIL_OFFICER, roles.COMMISSION_MEMBER)
VIEWERS = (roles.COUNCIL_OFFICER, roles.COMMISSION_MEMBER, roles.ADMINISTRATOR, roles.INSPECTOR)
HOLDERS_OF_FILES = (roles.COUNCIL_OFFICER, roles.COMMISSION_MEMBER, roles.ADMINISTRATOR)
SHOWN_BATCHES = 50


def trail(*steps: tuple[str, str]) -> list[dict[str, str]]:
    """Breadcrumbs of these pages, as the office wants them."""
    start = [(reverse("wagtailadmin_home"), _("Home")), (reverse("issuing:start"), _("Certificates"))]
    return [{"url": url, "label": str(label)} for url, label in [*start, *steps]]


@require_safe
@for_roles(*VIEWERS)
def start(request):
    """The rounds one may issue for, the lists that wait, and what was issued lately."""
    today = clock.local_day()
    stages = [(each, each.stage(today)) for each in rounds.all_rounds()]
    batches = list(IssueBatch.objects.select_related("requested_by", "decided_by")[:SHOWN_BATCHES])
    return render(
        request,
        "certification/issuing/start.html",
        {
            "breadcrumbs_items": trail(),
            "header_title": _("Certificates"),
            "header_icon": "clipboard-list",
            # What is over comes first: its certificates are due.
            "rounds": sorted(stages, key=lambda each: list(rounds.Stage).index(each[1])),
            "batches": batches,
            "acts": ActRequest.objects.filter(state=ActRequest.State.REQUESTED)
            .select_related("certificate", "requested_by")
            .order_by("requested_at"),
            "reasons": revoking.REASONS,
        },
    )


@for_roles(*VIEWERS)
def preflight(request, round_code: str):
    """Two columns, ready and not ready; asking for the certificates of those who are ready."""
    group = request.GET.get("group", "")
    try:
        seen = issuing.preflight(round_code, group)
    except rounds.NoSuchRound as error:
        messages.error(request, str(error))
        return redirect("issuing:start")
    if request.method == "POST":
        return _request(request, round_code, group)
    return render(
        request,
        "certification/issuing/preflight.html",
        {
            "breadcrumbs_items": trail((request.path, round_code)),
            "header_title": f"{round_code} · {seen.round.title}",
            "header_icon": "clipboard-list",
            "seen": seen,
            "not_ready": [{"candidate": each, "sentences": explain(each)} for each in seen.not_ready],
            "group": group,
            "open": IssueBatch.objects.filter(
                round_code=round_code, group_code=group, state__in=["requested", "running", "paused"]
            ).first(),
            "may_ask": roles.has_role(request.user, *ISSUERS),
            "key": uuid4(),  # of the asking, so that a form sent twice asks once
            "as_of": clock.now(),
        },
    )


@for_roles(*ISSUERS)
def _request(request, round_code: str, group: str):
    try:
        key = UUID(request.POST["key"]) if request.POST.get("key") else None
    except ValueError:
        messages.error(request, _("Nothing was asked for: the form was changed on its way. Ask once more."))
        return redirect(request.get_full_path())
    try:
        batch = issuing.request(round_code, group, by=request.user, key=key)
    except issuing.IssuingError as error:
        messages.error(request, str(error))
        return redirect(request.get_full_path())
    messages.success(
        request,
        ngettext(
            "%(count)s certificate is asked for. Another officer or a commission member approves it.",
            "%(count)s certificates are asked for. Another officer or a commission member approves them.",
            batch.expected_count,
        )
        % {"count": batch.expected_count},
    )
    return redirect("issuing:batch", batch.pk)


@require_safe
@for_roles(*VIEWERS)
def batch(request, batch_id: int):
    """One list on its way: waiting, being issued, paused, done."""
    return _page(request, get_object_or_404(_lists(), pk=batch_id))


def _lists():
    return IssueBatch.objects.select_related("requested_by", "decided_by", "paused_by", "archive")


def _page(request, found: IssueBatch, *, count_error: str = "", typed: str = ""):
    rows = list(found.rows.select_related("person"))
    by_state = {state: [row for row in rows if row.state == state] for state in IssueRow.State.values}
    for row in rows:
        row.sentence = explain_reason(row.error_code, row.error_detail) if row.error_code else ""
    finished, waiting = len(rows) - len(by_state["pending"]), len(by_state["pending"])
    rate = _rate(found)
    archive = archiving.current(found) if by_state["issued"] else None
    is_packing = archive is not None and archive.state == BatchArchive.State.MAKING
    return render(
        request,
        "certification/issuing/batch.html",
        {
            "breadcrumbs_items": trail(
                (reverse("issuing:preflight", args=[found.round_code]), found.round_code),
                (reverse("issuing:batch", args=[found.pk]), _("List for %(round)s") % {"round": found.round_code}),
            ),
            "header_title": _("List for %(round)s") % {"round": found.round_code},
            "header_icon": "clipboard-list",
            "batch": found,
            "page_address": reverse("issuing:batch", args=[found.pk]),
            "rows": rows,
            "issued": by_state["issued"],
            "failed": by_state["failed"],
            "dropped": by_state["dropped"],
            "waiting": waiting,
            "finished": finished,
            "percent": round(100 * finished / len(rows)) if rows else 0,
            "rate": number_format(rate, 1),
            "time_left": _in_words(waiting / rate) if rate else "",
            "count_error": count_error,
            "typed": typed,
            "archive": archive,
            "is_small": len(by_state["issued"]) <= archiving.AT_ONCE,
            "is_moving": found.state == IssueBatch.State.RUNNING or is_packing,
            "is_own": found.requested_by_id == request.user.pk,
            "waits_for": signing.trouble() if found.state == "running" and by_state["pending"] else "",
            "may_decide": roles.has_role(request.user, *DECIDERS),
            "may_download": roles.has_role(request.user, *HOLDERS_OF_FILES),
        },
    )


def _rate(found: IssueBatch) -> float:
    """Certificates a second since the work began or was last gone on with; 0 while there is nothing to say."""
    if found.state != IssueBatch.State.RUNNING or not found.started_at:
        return 0
    seconds = (clock.now() - found.started_at).total_seconds()
    return found.certificates.filter(issued_at__gte=found.started_at).count() / seconds if seconds > 0 else 0


def _in_words(seconds: float) -> str:
    """How long it still takes, as roughly as anybody can know it."""
    if seconds < 90:
        count = max(1, round(seconds))
        return ngettext("about %(count)s second left", "about %(count)s seconds left", count) % {"count": count}
    count = round(seconds / 60)
    return ngettext("about %(count)s minute left", "about %(count)s minutes left", count) % {"count": count}


@require_POST
@for_roles(*DECIDERS)
def approve(request, batch_id: int):
    """The deliberate act: whoever approves types the number of certificates."""
    found = get_object_or_404(_lists(), pk=batch_id)
    if found.state == IssueBatch.State.REQUESTED and found.requested_by_id != request.user.pk:
        typed = " ".join(request.POST.get("count", "").split())
        if typed != str(found.expected_count):
            return _page(request, found, count_error=_what_was_typed(typed, found.expected_count), typed=typed)
    try:
        approved = issuing.approve(found, by=request.user)
    except issuing.IssuingError as error:
        messages.error(request, str(error))
    else:
        # That certificates are being issued is said by the page itself, for as long as it is true.
        for candidate in approved.dropped:
            messages.warning(
                request,
                _("%(person)s was dropped: %(why)s")
                % {"person": f"{candidate.name} ({candidate.person_reference})", "why": " ".join(explain(candidate))},
            )
    return redirect("issuing:batch", batch_id)


def _what_was_typed(typed: str, expected: int) -> str:
    if not typed:
        return _("Nothing was approved: no number was typed. The list has %(count)s; type that.") % {"count": expected}
    if not typed.isascii() or not typed.isdigit():
        return _("Nothing was approved: “%(typed)s” is not a number. The list has %(count)s; type that in figures.") % {
            "typed": typed[:40],
            "count": expected,
        }
    return _(
        "Nothing was approved: you typed %(typed)s, but the list has %(count)s. "
        "Look through the list below; if it is as it should be, type %(count)s, otherwise send it back."
    ) % {"typed": typed[:40], "count": expected}


@require_POST
@for_roles(*DECIDERS)
def reject(request, batch_id: int):
    try:
        issuing.reject(get_object_or_404(IssueBatch, pk=batch_id), note=request.POST.get("note", ""), by=request.user)
    except issuing.IssuingError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The list was sent back; nothing is issued."))
    return redirect("issuing:batch", batch_id)


def _act(request, batch_id: int, deed):
    """Do ``deed`` to the list and show it again; what cannot be done is said there."""
    try:
        deed(get_object_or_404(IssueBatch, pk=batch_id))
    except issuing.IssuingError as error:
        messages.error(request, str(error))
    return redirect("issuing:batch", batch_id)


@require_POST
@for_roles(*DECIDERS)
def retry(request, batch_id: int):
    """Failed rows once more, or whatever still waits in a list that stands still."""
    return _act(request, batch_id, lambda found: issuing.retry_failed(found, by=request.user) or issuing.resume(found))


@require_POST
@for_roles(*DECIDERS)
def pause(request, batch_id: int):
    return _act(request, batch_id, lambda found: issuing.pause(found, by=request.user))


@require_POST
@for_roles(*DECIDERS)
def go_on(request, batch_id: int):
    return _act(request, batch_id, lambda found: issuing.go_on(found, by=request.user))
