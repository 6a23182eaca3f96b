"""Letters this room writes: what holders and officers are told by mail, in the reader's language."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from certification.models import Certificate, Upkeep
from lms.kernel import mail

_SHOWN = 50  # findings in a letter; the office shows more


def certificate_issued(certificate: Certificate) -> bool:
    """Tell the holder that a certificate is ready. False when there is no address to write to."""
    return _tell(certificate, "certificate_issued", verify=settings.SITE_URL + reverse("verify:form"))


def certificate_expires(certificate: Certificate) -> bool:
    """Tell the holder until when a certificate holds and what to do. False when there is no address to write to."""
    return _tell(certificate, "certificate_expires", page=settings.SITE_URL + reverse("my"))


def _tell(certificate: Certificate, notice: str, **more) -> bool:
    person = certificate.person
    if person is None:
        return False  # erased in the meantime
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


def checkpoint_kept(to: list[str], *, origin: str, size: int, note: str, grown: int) -> None:
    """Send the newest checkpoint to whoever keeps it out of our reach; in every language, one below the other."""
    context = {"origin": origin, "size": size, "grown": grown, "address": f"{settings.SITE_URL}/log/checkpoint"}
    body = _in_every_language("log_checkpoint", context)
    # The note comes last and as it is: whoever compares it later compares letter by letter.
    _send(f"{origin}: {size}", f"{body}\n\n{note}", to)


def alarm(to: list[str], run: Upkeep, origin: str) -> None:
    """Tell those who keep the system that something does not agree. Serials and places, no name of a person."""
    context = {"origin": origin, "run": run, "address": settings.SITE_URL + reverse("issuing:log")}
    body = _in_every_language("log_alarm", context)
    shown = "\n".join(f"- {each}" for each in run.findings[:_SHOWN])
    _send(f"ALARM {origin}: {run.found}", f"{body}\n\n{shown}\n", to)


def _in_every_language(name: str, context: dict) -> str:
    texts = []
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            texts.append(render_to_string(f"emails/certification/{name}.txt", context).strip())
    return "\n\n---\n\n".join(texts)


def _send(subject: str, body: str, to: list[str]) -> None:
    mail.send(EmailMultiAlternatives(subject=subject, body=body, from_email=settings.DEFAULT_FROM_EMAIL, to=to))
