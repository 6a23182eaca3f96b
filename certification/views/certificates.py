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

from certification import answers, held, verification
from certification.formats import badge_image, badge_seal
from certification.formats.certificate import ascii_file_name
from certification.formats.labels import hours_of, short_date
from certification.models import Certificate, CertificateDocument, CertificatePrint
from certification.operations import counting, keeping_downloads, mirroring, printing
from certification.operations.renewing_proofs import newest
from certification.rules.numbering import grouped
from certification.rules.validity import Standing
from lms.kernel.languages import localized
from lms.people import roles

log = logging.getLogger(__name__)

_ARCHIVISTS = (roles.COUNCIL_OFFICER, roles.COMMISSION_MEMBER, roles.ADMINISTRATOR)


@login_required
@require_safe
def certificates(request: HttpRequest) -> HttpResponse:
    """All certificates of whoever is signed in."""
    person = getattr(request.user, "person", None)
    found = held.certificates_of(person) if person else []
    checks = counting.checks_of(each.id for each in found)
    context = {"certificates": [{"certificate": each, "checks": checks.get(each.id, [])} for each in found]}
    return render(request, "certification/certificates/list.html", context)


@login_required
@require_safe
def download(request: HttpRequest, certificate_id) -> HttpResponse:
    """The stored bytes, for the holder and for officers; for everybody else there is nothing here.

    Of a certificate that does not hold they are not handed out; a page says so instead.
    """
    certificate = _own(request, certificate_id, "facts", "valid_until")
    if (refusal := _not_handed_out(request, certificate)) is not None:
        return refusal
    return _stored(request, certificate, CertificateDocument.objects.filter(certificate=certificate))


@login_required
@require_POST
def make_print(request: HttpRequest, certificate_id) -> HttpResponse:
    """The same award in another language: drawn the first time it is asked for, afterwards the stored bytes."""
    certificate = _own(request, certificate_id, "valid_until")
    if (refusal := _not_handed_out(request, certificate)) is not None:
        return refusal
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
    certificate = _own(request, certificate_id, "facts", "valid_until")
    if (refusal := _not_handed_out(request, certificate)) is not None:
        return refusal
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
        keeping_downloads.note([certificate.pk], "pdf", by=request.user)
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
        request,
        certificate_id,
        "facts",
        "facts_sha256",
        "valid_until",
        "credential",
        "credential_jwt",
        "log_index",
        "salt",
    )
    if not certificate.credential or form not in _FORMS:
        raise Http404  # issued before there were credentials, or asked for in a form that there is not
    if (refusal := _not_handed_out(request, certificate)) is not None:
        return refusal
    kind, content = _FORMS[form](certificate)
    keeping_downloads.note([certificate.pk], form, by=request.user)
    response = HttpResponse(content, content_type=kind)
    name = ascii_file_name(certificate.facts).removesuffix(".pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    log.info("Credential of certificate %s downloaded as %s by user %s", certificate.serial, form, request.user.pk)
    return response


def _own(request: HttpRequest, certificate_id, *columns: str) -> Certificate:
    """The certificate for its holder and for officers; for everybody else there is none."""
    rows = (
        Certificate.objects.filter(erased_at__isnull=True)
        .select_related("person")
        .only("serial", "number", "person__user", *columns)
    )
    certificate = get_object_or_404(rows, pk=certificate_id)
    if certificate.person.user_id != request.user.pk and not roles.has_role(request.user, *_ARCHIVISTS):
        raise Http404
    return certificate


def _not_handed_out(request: HttpRequest, certificate: Certificate) -> HttpResponse | None:
    """A page that says why, where the file would pass for a valid certificate; None when it is handed out.

    The file itself says nothing of a revocation, and it is never changed. Officers open it from the archive, which
    they say in the address.
    """
    found = verification.standing_of(certificate)
    if found.standing in (Standing.VALID, Standing.EXPIRED):
        return None
    is_archivist = roles.has_role(request.user, *_ARCHIVISTS)
    if is_archivist and "archive" in request.GET:
        return None
    answer = verification.look_up(certificate.number)
    context = {
        "certificate": certificate,
        "state": answers.state(answer.verdict),
        "word": answers.word(answer.verdict),
        "sentence": answers.sentence(answer),
        "public_text": answer.public_text,
        "archive": f"{request.path}?archive=1" if is_archivist else "",
    }
    response = render(request, "certification/certificates/not_handed_out.html", context, status=409)
    response["Cache-Control"] = "private, no-cache"
    return response


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
    "json": lambda row: ("application/vc+ld+json", newest(row)[0]),
    "jwt": lambda row: ("application/vc+jwt", newest(row)[1].encode()),
    "png": lambda row: ("image/png", badge_image.bake_png(badge_seal.png(_seal(row)), newest(row)[1])),
    "svg": lambda row: ("image/svg+xml", badge_image.bake_svg(badge_seal.svg(_seal(row)), newest(row)[1])),
    "tlog-proof": lambda row: ("text/plain; charset=utf-8", mirroring.log_proof_of(row).encode()),
}


def disposition(certificate: Certificate, language: str = "") -> str:
    """An ASCII file name for old programs, and one with the holder's own letters for all others."""
    end = f" {language}.pdf" if language else ".pdf"
    own = f"{certificate.serial} {certificate.facts['holder']['printed']}{end}".replace("/", "-")
    plain = ascii_file_name(certificate.facts).removesuffix(".pdf") + end.replace(" ", "-")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(own)}"
