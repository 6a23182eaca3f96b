"""Keeping the log: every kind of entry is sealed with a salt of its own, and stands under a signed checkpoint."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from certification import signing
from certification.formats import log_leaf
from certification.models import Checkpoint, LogEntry, LogHead
from certification.operations import auditing, keeping_log
from certification.operations.keeping_log import Appending
from certification.rules import merkle
from lms.checks import the_log_keeps_its_name
from lms.kernel import clock
from tests.certification.factories import issued_certificate
from tests.certification.tampering import database_in_hand

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("operation", [each for each in log_leaf.OPERATIONS if each != "issue"])
def test_every_kind_of_entry_is_sealed_with_a_salt_that_opens_it(operation):
    content = {"what": operation, "of": "Ђорђе Њ."}

    index = keeping_log.record(operation, content)

    row = LogEntry.objects.get(index=index)
    leaf = log_leaf.parse(bytes(row.entry))
    assert (row.op, leaf.operation, len(row.salt)) == (operation, operation, 16)
    assert leaf.is_opened_by(bytes(row.salt), content)
    assert not leaf.is_opened_by(bytes(row.salt), content | {"what": "another"})
    assert b"what" not in bytes(row.entry)


def test_an_issue_is_sealed_with_the_salt_of_its_certificate():
    certificate = issued_certificate()

    row = LogEntry.objects.get(op="issue")

    assert (row.certificate, row.index, row.salt) == (certificate, certificate.log_index, None)
    with pytest.raises(log_leaf.MalformedEntry, match="with its certificate"):
        keeping_log.record("issue", {})


def test_the_same_content_twice_gives_two_different_entries():
    first, second = (keeping_log.record("template", {"name": "A4"}) for _time in range(2))

    entries = LogEntry.objects.in_bulk([first, second])

    assert bytes(entries[first].leaf_hash) != bytes(entries[second].leaf_hash)


def test_several_entries_are_written_through_one_open_end():
    with transaction.atomic():
        log = Appending()
        places = [keeping_log.record("list", {"number": number}, log=log) for number in (1, 2)]
        log.close()

    assert places[1] == places[0] + 1
    assert LogEntry.objects.filter(op="list").count() == 2


def test_an_operation_that_the_log_does_not_know_is_refused_and_leaves_nothing():
    with pytest.raises(log_leaf.MalformedEntry, match="knows no operation 'delete'"):
        keeping_log.record("delete", {})

    assert LogEntry.objects.count() == 0


# --- The log's name --------------------------------------------------------------------------------


def test_the_logs_name_is_fixed_with_its_first_entry(settings):
    keeping_log.record("list", {"number": 1})
    settings.SITE_URL = "https://new.example"

    keeping_log.record("list", {"number": 2})
    keeping_log.publish()

    names = {note.partition("\n")[0] for note in Checkpoint.objects.values_list("note", flat=True)}
    assert names == {"127.0.0.1:8000/log"}
    assert signing.log_origin() == "127.0.0.1:8000/log"
    assert auditing.audit_rows().faults == []


def test_a_new_log_is_called_as_the_settings_say(settings):
    settings.LOG_ORIGIN = "log.example/certificates"

    keeping_log.record("list", {"number": 1})

    assert Checkpoint.objects.get().note.startswith("log.example/certificates\n")


def test_a_check_tells_when_the_settings_call_the_log_otherwise(settings):
    keeping_log.record("list", {"number": 1})
    assert the_log_keeps_its_name(None, databases=["default"]) == []

    settings.SITE_URL = "https://new.example"
    moved = the_log_keeps_its_name(None, databases=["default"])
    settings.LOG_ORIGIN = "other.example/log"
    renamed = the_log_keeps_its_name(None, databases=["default"])

    assert "follows SITE_URL to 'new.example/log'" in moved[0].msg
    assert renamed[0].msg == (
        "LOG_ORIGIN is 'other.example/log'; the log has been called '127.0.0.1:8000/log' since its first entry and "
        "keeps that name."
    )


# --- Checkpoints -----------------------------------------------------------------------------------


def test_acts_that_follow_soon_wait_for_the_checkpoint_of_the_clock():
    keeping_log.record("list", {"number": 1})
    first = Checkpoint.objects.get()

    keeping_log.record("list", {"number": 2})
    keeping_log.record("list", {"number": 3})
    assert list(Checkpoint.objects.all()) == [first]
    keeping_log.publish()
    keeping_log.publish()

    assert [each.size for each in Checkpoint.objects.all()] == [first.size, first.size + 2]


def test_an_act_after_ten_minutes_has_its_checkpoint_at_once():
    keeping_log.record("list", {"number": 1})

    with clock.standing_at(clock.now() + timedelta(minutes=10)):
        keeping_log.record("list", {"number": 2})

    assert Checkpoint.objects.count() == 2


def test_no_size_is_signed_a_second_time():
    keeping_log.record("list", {"number": 1})
    kept = Checkpoint.objects.get()
    with database_in_hand():
        LogEntry.objects.filter(index=kept.size - 1).delete()
        frontier = merkle.Frontier()
        for entry in LogEntry.objects.order_by("index"):
            frontier.append(bytes(entry.leaf_hash))
        LogHead.objects.update(size=frontier.size, peaks=b"".join(frontier.peaks))

    with pytest.raises(keeping_log.LogRewritten, match=f"A checkpoint of {kept.size} entries was signed"):
        keeping_log.record("list", {"number": 1})

    assert list(Checkpoint.objects.values_list("note", flat=True)) == [kept.note]


def test_nothing_is_signed_over_entries_that_were_changed():
    keeping_log.record("list", {"number": 1})
    keeping_log.record("list", {"number": 2})
    with database_in_hand():
        LogEntry.objects.filter(index=0).update(leaf_hash=bytes(32))

    with pytest.raises(keeping_log.LogRewritten, match="nothing was signed"):
        keeping_log.publish()


def test_a_checkpoint_is_never_changed():
    keeping_log.record("list", {"number": 1})

    for attempt in (Checkpoint.objects.all().delete, lambda: Checkpoint.objects.update(note="another")):
        with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
            attempt()


def test_appending_and_proving_ask_no_more_of_a_long_log_than_of_a_short_one():
    """Statements, not seconds: what grows is the path, by one hash for every doubling."""

    def grown(count):
        with transaction.atomic():
            log = Appending()
            for number in range(count):
                keeping_log.record("template", {"number": number}, log=log)
            log.close()

    def asked(act):
        with CaptureQueriesContext(connection) as questions:
            act()
        return len(questions)

    def proven():
        size = Checkpoint.objects.latest("size").size
        path = merkle.stored_inclusion_path(7, size, keeping_log.read)
        assert len(path) <= size.bit_length()

    grown(20)
    with clock.standing_at(clock.now() + timedelta(minutes=11)):
        keeping_log.record("list", {"number": 1})
        of_few = asked(lambda: keeping_log.record("list", {"number": 2})), asked(proven)
        grown(4_000)
        keeping_log.publish()
        of_many = asked(lambda: keeping_log.record("list", {"number": 3})), asked(proven)

    assert of_many[0] == of_few[0]
    assert of_many[1] <= of_few[1] + 2 * 8  # 20 → 4,000 entries: eight doublings
