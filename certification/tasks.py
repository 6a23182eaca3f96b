"""Work that runs in the queue. Tasks take identifiers, fetch, and call one operation; they may run twice."""

from certification import notices
from certification.models import Certificate
from certification.operations import archiving, issuing, laying_register_files, publishing_lists


def issue_rows(batch_id: int, row_ids: list[int]) -> int:
    """Issue some rows of a batch; those already issued are passed over."""
    return issuing.issue_rows(batch_id, row_ids)


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
