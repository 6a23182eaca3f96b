"""The holder's own certificates: a list, and the document as it was made."""

import logging
from urllib.parse import quote

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from certification import verification
from certification.formats.certificate import ascii_file_name
from certification.models import Certificate, CertificateDocument
from lms.people import roles

log = logging.getLogger(__name__)


@login_required
@require_safe
def certificates(request: HttpRequest) -> HttpResponse:
    """All certificates of whoever is signed in."""
    person = getattr(request.user, "person", None)
    found = verification.certificates_of(person) if person else []
    return render(request, "certification/certificates/list.html", {"certificates": found})


@login_required
@require_safe
def download(request: HttpRequest, certificate_id) -> HttpResponse:
    """The stored bytes, for the holder and for officers; for everybody else there is nothing here."""
    certificate = get_object_or_404(
        Certificate.objects.select_related("person").only("serial", "person__user", "facts"), pk=certificate_id
    )
    is_officer = roles.has_role(request.user, roles.COUNCIL_OFFICER, roles.COMMISSION_MEMBER, roles.ADMINISTRATOR)
    if certificate.person.user_id != request.user.pk and not is_officer:
        raise Http404
    kept = CertificateDocument.objects.filter(certificate=certificate)
    etag = f'"{kept.values_list("sha256", flat=True).get()}"'
    if request.headers.get("If-None-Match") == etag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(bytes(kept.get().content), content_type="application/pdf")
        response["Content-Disposition"] = disposition(certificate)
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    log.info("Certificate %s downloaded by user %s", certificate.serial, request.user.pk)
    return response


def disposition(certificate: Certificate) -> str:
    """An ASCII file name for old programs, and one with the holder's own letters for all others."""
    own = f"{certificate.serial} {certificate.facts['holder']['printed']}.pdf".replace("/", "-")
    return f"attachment; filename=\"{ascii_file_name(certificate.facts)}\"; filename*=UTF-8''{quote(own)}"
