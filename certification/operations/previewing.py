"""Previewing: the page a template makes, drawn from a specimen, as PDF and as the picture that a screen shows."""

import io
import threading
from contextlib import closing

import pypdfium2
from django.conf import settings

from certification.formats import certificate as document
from certification.formats import specimen
from certification.models import IssuingBody, Signatory
from certification.rules.look import Look
from lms.kernel import clock

_DOTS = 120  # an inch
# The reader of pages keeps state of its own and is not made for threads.
_one_at_a_time = threading.Lock()


def pdf(look: Look, language: str) -> bytes:
    """The certificate of nobody, with this ``look``. Raises MissingGlyphs for what cannot be printed."""
    today = clock.local_day()
    signers = [each for each, _picture in look.signers]
    if signers:
        rows = Signatory.objects.in_bulk(signers)
        signing = [rows[each] for each in signers if each in rows]
    else:
        signing = [
            each
            for body in IssuingBody.objects.competent_on(today).order_by("pk")[:1]
            for each in body.signatories.all()
            if each.from_on <= today and (each.until_on or today) >= today
        ]
    body = signing[0].body if signing else IssuingBody.objects.order_by("pk").first()
    facts = specimen.facts(
        language,
        issuer=body.names if body else {},
        signatories=[{"name": each.name, "posts": each.posts} for each in signing],
        day=today.isoformat(),
    )
    return document.render(
        facts,
        digest=look.sha256,
        code=specimen.CODE,
        site_url=settings.SITE_URL,
        qr=f"{settings.SITE_URL}/v/{specimen.NUMBER}#{'0' * 180}",
        look=look,
    )


def picture(content: bytes) -> bytes:
    """The first page of a PDF of ours as PNG."""
    with _one_at_a_time, closing(pypdfium2.PdfDocument(content)) as file:
        drawn = file[0].render(scale=_DOTS / 72).to_pil()
    written = io.BytesIO()
    drawn.save(written, "PNG", compress_level=3)
    return written.getvalue()
