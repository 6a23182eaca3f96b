"""Keeping the log: every kind of entry is sealed with a salt of its own, and stands under a signed checkpoint."""

import pytest
from django.db import transaction

from certification.formats import log_leaf
from certification.models import LogEntry
from certification.operations import keeping_log
from certification.operations.keeping_log import Appending
from tests.certification.factories import issued_certificate

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
