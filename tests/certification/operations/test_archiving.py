"""Archives of a batch: every document as it was issued, a list, the same bytes again; large ones are made by the worker."""

import hashlib
import io
import json
import zipfile

import pytest

from certification.models import BatchArchive, CertificateDocument
from certification.operations import archiving
from tests.certification.factories import completed_group, group_with, issued_batch, officer
from tests.certification.tampering import database_in_hand
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


def damage(certificate) -> None:
    """As somebody with the database in hand would."""
    with database_in_hand():
        CertificateDocument.objects.filter(certificate=certificate).update(content=b"%PDF-1.7 another")


def packed(batch) -> bytes:
    with archiving.made_now(batch) as file:
        return file.read()


def test_every_document_lies_in_the_archive_under_an_ascii_name_with_the_hash_that_was_recorded():
    batch = issued_batch(group_with(PersonFactory(given_name="Љубиша", surname="Џамбић"), PersonFactory()))

    with zipfile.ZipFile(io.BytesIO(packed(batch))) as archive:
        listed = json.loads(archive.read("manifest.json"))["certificates"]
        sums = dict(reversed(line.split("  ")) for line in archive.read("SHA256SUMS").decode().splitlines())
        found = {name: hashlib.sha256(archive.read(name)).hexdigest() for name in sums}
        names = archive.namelist()

    recorded = dict(CertificateDocument.objects.values_list("certificate__serial", "sha256"))
    assert {line["serial"]: line["sha256"] for line in listed} == recorded
    assert found == sums == {line["file"]: line["sha256"] for line in listed}
    assert all(name.isascii() and "/" not in name for name in names)
    assert any(name.endswith("-ljubisa-dzambic.pdf") for name in names)


def test_the_same_certificates_give_the_same_bytes():
    batch = issued_batch(completed_group(2))

    assert packed(batch) == packed(batch)


def test_a_stored_document_that_was_changed_is_not_handed_over():
    batch = issued_batch(completed_group(1))
    damage(batch.certificates.get())

    with pytest.raises(archiving.Damaged, match=batch.certificates.get().serial):
        archiving.made_now(batch)


def test_a_large_archive_is_made_by_the_worker_once_and_anew_when_certificates_came_to_it(run_queue):
    batch = issued_batch(completed_group(2))

    asking = officer("packs@example.org")
    asked = archiving.ask(batch, by=asking)
    again = archiving.ask(batch, by=asking)
    tasks = run_queue()
    made = archiving.current(batch)
    content = made.file.read()
    made.file.close()
    BatchArchive.objects.update(count=1)

    made_by = [task.func for task in tasks if task.func.endswith("make_archive")]
    assert (asked.pk, len(made_by)) == (again.pk, 1)
    assert (made.state, made.count) == (BatchArchive.State.READY, 2)
    assert made.sha256 == hashlib.sha256(content).hexdigest()
    assert content == packed(batch)
    assert archiving.current(batch) is None
    archiving.ask(batch, by=asking)
    run_queue()
    assert archiving.current(batch).count == 2
    assert not made.file.storage.exists(made.file.name)


def test_the_worker_refuses_a_damaged_archive_in_a_sentence(run_queue):
    batch = issued_batch(completed_group(1))
    damage(batch.certificates.get())

    archiving.ask(batch, by=officer("packs@example.org"))
    run_queue()

    refused = archiving.current(batch)
    assert refused.state == BatchArchive.State.REFUSED
    assert batch.certificates.get().serial in refused.message
