"""Certificates on paper that were entered: taking an entry back."""

from django.db import transaction
from django.utils.translation import gettext as _

from certification.models import PaperCertificate
from lms.kernel import clock


class WithdrawnAlready(ValueError):
    """The entry was taken back before."""


@transaction.atomic
def withdraw(paper: PaperCertificate, *, reason: str, by) -> PaperCertificate:
    """Take the entry of ``paper`` back. It stays with the reason, and the paper may be entered anew."""
    paper = PaperCertificate.objects.select_for_update(of=("self",)).get(pk=paper.pk)
    if paper.withdrawn_at:
        raise WithdrawnAlready(_("This entry was taken back already."))
    paper.withdrawn_at, paper.withdrawn_by, paper.withdrawn_reason = clock.now(), by, reason[:300]
    paper.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    return paper
