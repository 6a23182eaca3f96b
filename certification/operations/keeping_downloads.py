"""Who had which file of a certificate, and when: noted whenever one is handed out."""

from collections.abc import Iterable
from uuid import UUID

from certification.models import CertificateDownload
from lms.kernel import clock


def note(certificate_ids: Iterable[UUID], form: str, *, by) -> None:
    """One row for each certificate. ``form`` is pdf, json, jwt, png, svg or tlog-proof, or zip with a whole batch."""
    now = clock.now()
    CertificateDownload.objects.bulk_create(
        CertificateDownload(certificate_id=key, form=form, downloaded_at=now, downloaded_by=by)
        for key in certificate_ids
    )
