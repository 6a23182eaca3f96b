"""Letters this room writes: what holders and officers are told by mail, in the reader's language."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from certification.models import Certificate
from lms.kernel import mail


def certificate_issued(certificate: Certificate) -> bool:
    """Tell the holder that a certificate is ready. False when there is no address to write to."""
    return _tell(certificate, "certificate_issued", verify=settings.SITE_URL + reverse("verify:form"))


def certificate_expires(certificate: Certificate) -> bool:
    """Tell the holder until when a certificate holds and what to do. False when there is no address to write to."""
    return _tell(certificate, "certificate_expires", page=settings.SITE_URL + reverse("my"))


def _tell(certificate: Certificate, notice: str, **more) -> bool:
    person = certificate.person
    address = person.email or (person.user.email if person.user else "")
    if not address:
        return False
    with translation.override(person.language):
        context = {
            "certificate": certificate,
            "name": certificate.facts["holder"]["printed"],
            "address": settings.SITE_URL + reverse("certification:certificates"),
        } | more
        folder = f"emails/certification/{notice}"
        message = EmailMultiAlternatives(
            subject=" ".join(render_to_string(f"{folder}.subject.txt", context).split()),
            body=render_to_string(f"{folder}.txt", context),
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[address],
        )
        message.attach_alternative(render_to_string(f"{folder}.html", context), "text/html")
    mail.send(message)
    return True
