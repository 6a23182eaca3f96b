"""Archiving: the documents of a batch in one ZIP with a list, the same bytes whenever it is made from the same certificates.

A small one is made while somebody waits for it; a large one by the worker, into a private file that is replaced when
certificates came to the batch. Every document is compared with its recorded hash before it goes in.
"""

import hashlib
import json
import logging
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date
from functools import partial
from typing import IO

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from certification.formats.certificate import ascii_file_name
from certification.models import BatchArchive, Certificate, IssueBatch
from lms.kernel import clock, queue
from lms.kernel.spreadsheets import write_csv

log = logging.getLogger(__name__)
State = BatchArchive.State

AT_ONCE = 300  # certificates; more take longer than a second
COLUMNS = ["serial", "number", "person", "given_name", "surname", "licence_number", "issued_on", "file", "sha256"]
LIST, LIST_JSON, SUMS = "manifest.csv", "manifest.json", "SHA256SUMS"


class Damaged(ValueError):
    """A stored document is not the one that was issued; nothing is handed over."""


def certificates_of(batch: IssueBatch):
    """What was issued in ``batch``, in the order of serials, without the bytes of the documents."""
    rows = Certificate.objects.filter(batch=batch, erased_at__isnull=True).select_related("document").order_by("serial")
    return rows.only("serial", "number", "facts", "issued_on", "document__sha256")


def manifest(certificates: Iterable[Certificate]) -> Iterator[list[str]]:
    """A line for each certificate, as COLUMNS name its cells. No access code: only the paper has it."""
    for each in certificates:
        holder, kept = each.facts["holder"], getattr(each, "document", None)
        yield [
            each.serial,
            each.grouped_number,
            holder["person"],
            holder["given_name"],
            holder["surname"],
            each.facts["licence"]["number"] if each.facts["licence"] else "",
            each.issued_on.isoformat(),
            file_name(each) if kept else "",
            kept.sha256 if kept else "",
        ]


def file_name(certificate: Certificate) -> str:
    """The name of the document in an archive: ASCII, and without another folder in it."""
    name = ascii_file_name(certificate.facts).encode("ascii", "ignore").decode()
    return name.replace("/", "-").replace("\\", "-")


def write(batch: IssueBatch, file: IO[bytes]) -> int:
    """Write the archive into ``file``. Returns how many documents it holds. Raises Damaged with the serial."""
    count, listed, sums = 0, [], []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as packed:  # PDFs are packed already
        for each, line in _with_lines(batch):
            listed.append(line)
            if not line[-1]:
                continue  # still without a document; the list names it
            content = bytes(each.document.content)
            if hashlib.sha256(content).hexdigest() != line[-1]:
                raise Damaged(
                    _("The stored document of %(serial)s is not the one that was issued. Tell the administrator.")
                    % {"serial": each.serial}
                )
            _add(packed, file_name(each), content, each.issued_on)
            sums.append(f"{line[-1]}  {file_name(each)}\n")
            count += 1
        day = clock.local_day(batch.decided_at)
        _add(packed, LIST, "".join(write_csv(COLUMNS, listed)).encode(), day)
        _add(packed, LIST_JSON, _as_json(batch, listed), day)
        _add(packed, SUMS, "".join(sums).encode(), day)
    return count


def _with_lines(batch: IssueBatch) -> Iterator[tuple[Certificate, list[str]]]:
    rows = Certificate.objects.filter(batch=batch, erased_at__isnull=True).select_related("document").order_by("serial")
    # Few at a time, because each brings its document.
    for each in rows.defer("facts_canonical", "credential", "credential_jwt").iterator(chunk_size=50):
        yield each, next(manifest([each]))


def _add(packed: zipfile.ZipFile, name: str, content: bytes, day: date) -> None:
    # Nothing of this moment or this machine, so that the same certificates give the same file.
    entry = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
    entry.create_system, entry.external_attr = 3, 0o644 << 16
    packed.writestr(entry, content)


def _as_json(batch: IssueBatch, listed: list[list[str]]) -> bytes:
    known = {
        "batch": str(batch.key),
        "round": batch.round_code,
        "group": batch.group_code,
        "certificates": [dict(zip(COLUMNS, line, strict=True)) for line in listed],
    }
    return json.dumps(known, ensure_ascii=False, indent=1).encode() + b"\n"


def made_now(batch: IssueBatch) -> IO[bytes]:
    """The archive of a small batch in a temporary file, to be closed by whoever reads it. Raises Damaged."""
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    write(batch, file)
    file.seek(0)
    return file


def forget(batch_id: int) -> None:
    """Delete the archive that was made, because a certificate in it was erased. It can be made again."""
    for made in BatchArchive.objects.filter(batch=batch_id):
        storage, name = made.file.storage, made.file.name
        made.delete()
        if name:
            transaction.on_commit(partial(storage.delete, name))


# --- In the worker -----------------------------------------------------------------------------------


def is_small(batch: IssueBatch) -> bool:
    return batch.certificates.count() <= AT_ONCE


def current(batch: IssueBatch) -> BatchArchive | None:
    """The archive of ``batch`` that was made or is being made, unless certificates came to the batch since."""
    found = BatchArchive.objects.filter(batch=batch).first()
    if found and found.state == State.READY:
        documents = batch.certificates.filter(document__isnull=False).count()
        if found.count != documents or not found.file.storage.exists(str(found.file.name)):
            return None
    return found


@transaction.atomic
def ask(batch: IssueBatch, *, by) -> BatchArchive:
    """Have the worker make the archive; one that is up to date or on its way is left as it is."""
    IssueBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)  # of two clicks one is served
    found = current(batch)
    if found is not None and found.state != State.REFUSED:
        return found
    asked, _is_new = BatchArchive.objects.update_or_create(
        batch=batch,
        defaults={"state": State.MAKING, "requested_at": clock.now(), "requested_by": by, "message": "", "count": 0},
    )
    queue.enqueue("certification.tasks.make_archive", asked.pk, group="archives")
    return asked


def make(archive_id: int) -> None:
    """Make the archive that was asked for. May run twice: the second finds it made."""
    asked = BatchArchive.objects.select_related("batch").get(pk=archive_id)
    if asked.state != State.MAKING:
        return
    with tempfile.TemporaryFile() as file:
        try:
            count = write(asked.batch, file)
        except Damaged as error:
            asked.state, asked.message = State.REFUSED, str(error)[:500]
            asked.save(update_fields=["state", "message"])
            log.error("The archive of batch %s is refused: %s", asked.batch_id, error)
            return
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        before = asked.file.name
        asked.file.save(f"{asked.batch.key}.zip", File(file), save=False)
    asked.state, asked.count, asked.sha256 = State.READY, count, digest
    asked.save()
    if before and before != asked.file.name:
        asked.file.storage.delete(before)
    log.info("Made the archive of batch %s: %s documents", asked.batch_id, count)
