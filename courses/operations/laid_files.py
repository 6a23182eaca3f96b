"""Files laid before somebody to look at hold personal data: they go as soon as they are answered, or after some days."""

import logging
from datetime import timedelta

from django.db import transaction

from courses.models import AttendanceImport, EnrolmentImport
from lms.kernel import clock

log = logging.getLogger(__name__)

KEPT_DAYS = 30  # a file that nobody has written or put away; named in docs/files.md


@transaction.atomic
def forget(laid) -> None:
    """Delete the file of ``laid`` (an AttendanceImport or EnrolmentImport); its hash stays. Safe to repeat."""
    if not laid.file:
        return
    storage, name = laid.file.storage, laid.file.name
    laid.file = ""
    laid.save(update_fields=["file"])
    transaction.on_commit(lambda: storage.delete(name))


def forget_unanswered() -> int:
    """Delete every file that was laid more than KEPT_DAYS ago, answered or not. Returns how many."""
    before = clock.now() - timedelta(days=KEPT_DAYS)
    return sum(_forget_older(model, before) for model in (AttendanceImport, EnrolmentImport))


def _forget_older(model, before) -> int:
    count = 0
    for pk in model.objects.filter(uploaded_at__lt=before).exclude(file="").values_list("pk", flat=True):
        with transaction.atomic():
            # Whoever is answering right now goes first, and has forgotten the file by then.
            laid = model.objects.select_for_update(of=("self",)).get(pk=pk)
            if laid.file:
                forget(laid)
                count += 1
    if count:
        log.info("Deleted %d old files of %s", count, model.__name__)
    return count
