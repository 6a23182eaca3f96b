"""The holder's own certificates: a list, and the document as it was made."""

import logging
from collections.abc import Callable
from datetime import date
from urllib.parse import quote

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from certification import verification
from certification.formats import badge_image, badge_seal
from certification.formats.certificate import ascii_file_name
from certification.formats.labels import label, short_date
from certification.models import Certificate, CertificateDocument
from certification.operations import counting, mirroring
from certification.rules.numbering import grouped
from lms.kernel.languages import localized
from lms.people import roles

log = logging.getLogger(__name__)


@login_required
@require_safe
def certificates(request: HttpRequest) -> HttpResponse:
    """All certificates of whoever is signed in."""
    person = getattr(request.user, "person", None)
    found = verification.certificates_of(person) if person else []
    checks = counting.checks_of(each.id for each in found)
    context = {"certificates": [{"certificate": each, "checks": checks.get(each.id, [])} for each in found]}
    return render(request, "certification/certificates/list.html", context)


@login_required
@require_safe
def download(request: HttpRequest, certificate_id) -> HttpResponse:
    """The stored bytes, for the holder and for officers; for everybody else there is nothing here."""
    certificate = _own(request, certificate_id, "facts")
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


@login_required
@require_safe
def credential(request: HttpRequest, certificate_id, form: str) -> HttpResponse:
    """The credential for a wallet or a page of one's own: ``form`` is json, jwt, png, svg or tlog-proof.

    A badge is a picture with the credential in it. Whoever has one of these files has the holder's name; they are
    handed to the holder and to officers.
    """
    certificate = _own(
        request, certificate_id, "facts", "facts_sha256", "credential", "credential_jwt", "log_index", "salt"
    )
    if not certificate.credential or form not in _FORMS:
        raise Http404  # issued before there were credentials, or asked for in a form that there is not
    kind, content = _FORMS[form](certificate)
    response = HttpResponse(content, content_type=kind)
    name = ascii_file_name(certificate.facts).removesuffix(".pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    log.info("Credential of certificate %s downloaded as %s by user %s", certificate.serial, form, request.user.pk)
    return response


def _own(request: HttpRequest, certificate_id, *columns: str) -> Certificate:
    """The certificate for its holder and for officers; for everybody else there is none."""
    rows = Certificate.objects.select_related("person").only("serial", "person__user", *columns)
    certificate = get_object_or_404(rows, pk=certificate_id)
    is_officer = roles.has_role(request.user, roles.COUNCIL_OFFICER, roles.COMMISSION_MEMBER, roles.ADMINISTRATOR)
    if certificate.person.user_id != request.user.pk and not is_officer:
        raise Http404
    return certificate


def _seal(certificate: Certificate) -> badge_seal.Seal:
    facts, language = certificate.facts, certificate.facts["language"]
    hours = label("hours", language, hours=facts["programme"]["hours"].removesuffix(".00"))
    return badge_seal.Seal(
        title=localized(facts["programme"]["titles"], language),
        issuer=localized(facts["issuer"]["names"], language),
        detail=f"{hours} · {short_date(date.fromisoformat(facts['issued_on']))}",
        number=grouped(facts["number"]),
        digest=certificate.facts_sha256,
    )


# The forms of a credential: what each is called and how it is made. In a picture it is the token, which is short.
_FORMS: dict[str, Callable[[Certificate], tuple[str, bytes]]] = {
    "json": lambda row: ("application/vc+ld+json", bytes(row.credential or b"")),
    "jwt": lambda row: ("application/vc+jwt", row.credential_jwt.encode()),
    "png": lambda row: ("image/png", badge_image.bake_png(badge_seal.png(_seal(row)), row.credential_jwt)),
    "svg": lambda row: ("image/svg+xml", badge_image.bake_svg(badge_seal.svg(_seal(row)), row.credential_jwt)),
    "tlog-proof": lambda row: ("text/plain; charset=utf-8", mirroring.log_proof_of(row).encode()),
}


def disposition(certificate: Certificate) -> str:
    """An ASCII file name for old programs, and one with the holder's own letters for all others."""
    own = f"{certificate.serial} {certificate.facts['holder']['printed']}.pdf".replace("/", "-")
    return f"attachment; filename=\"{ascii_file_name(certificate.facts)}\"; filename*=UTF-8''{quote(own)}"
