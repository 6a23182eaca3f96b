"""The page that tells a stranger whether a certificate holds, 32 strangers at once, each with another number."""

from certification.models import Certificate
from certification.operations import issuing
from lms.people import roles
from lms.people.models import User


def officers() -> tuple[User, User]:
    """One who asks for certificates and another who approves them."""
    first = User.objects.filter(groups__name=roles.COUNCIL_OFFICER).order_by("pk").first()
    return first, User.objects.filter(groups__name=roles.COMMISSION_MEMBER).exclude(pk=first.pk).order_by("pk").first()


def some_certificates(count: int = 32) -> list[Certificate]:
    """Certificates to ask about; a small batch is issued when the demo has too few."""
    found = list(Certificate.objects.order_by("pk")[:count])
    if len(found) < count:
        officer, second = officers()
        batch = issuing.approve(issuing.request("REF-2026-1", "G1", by=officer), by=second, through_queue=False).batch
        issuing.issue_rows(batch.pk, issuing.waiting_rows(batch))
        issuing.resume(batch)
        found = list(Certificate.objects.order_by("pk")[:count])
    return found


def measure(stage) -> dict:
    numbers = [certificate.number for certificate in some_certificates()]
    return stage.compare(lambda n: f"/v/{numbers[n % len(numbers)]}", reach=560) | {"reach_statements": 4}
