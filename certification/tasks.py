"""Work that runs in the queue. Tasks take identifiers, fetch, and call one operation; they may run twice."""

import logging

from certification import notices, signing
from certification.models import Certificate
from certification.operations import (
    archiving,
    issuing,
    laying_register_files,
    publishing_lists,
    renewing,
    renewing_proofs,
    reviewing,
    watching,
)

log = logging.getLogger(__name__)


def issue_rows(batch_id: int, row_ids: list[int]) -> int:
    """Issue some rows of a batch; those already issued are passed over. Without a signer they wait (resume_issuing)."""
    try:
        return issuing.issue_rows(batch_id, row_ids)
    except signing.CannotSign as error:
        log.error("Batch %s waits: %s", batch_id, error)
        return 0


def resume_issuing() -> int:
    """Take up what a worker that died left waiting."""
    return issuing.resume()


def make_archive(archive_id: int) -> None:
    """Put the documents of a batch into one ZIP."""
    archiving.make(archive_id)


def tell_holders(certificate_ids: list[str]) -> int:
    """Write to the holders of new certificates. It can tell of a certificate, never make one."""
    found = Certificate.objects.filter(pk__in=certificate_ids).select_related("person__user")
    return sum(notices.certificate_issued(certificate) for certificate in found)


def tell_of_expiry(certificate_id: str) -> bool:
    """Write to a holder that the certificate ends soon."""
    return notices.certificate_expires(Certificate.objects.select_related("person__user").get(pk=certificate_id))


def tell_holders_in_time() -> int:
    """Find the certificates that end soon; once a day."""
    return renewing.tell_in_time()


def compare_evidence(registrations: list[str]) -> int:
    """See whether what was recorded about these still bears their certificates out."""
    return reviewing.compare(registrations)


def open_reviews() -> int:
    """Compare all certificates with their evidence; once a day, for whatever no signal told."""
    return reviewing.sweep()


def read_register_file(register_import_id: int) -> None:
    """Find out what a register file would change."""
    laying_register_files.read_on(register_import_id)


def write_register_file(register_import_id: int) -> None:
    """Write what was shown and approved."""
    laying_register_files.write_on(register_import_id)


def resume_register_files() -> int:
    """Take up the register files that a worker that died left in the middle."""
    return laying_register_files.resume()


def publish_lists(numbers: list[int] | None = None) -> int:
    """Publish status lists as the register has them now: these, or by the clock all."""
    return publishing_lists.publish(numbers)


def renew_proofs() -> int:
    """Prove certificates anew whose key was stolen; by the clock, so that what was interrupted goes on."""
    return renewing_proofs.renew()


def publish_checkpoint() -> bool:
    """Sign a checkpoint over what the log has gained."""
    return watching.publish()


def reconcile(upkeep_id: int | None = None, after: str = "") -> None:
    """Hold everything against everything, a part at a time; whoever keeps the system is told of what differs."""
    watching.reconcile(upkeep_id, after)


def mail_checkpoint() -> bool:
    """Send the newest checkpoint to whoever keeps it; once a day and size."""
    return watching.mail_checkpoint()
