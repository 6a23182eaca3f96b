"""Batches: asked for once, paused and gone on with, a row that failed put right and tried again without the others."""

from itertools import count
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from certification.models import Certificate, IssueBatch, IssueRow
from certification.operations import issuing, keeping_log
from tests.certification import factories
from tests.certification.factories import SignatoryFactory, completed_group, group_with
from tests.certification.operations.test_issuing import assert_checkpoints_agree
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def signatory():
    return SignatoryFactory()


_numbers = count()


def officer():
    """Each time another one."""
    return factories.officer(f"officer{next(_numbers)}@example.org")


def commission_member():
    return factories.commission_member(f"member{next(_numbers)}@example.org")


def approved(group) -> IssueBatch:
    batch = issuing.request(group.round.code, by=officer())
    return issuing.approve(batch, by=commission_member(), through_queue=False).batch


def issue(batch) -> int:
    return issuing.issue_rows(batch.pk, issuing.waiting_rows(batch))


def states(batch) -> list[tuple[str, str, str]]:
    return list(batch.rows.order_by("position").values_list("person__surname", "state", "error_code"))


def test_the_same_request_sent_twice_gives_the_same_batch_and_issues_nothing_twice():
    group, asking, key = completed_group(2), officer(), uuid4()

    first = issuing.request(group.round.code, by=asking, key=key)
    second = issuing.request(group.round.code, by=asking, key=key)
    issuing.approve(first, by=commission_member(), through_queue=False)
    issue(first)
    third = issuing.request(group.round.code, by=asking, key=key)

    assert first.pk == second.pk == third.pk
    assert issue(third) == 0
    assert Certificate.objects.count() == 2


def test_a_key_of_somebody_elses_request_or_of_another_list_is_refused():
    group, asking, key = completed_group(1), officer(), uuid4()
    issuing.request(group.round.code, by=asking, key=key)

    with pytest.raises(issuing.KeyUsedBefore, match=str(key)):
        issuing.request(group.round.code, by=officer(), key=key)
    with pytest.raises(issuing.KeyUsedBefore):
        issuing.request(completed_group(1).round.code, by=asking, key=key)


def test_nothing_is_issued_while_a_batch_is_paused_and_going_on_issues_the_rest(run_queue):
    batch = approved(completed_group(3))
    first, *rest = issuing.waiting_rows(batch)
    issuing.issue_rows(batch.pk, [first])

    issuing.pause(batch, by=officer())
    assert issuing.issue_rows(batch.pk, rest) == 0
    assert issuing.resume() == 0
    waiting = issuing.go_on(batch, by=commission_member())
    run_queue()

    batch.refresh_from_db()
    assert (waiting, batch.state, batch.paused_by) == (2, IssueBatch.State.DONE, None)
    assert Certificate.objects.count() == 3


def test_a_pause_that_comes_while_pages_are_drawn_throws_them_away_and_leaves_no_trace(monkeypatch, run_queue):
    batch = approved(completed_group(1))
    draws = issuing.draw

    def draw_and_pause(*args):
        issuing.pause(batch, by=officer())
        return draws(*args)

    monkeypatch.setattr(issuing, "draw", draw_and_pause)
    issued = issue(batch)
    monkeypatch.undo()

    assert (issued, Certificate.objects.count(), states(batch)[0][1]) == (0, 0, IssueRow.State.PENDING)
    issuing.go_on(batch, by=officer())
    issue(batch)
    assert Certificate.objects.count() == 1
    assert_checkpoints_agree()


def test_only_what_runs_is_paused_and_only_what_is_paused_goes_on():
    batch = approved(completed_group(1))

    with pytest.raises(issuing.NotWaiting, match="being issued; there is nothing to go on with"):
        issuing.go_on(batch, by=officer())
    issue(batch)
    with pytest.raises(issuing.NotWaiting, match="issued; there is nothing to pause"):
        issuing.pause(batch, by=officer())
    with pytest.raises(IntegrityError), transaction.atomic():
        IssueBatch.objects.filter(pk=batch.pk).update(paused_by=officer())


def test_a_name_that_cannot_be_printed_fails_its_row_alone_and_is_issued_after_it_was_corrected():
    spoilt = PersonFactory(given_name="Arta", surname="Berisha")
    batch = approved(group_with(spoilt, PersonFactory(surname="Ahmeti"), PersonFactory(surname="Zeka")))
    spoilt.surname = "Beri 李"
    spoilt.save()

    first = issue(batch)
    batch.refresh_from_db()
    failed = states(batch)
    spoilt.surname = "Berisha-Li"
    spoilt.save()
    again = issuing.retry_failed(batch, by=officer(), through_queue=False)
    second = issue(batch)

    assert (first, again, second) == (2, 1, 1)
    assert batch.state == IssueBatch.State.DONE
    assert failed == [("Ahmeti", "issued", ""), ("Beri 李", "failed", "missing_glyph"), ("Zeka", "issued", "")]
    assert Certificate.objects.get(person=spoilt).facts["holder"]["printed"] == "Arta Berisha-Li"
    assert sorted(Certificate.objects.values_list("serial", flat=True)) == [
        row.serial for row in batch.rows.order_by("position")
    ]


def test_a_name_spoilt_between_asking_and_approving_takes_its_serial_when_it_is_tried_again():
    spoilt = PersonFactory(surname="Zeka")
    group = group_with(spoilt, PersonFactory(surname="Ahmeti"))
    batch = issuing.request(group.round.code, by=officer())
    spoilt.surname = "Ze\u200bka"
    spoilt.save()

    issuing.approve(batch, by=commission_member(), through_queue=False)
    issue(batch)
    before = states(batch)
    spoilt.surname = "Zeka"
    spoilt.save()
    issuing.retry_failed(batch, by=officer(), through_queue=False)
    issue(batch)

    assert before == [("Ahmeti", "issued", ""), ("Ze\u200bka", "failed", "unprintable_character")]
    assert [row.serial[-6:] for row in batch.rows.order_by("position")] == ["000001", "000002"]
    assert Certificate.objects.count() == 2


def test_trying_again_a_paused_batch_hands_over_whatever_waits(run_queue):
    spoilt = PersonFactory(surname="Zeka")
    batch = approved(group_with(spoilt, PersonFactory(surname="Ahmeti")))
    _first, second = issuing.waiting_rows(batch)
    spoilt.surname = "Ze\u200bka"
    spoilt.save()
    issuing.issue_rows(batch.pk, [second])
    issuing.pause(batch, by=officer())
    spoilt.surname = "Zeka"
    spoilt.save()

    issuing.retry_failed(batch, by=officer())
    run_queue()

    assert [state for _name, state, _code in states(batch)] == ["issued", "issued"]


def test_a_request_that_was_sent_back_has_nothing_to_try_again():
    batch = issuing.request(completed_group(1).round.code, by=officer())
    issuing.reject(batch, by=commission_member())

    with pytest.raises(issuing.NotWaiting, match="nothing to try again"):
        issuing.retry_failed(batch, by=officer())


def test_a_crash_in_the_middle_of_writing_leaves_neither_an_entry_nor_a_certificate(monkeypatch):
    batch = approved(completed_group(3))
    rows = issuing.waiting_rows(batch)
    closes = keeping_log.Appending.close

    def close_and_die(log):
        closes(log)
        raise MemoryError("the machine gave up")

    monkeypatch.setattr(keeping_log.Appending, "close", close_and_die)
    with pytest.raises(MemoryError):
        issuing.issue_rows(batch.pk, rows)
    monkeypatch.undo()

    assert (Certificate.objects.count(), keeping_log.LogEntry.objects.count()) == (0, 0)
    assert issuing.issue_rows(batch.pk, rows) == 3
    assert_checkpoints_agree()


def test_issuing_nine_asks_no_more_questions_than_writing_two(django_assert_max_num_queries):
    small, large = approved(completed_group(2)), approved(completed_group(9))
    with django_assert_max_num_queries(150) as two:
        issue(small)
    with django_assert_max_num_queries(150) as nine:
        issue(large)

    assert len(nine) <= len(two)
