"""What a list of certificates is handed over as: a table, and all documents in one ZIP."""

import logging

from django.contrib import messages
from django.http import FileResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from certification.admin.access import for_roles
from certification.admin.issuing import HOLDERS_OF_FILES
from certification.models import BatchArchive, IssueBatch
from certification.operations import archiving, keeping_downloads
from lms.kernel.spreadsheets import write_csv

log = logging.getLogger(__name__)


@require_safe
@for_roles(*HOLDERS_OF_FILES)
def manifest(request, batch_id: int):
    """The list of a batch as CSV. No access code: only the paper has it."""
    found = get_object_or_404(IssueBatch, pk=batch_id)
    rows = archiving.manifest(archiving.certificates_of(found))
    response = StreamingHttpResponse(write_csv(archiving.COLUMNS, rows), content_type="text/csv; charset=utf-8")
    log.info("The table of batch %s was downloaded by user %s", found.pk, request.user.pk)
    return _private(response, f"{found.round_code}-{found.pk}.csv")


@require_safe
@for_roles(*HOLDERS_OF_FILES)
def archive(request, batch_id: int):
    """All documents of a batch and their list in one ZIP: of a small one at once, else as the worker made it."""
    found = get_object_or_404(IssueBatch, pk=batch_id)
    if archiving.is_small(found):
        try:
            file = archiving.made_now(found)
        except archiving.Damaged as error:
            messages.error(request, str(error))
            return redirect("issuing:batch", batch_id)
    else:
        made = archiving.current(found)
        if made is None or made.state != BatchArchive.State.READY:
            messages.info(request, _("These documents are not packed yet. Have them packed first."))
            return redirect("issuing:batch", batch_id)
        file = made.file.open("rb")
    handed_over = archiving.certificates_of(found).filter(document__isnull=False)
    keeping_downloads.note(handed_over.values_list("pk", flat=True), "zip", by=request.user)
    log.info("All documents of batch %s were downloaded by user %s", found.pk, request.user.pk)
    return _private(FileResponse(file, content_type="application/zip"), f"{found.round_code}-{found.pk}.zip")


@require_POST
@for_roles(*HOLDERS_OF_FILES)
def pack(request, batch_id: int):
    """Have the worker pack the documents of a large list."""
    archiving.ask(get_object_or_404(IssueBatch, pk=batch_id), by=request.user)
    return redirect("issuing:batch", batch_id)


def _private(response, name: str):
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
