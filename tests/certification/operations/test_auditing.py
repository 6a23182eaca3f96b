"""The log replayed: what was signed is what is there, in our rows and in a stranger's copy, or it is named."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from certification import signing
from certification.formats import checkpoints, log_leaf, tiles
from certification.models import Checkpoint, LogEntry, LogNode
from certification.operations import auditing, keeping_log, mirroring, publishing_lists
from certification.operations.keeping_log import Appending
from certification.rules import merkle
from lms.kernel import clock
from tests.certification.factories import completed_group, issued_batch
from tests.certification.tampering import database_in_hand

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificates():
    batch = issued_batch(completed_group(3))
    publishing_lists.publish()
    return list(batch.certificates.order_by("serial"))


@pytest.fixture
def copy(certificates, tmp_path, settings):
    """A stranger's copy of the public files, the folder that holds log/."""
    list(mirroring.mirror(tmp_path))
    return tmp_path / settings.SITE_URL.partition("//")[2]


def audited(*arguments):
    said, faults = io.StringIO(), io.StringIO()
    try:
        call_command("audit_log", *arguments, stdout=said, stderr=faults)
    except CommandError as error:
        return [*faults.getvalue().splitlines(), str(error)]
    return said.getvalue().splitlines()


def test_an_honest_log_is_what_was_signed(certificates):
    audit = auditing.audit_rows()

    assert audit.faults == []
    assert audit.counted["issue"] == 3
    assert audit.size == LogEntry.objects.count()
    assert audit.checkpoints == Checkpoint.objects.count()
    assert audited()[-1] == "The log is what was signed."


def test_a_log_of_several_checkpoints_and_tiles_is_consistent_with_each(certificates, tmp_path, settings):
    with transaction.atomic():
        log = Appending()
        for number in range(300):
            log.append("template", at=clock.now(), salt=log_leaf.new_salt(), content=number)
        log.close()
    keeping_log.publish()

    audit = auditing.audit_rows()

    assert (audit.faults, audit.checkpoints, audit.counted["template"]) == ([], 3, 300)
    assert LogNode.objects.count() == 1
    list(mirroring.mirror(tmp_path))
    copied = auditing.audit_files(tmp_path / settings.SITE_URL.partition("//")[2])
    assert (copied.faults, copied.size, copied.root) == ([], audit.size, audit.root)


def test_a_changed_entry_is_found(certificates):
    entry = LogEntry.objects.filter(op="issue").first()
    with database_in_hand():
        LogEntry.objects.filter(pk=entry.pk).update(entry=bytes(entry.entry).replace(b'"2', b'"1', 1))

    faults = auditing.audit_rows().faults

    assert f"Entry {entry.index} does not have the hash that was kept with it." in faults
    assert any("the log was rewritten" in fault for fault in faults)


def test_a_log_rewritten_to_its_last_hash_is_found(certificates):
    """The entry and its hash fit each other; only the checkpoint that others keep does not."""
    entry = LogEntry.objects.filter(op="issue").first()
    other = bytes(entry.entry).replace(b'"2', b'"1', 1)
    with database_in_hand():
        LogEntry.objects.filter(pk=entry.pk).update(entry=other, leaf_hash=merkle.leaf_hash(other))

    assert [fault for fault in auditing.audit_rows().faults if "the log was rewritten" in fault] != []


def test_a_missing_entry_is_named(certificates):
    last = LogEntry.objects.latest("index")
    with database_in_hand():
        LogEntry.objects.filter(pk=last.pk).delete()

    faults = auditing.audit_rows().faults

    assert f"A checkpoint of {last.index + 1} entries was signed; the log has only {last.index}." in faults
    assert "The log tells of 2 certificates issued; the register has 3 that say so." in faults


def test_a_checkpoint_that_another_key_signed_is_named(certificates):
    newest = Checkpoint.objects.latest("size")
    _name, _, signature = newest.note.splitlines()[-1].rpartition(" ")
    forged = signature[:20] + ("A" if signature[20] != "A" else "B") + signature[21:]
    with database_in_hand():
        Checkpoint.objects.filter(pk=newest.pk).update(note=newest.note.replace(signature, forged))

    assert [
        fault for fault in auditing.audit_rows().faults if fault.startswith(f"The checkpoint of {newest.size}")
    ] != []


def test_a_node_that_does_not_follow_from_the_entries_is_named(certificates):
    LogNode.objects.create(level=8, index=0, hash=bytes(32))

    assert "Node 8/0 is kept, but the log has no such node or it has another hash." in auditing.audit_rows().faults


def test_a_copy_is_audited_with_the_logs_key_alone(copy):
    key = str(signing.log_keys()[0])

    assert audited("--mirror", copy, "--key", key)[-1] == "The log is what was signed."
    assert audited("--mirror", copy)[-1] == "The log is what was signed."


def test_a_checkpoint_kept_elsewhere_tells_that_the_log_was_rewritten(copy, tmp_path):
    """A second history, signed by the true key, does not agree with what somebody has kept of the first."""
    first = copy / "log" / "checkpoint"
    kept = tmp_path / "kept.txt"
    kept.write_text(first.read_text())
    rewritten = first.read_text().splitlines()
    size = int(rewritten[1]) + 1
    entries = [bytes(each.entry) for each in LogEntry.objects.order_by("index")]
    entries = [entries[0], *entries]  # the same length again with one entry put in before all others
    files = dict(tiles.grow(0, entries, lambda _path: None))
    for path in (copy / "log" / "tile").rglob("*"):
        if path.is_file():
            path.unlink()
    for path, content in files.items():
        (copy / "log" / path).parent.mkdir(parents=True, exist_ok=True)
        (copy / "log" / path).write_bytes(content)
    root = merkle.root(map(merkle.leaf_hash, entries))
    first.write_text(checkpoints.signed(checkpoints.Checkpoint(rewritten[0], size, root), signing.signer("log")))

    assert audited("--mirror", copy)[-1] == "The log is what was signed."
    found = audited("--mirror", copy, "--checkpoint", kept)
    assert (
        found[0]
        == f"The first {size - 1} entries are not those that were signed: the log was rewritten. Keep this checkpoint."
    )


def test_a_tile_that_was_changed_is_named(copy):
    tile = next(path for path in (copy / "log" / "tile" / "entries").rglob("*") if path.is_file())
    tile.write_bytes(tile.read_bytes().replace(b"issue", b"erase", 1))

    assert "does not have the hash that its tile says" in audited("--mirror", copy)[0]


def test_a_copy_without_checkpoint_is_told(tmp_path):
    assert "log/checkpoint cannot be read" in audited("--mirror", tmp_path)[0]


def test_a_key_that_is_none_is_told(copy):
    assert "is not a verifier key" in audited("--mirror", copy, "--key", "nonsense")[0]
