"""Printing an award in another language: the same number, access code, credential and proof, in a document of its own.

Its bytes are stored with their hash when it is first asked for, and are the same at every later download. The row says
who asked and when, and is never changed. The first document stays what it was.
"""

import logging
import re
import threading
from contextlib import closing
from typing import Any, cast

import pypdfium2
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from certification import signing
from certification.formats import certificate as document
from certification.formats.attachments import ATTACHMENTS
from certification.models import Certificate, CertificatePrint
from certification.operations import composing, crediting, mirroring
from certification.rules import numbering
from certification.rules.look import Look
from lms.kernel import clock
from lms.kernel.languages import localized

CREDENTIAL_FILE, PROOF_FILE = ATTACHMENTS
_CODE = re.compile(r"\b([0-9A-Z]{5})-([0-9A-Z]{5})\b")

# The reader of pages keeps state of its own and is not made for threads.
_one_at_a_time = threading.Lock()

log = logging.getLogger(__name__)


class PrintRefused(ValueError):
    """There is none to be had; the message says why."""


def print_in(certificate: Certificate, language: str, *, by) -> CertificatePrint:
    """The document of ``certificate`` in ``language``, made now unless it is there. Safe to repeat. Raises PrintRefused."""
    found = CertificatePrint.objects.filter(certificate=certificate, language=language).first()
    if found is not None:
        return found
    row = Certificate.objects.select_related("document").get(pk=certificate.pk)
    if language not in dict(settings.LANGUAGES):
        raise PrintRefused(_("There are no documents in that language. Choose one of those offered."))
    if language == row.language:
        raise PrintRefused(_("The certificate itself is in that language. Download it instead."))
    if row.ended_at is not None:
        raise PrintRefused(_("This certificate no longer holds, so that it is not printed anew."))
    content = _drawn(row, language)
    try:
        with transaction.atomic():
            made = CertificatePrint.objects.create(
                certificate=row,
                language=language,
                content=content,
                sha256=document.sha256(content),
                size=len(content),
                template_version=_look(row.facts).sha256,
                made_at=clock.now(),
                made_by=by,
            )
    except IntegrityError:  # somebody else asked at the same moment and came first
        return CertificatePrint.objects.get(certificate=row, language=language)
    log.info("Printed %s in %s for user %s", row.serial, language, by.pk)
    return made


def _drawn(row: Certificate, language: str) -> bytes:
    facts = row.facts
    carried, qr = {}, ""
    if row.credential:
        try:
            proof = mirroring.log_proof_of(row)
        except mirroring.NothingToExport as error:
            raise PrintRefused(str(error)) from None
        carried = {CREDENTIAL_FILE: bytes(row.credential), PROOF_FILE: proof.encode()}
        place = (cast(int, row.status_list_id), cast(int, row.status_index))
        qr = crediting.square_code({**facts, "language": language}, place)
    issuer = localized(facts["issuer"]["names"], language)
    try:
        page = document.render(
            facts,
            digest=row.facts_sha256,
            code=access_code_of(row),
            site_url=settings.SITE_URL,
            attachments=carried,
            qr=qr,
            seal_label=issuer,
            look=_look(facts),
            language=language,
        )
    except document.MissingGlyphs as error:
        raise PrintRefused(
            _("A title has a character that cannot be printed (%(named)s). Tell the Council.") % {"named": error.named}
        ) from None
    now = clock.now().replace(microsecond=0)
    return signing.seal(page, at=now, reason=facts["serial"], location=issuer)


def _look(facts: dict[str, Any]) -> Look:
    return composing.look(facts.get("template_version", {}).get("sha256", ""))


def access_code_of(row: Certificate) -> str:
    """The access code as the stored document has it in print; nowhere else is it kept. Raises PrintRefused."""
    with _one_at_a_time, closing(pypdfium2.PdfDocument(bytes(row.document.content))) as file:
        text = file[0].get_textpage().get_text_bounded()
    for found in _CODE.finditer(text):
        code = "".join(found.groups())
        if numbering.access_code_hmac(row.number, code, key=settings.ACCESS_CODE_KEY) == row.access_code_hmac:
            return code
    raise PrintRefused(_("The access code cannot be read from the first document. Tell the Council."))
