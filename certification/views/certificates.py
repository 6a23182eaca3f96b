"""The holder's own certificates: a list, and the document as it was made."""

import logging
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from certification import verification
from certification.formats import badge_image, badge_seal
from certification.formats.certificate import ascii_file_name
from certification.formats.labels import hours_of, short_date
from certification.models import Certificate, CertificateDocument, CertificatePrint
from certification.operations import mirroring, printing
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
    return render(request, "certification/certificates/list.html", {"certificates": found})


@login_required
@require_safe
def download(request: HttpRequest, certificate_id) -> HttpResponse:
    """The stored bytes, for the holder and for officers; for everybody else there is nothing here."""
    certificate = _own(request, certificate_id, "facts")
    return _stored(request, certificate, CertificateDocument.objects.filter(certificate=certificate))


@login_required
@require_POST
def make_print(request: HttpRequest, certificate_id) -> HttpResponse:
    """The same award in another language: drawn the first time it is asked for, afterwards the stored bytes."""
    certificate = _own(request, certificate_id)
    try:
        made = printing.print_in(certificate, request.POST.get("language", ""), by=request.user)
    except printing.PrintRefused as error:
        messages.error(request, str(error))
        is_own = certificate.person.user_id == request.user.pk
        return redirect("certification:certificates") if is_own else redirect("issuing:certificate", certificate.pk)
    return redirect("certification:print", certificate.pk, made.language)


@login_required
@require_safe
def download_print(request: HttpRequest, certificate_id, language: str) -> HttpResponse:
    certificate = _own(request, certificate_id, "facts")
    return _stored(
        request, certificate, CertificatePrint.objects.filter(certificate=certificate, language=language), language
    )


def _stored(request: HttpRequest, certificate: Certificate, kept: QuerySet, language: str = "") -> HttpResponse:
    """The bytes of the one row in ``kept``, as they were made."""
    sha256 = kept.values_list("sha256", flat=True).first()
    if sha256 is None:
        raise Http404
    etag = f'"{sha256}"'
    if request.headers.get("If-None-Match") == etag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(bytes(kept.get().content), content_type="application/pdf")
        response["Content-Disposition"] = disposition(certificate, language)
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    log.info("Certificate %s %s downloaded by user %s", certificate.serial, language, request.user.pk)
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
    hours = hours_of(Decimal(facts["programme"]["hours"]), language)
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


def disposition(certificate: Certificate, language: str = "") -> str:
    """An ASCII file name for old programs, and one with the holder's own letters for all others."""
    end = f" {language}.pdf" if language else ".pdf"
    own = f"{certificate.serial} {certificate.facts['holder']['printed']}{end}".replace("/", "-")
    plain = ascii_file_name(certificate.facts).removesuffix(".pdf") + end.replace(" ", "-")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(own)}"
