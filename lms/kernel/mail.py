"""Mail: rendered now, sent by the worker. The only importer of django.core.mail outside settings."""

from django.core.mail import EmailMultiAlternatives, get_connection

from lms.kernel import queue


def send(message: EmailMultiAlternatives) -> None:
    """Hand ``message`` to the worker. It is sent after this transaction commits, and again if sending fails."""
    html = next((body for body, kind in getattr(message, "alternatives", []) if kind == "text/html"), "")
    queue.enqueue(
        "lms.kernel.mail.deliver",
        message.subject,
        message.body,
        message.from_email,
        list(message.to),
        html,
        group="mail",
    )


def deliver(subject: str, body: str, sender: str, to: list[str], html: str = "") -> None:
    """Send one message. Runs in the worker and raises when the mail server refuses, so that it is tried again."""
    message = EmailMultiAlternatives(subject, body, sender, to, connection=get_connection())
    if html:
        message.attach_alternative(html, "text/html")
    message.send()
