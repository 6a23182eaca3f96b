"""Issuing in the office: who is ready and who is not, asking, a second person's approval, progress, what came of it."""

import tempfile
import zipfile

from django.contrib import messages
from django.http import FileResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from certification import signing
from certification.admin.access import for_roles
from certification.explanations import explain, explain_reason
from certification.formats.certificate import ascii_file_name
from certification.models import ActRequest, IssueBatch, IssueRow
from certification.operations import issuing, keeping_downloads, revoking
from courses import rounds
from lms.kernel import clock
from lms.kernel.spreadsheets import write_csv
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
                round_code=round_code, group_code=group, state__in=["requested", "running"]
            ).first(),
            "may_ask": roles.has_role(request.user, *ISSUERS),
            "as_of": clock.now(),
        },
    )


@for_roles(*ISSUERS)
def _request(request, round_code: str, group: str):
    try:
        batch = issuing.request(round_code, group, by=request.user)
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
    """One list on its way: waiting, being issued, done."""
    found = get_object_or_404(IssueBatch.objects.select_related("requested_by", "decided_by"), pk=batch_id)
    rows = list(found.rows.select_related("person"))
    by_state = {state: [row for row in rows if row.state == state] for state in IssueRow.State.values}
    for row in rows:
        row.sentence = explain_reason(row.error_code, row.error_detail) if row.error_code else ""
    finished = len(rows) - len(by_state["pending"])
    seconds = (clock.now() - found.started_at).total_seconds() if found.started_at else 0
    rate = finished / seconds if seconds and found.state == "running" else 0
    return render(
        request,
        "certification/issuing/batch.html",
        {
            "breadcrumbs_items": trail(
                (reverse("issuing:preflight", args=[found.round_code]), found.round_code),
                (request.path, _("List for %(round)s") % {"round": found.round_code}),
            ),
            "header_title": _("List for %(round)s") % {"round": found.round_code},
            "header_icon": "clipboard-list",
            "batch": found,
            "rows": rows,
            "issued": by_state["issued"],
            "failed": by_state["failed"],
            "dropped": by_state["dropped"],
            "finished": finished,
            "percent": round(100 * finished / len(rows)) if rows else 0,
            "rate": f"{rate:.1f}",
            "seconds_left": round(len(by_state["pending"]) / rate) if rate else None,
            "is_own": found.requested_by_id == request.user.pk,
            "waits_for": signing.trouble() if found.state == "running" and by_state["pending"] else "",
            "may_decide": roles.has_role(request.user, *DECIDERS),
            "may_download": roles.has_role(request.user, *HOLDERS_OF_FILES),
        },
    )


@require_POST
@for_roles(*DECIDERS)
def approve(request, batch_id: int):
    """The deliberate act: whoever approves types the number of certificates."""
    found = get_object_or_404(IssueBatch, pk=batch_id)
    if request.POST.get("count", "").strip() != str(found.expected_count):
        messages.error(
            request,
            _("Nothing was approved: to approve, type the number of certificates, %(count)s.")
            % {"count": found.expected_count},
        )
        return redirect("issuing:batch", batch_id)
    try:
        approved = issuing.approve(found, by=request.user)
    except issuing.IssuingError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request,
            ngettext(
                "%(count)s certificate is being issued.", "%(count)s certificates are being issued.", approved.issuing
            )
            % {"count": approved.issuing},
        )
        for candidate in approved.dropped:
            messages.warning(
                request,
                _("%(person)s was dropped: %(why)s")
                % {"person": f"{candidate.name} ({candidate.person_reference})", "why": " ".join(explain(candidate))},
            )
    return redirect("issuing:batch", batch_id)


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


@require_POST
@for_roles(*DECIDERS)
def retry(request, batch_id: int):
    """Failed rows once more, and whatever still waits."""
    found = get_object_or_404(IssueBatch, pk=batch_id)
    count = issuing.retry_failed(found, by=request.user) or issuing.resume(found)
    messages.success(
        request,
        ngettext("%(count)s certificate is tried again.", "%(count)s certificates are tried again.", count)
        % {"count": count},
    )
    return redirect("issuing:batch", batch_id)


# --- What a batch is handed over as ----------------------------------------------------------------

MANIFEST = ["serial", "number", "person", "given_name", "surname", "licence_number", "issued_on", "file", "sha256"]


def _manifest(certificates):
    for each in certificates:
        holder = each.facts["holder"]
        yield [
            each.serial,
            each.grouped_number,
            holder["person"],
            holder["given_name"],
            holder["surname"],
            each.facts["licence"]["number"] if each.facts["licence"] else "",
            each.issued_on.isoformat(),
            ascii_file_name(each.facts),
            each.document.sha256,
        ]


def _certificates_of(batch_id: int):
    found = get_object_or_404(IssueBatch, pk=batch_id)
    return found, found.certificates.filter(erased_at__isnull=True).select_related("document").defer(
        "facts_canonical"
    ).order_by("serial")


@require_safe
@for_roles(*HOLDERS_OF_FILES)
def manifest(request, batch_id: int):
    """The list of a batch as CSV. No access code: only the paper has it."""
    found, certificates = _certificates_of(batch_id)
    rows = _manifest(certificates.defer("facts_canonical", "document__content"))
    response = StreamingHttpResponse(write_csv(MANIFEST, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.round_code}-{found.pk}.csv"'
    return response


@require_safe
@for_roles(*HOLDERS_OF_FILES)
def archive(request, batch_id: int):
    """All documents of a batch and their list in one ZIP, written to a temporary file one by one."""
    found, certificates = _certificates_of(batch_id)
    file = tempfile.SpooledTemporaryFile(max_size=8 * 1024 * 1024)  # noqa: SIM115 - FileResponse closes it
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as packed:  # PDFs are packed already
        for each in certificates.iterator(chunk_size=50):
            packed.writestr(ascii_file_name(each.facts), bytes(each.document.content))
        rows = _manifest(certificates.defer("facts_canonical", "document__content"))
        packed.writestr("manifest.csv", "".join(write_csv(MANIFEST, rows)))
    keeping_downloads.note(certificates.values_list("pk", flat=True), "zip", by=request.user)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{found.round_code}-{found.pk}.zip")
