"""Issuing: two people, one live certificate each, whatever happens in between."""

import json
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from certification import signing
from certification.explanations import explain
from certification.formats import checkpoints, data_integrity, jose, log_leaf, log_proof, sealed_file
from certification.formats.log_proof import LogProof
from certification.models import Certificate, CertificateEvent, Checkpoint, IssueBatch, IssueRow, LogEntry
from certification.operations import crediting, issuing, keeping_log
from certification.rules import merkle
from courses.models import AttendanceMark, Completion, Enrolment
from courses.rounds import NoSuchRound
from lms.kernel import clock
from tests.certification.factories import (
    SignatoryFactory,
    commission_member,
    completed_group,
    group_with,
    issued_batch,
    issued_certificate,
    licence_for,
    officer,
)
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


def assert_checkpoints_agree():
    """Each checkpoint is signed and has the root of the entries as they are; the upper nodes agree as well."""
    leaves = [bytes(each) for each in LogEntry.objects.order_by("index").values_list("leaf_hash", flat=True)]
    notes = list(Checkpoint.objects.order_by("size"))
    for checkpoint in notes:
        found = checkpoints.verify(checkpoint.note, log_keys=signing.log_keys()).checkpoint
        assert (found.size, found.root) == (checkpoint.size, merkle.root(leaves[: found.size]))
    assert notes[-1].size == len(leaves)
    assert merkle.stored_root(len(leaves), keeping_log.read) == merkle.root(leaves)


def codes(candidate):
    return [reason.code for reason in candidate.reasons]


@pytest.fixture
def signatory():
    return SignatoryFactory()


def test_preflight_parts_the_ready_from_the_others_and_says_why():
    there, away = PersonFactory(surname="Ahmeti"), PersonFactory(surname="Zeka")
    group = group_with(there, absent=[away])

    seen = issuing.preflight(group.round.code)

    assert [each.person_reference for each in seen.ready] == [there.reference]
    assert [each.person_reference for each in seen.not_ready] == [away.reference]
    assert codes(seen.not_ready[0]) == ["day_pending"]


def test_a_name_with_look_alikes_is_not_ready_and_the_letters_are_named():
    mixed, mistaken = PersonFactory(given_name="Arta", surname="Gаshi"), PersonFactory(surname="Ðukić")  # Cyrillic а

    told = {each.name: explain(each) for each in issuing.preflight(group_with(mixed, mistaken).round.code).not_ready}

    assert told["Arta Gаshi"] == ["“Gаshi” mixes letters of two alphabets in one word – an officer corrects it."]
    assert "Icelandic Ð instead of Đ" in told[f"{mistaken.given_name} Ðukić"][0]


def test_preflight_refuses_a_round_or_group_that_does_not_exist():
    group = completed_group(1)

    with pytest.raises(NoSuchRound, match="There is no round NO-1"):
        issuing.preflight("NO-1")
    with pytest.raises(NoSuchRound, match=f"Round {group.round.code} has no group G9; it has: G1"):
        issuing.preflight(group.round.code, "G9")


def test_preflight_asks_the_same_number_of_questions_for_one_and_for_five(django_assert_max_num_queries):
    small, large = completed_group(1), completed_group(5)

    with django_assert_max_num_queries(40) as first:
        issuing.preflight(small.round.code)
    with django_assert_max_num_queries(40) as second:
        issuing.preflight(large.round.code)

    assert len(second) == len(first)


def test_people_stand_by_place_group_and_surname_in_albanian_order(signatory):
    names = ["Gashi", "Gjergjaj", "Dushi", "Dhima", "Çerkini", "Cana"]
    group = group_with(*(PersonFactory(given_name="A", surname=name) for name in names))

    batch = issued_batch(group)

    assert [row.person.surname for row in batch.rows.all()] == [
        "Cana",
        "Çerkini",
        "Dushi",
        "Dhima",
        "Gashi",
        "Gjergjaj",
    ]
    assert [row.serial[-6:] for row in batch.rows.all()] == ["000001", "000002", "000003", "000004", "000005", "000006"]


def test_a_request_approved_by_another_issues_through_the_queue(signatory, run_queue, mailoutbox):
    group = group_with(PersonFactory(email="arta@example.org"), PersonFactory())

    batch = issuing.request(group.round.code, by=officer())
    approved = issuing.approve(batch, by=commission_member())
    run_queue()

    batch.refresh_from_db()
    assert (approved.issuing, approved.dropped) == (2, ())
    assert batch.state == IssueBatch.State.DONE
    assert Certificate.objects.filter(batch=batch, ended_at__isnull=True).count() == 2
    assert [message.to for message in mailoutbox] == [["arta@example.org"]]


def test_nobody_approves_their_own_request(signatory):
    group, asking = completed_group(1), officer()
    batch = issuing.request(group.round.code, by=asking)

    with pytest.raises(issuing.FourEyes, match="somebody else must decide"):
        issuing.approve(batch, by=asking)
    with pytest.raises(IntegrityError), transaction.atomic():
        IssueBatch.objects.filter(pk=batch.pk).update(decided_by=asking, decided_at=clock.now())


def test_the_same_list_is_requested_once(signatory):
    group = completed_group(1)
    issuing.request(group.round.code, by=officer())

    with pytest.raises(issuing.AlreadyRequested, match="already requested"):
        issuing.request(group.round.code, by=officer("other@example.org"))


def test_nothing_is_requested_when_nobody_is_ready(signatory):
    group = group_with(absent=[PersonFactory()])

    with pytest.raises(issuing.NothingToIssue):
        issuing.request(group.round.code, by=officer())


def test_a_rejected_list_issues_nothing_and_may_be_requested_again(signatory):
    group, asking = completed_group(1), officer()
    batch = issuing.reject(issuing.request(group.round.code, by=asking), note="Wrong hall", by=commission_member())

    assert (batch.state, batch.decision_note) == ("rejected", "Wrong hall")
    assert issuing.request(group.round.code, by=asking).pk != batch.pk
    with pytest.raises(issuing.NotWaiting):
        issuing.approve(batch, by=commission_member("third@example.org"))


def test_an_old_list_is_judged_anew_and_who_is_no_longer_due_is_dropped_and_reported(signatory):
    group = completed_group(2)
    batch = issuing.request(group.round.code, by=officer())
    IssueBatch.objects.update(requested_at=clock.now() - timedelta(minutes=16))
    leaver = Enrolment.objects.order_by("pk").first()
    AttendanceMark.objects.filter(enrolment=leaver).delete()

    approved = issuing.approve(batch, by=commission_member())

    assert approved.was_reevaluated
    assert approved.issuing == 1
    assert [each.registration for each in approved.dropped] == [leaver.registration]
    assert list(batch.rows.values_list("state", "error_code").order_by("state")) == [
        ("dropped", "day_pending"),
        ("pending", ""),
    ]


def test_whoever_stops_being_due_between_approval_and_issue_is_dropped(signatory):
    group = completed_group(2)
    batch = issuing.request(group.round.code, by=officer())
    issuing.approve(batch, by=commission_member(), through_queue=False)
    AttendanceMark.objects.filter(enrolment=Enrolment.objects.order_by("pk").first()).delete()

    issued = issuing.issue_rows(batch.pk, issuing.waiting_rows(batch))

    batch.refresh_from_db()
    assert issued == 1
    assert batch.state == IssueBatch.State.DONE
    assert sorted(batch.rows.values_list("state", flat=True)) == ["dropped", "issued"]


def test_running_a_task_twice_issues_once(signatory):
    batch = issued_batch(completed_group(3))

    again = issuing.issue_rows(batch.pk, list(batch.rows.values_list("pk", flat=True)))

    assert again == 0
    assert Certificate.objects.count() == 3
    assert CertificateEvent.objects.count() == 3


def test_a_second_round_of_issuing_finds_nobody_left(signatory):
    group = completed_group(2)
    issued_batch(group)

    seen = issuing.preflight(group.round.code)

    assert (len(seen.ready), len(seen.issued), len(seen.not_ready)) == (0, 2, 0)
    assert all(each.eligible for each in seen.candidates)
    with pytest.raises(issuing.NothingToIssue):
        issuing.request(group.round.code, by=officer("again@example.org"))


def test_two_batches_over_the_same_people_give_each_one_certificate(signatory):
    group, asking, approving = completed_group(2), officer(), commission_member()
    whole = issuing.request(group.round.code, by=asking)
    part = issuing.request(group.round.code, group.code, by=asking)
    issuing.approve(whole, by=approving, through_queue=False)
    issuing.approve(part, by=approving, through_queue=False)

    for batch in (whole, part):
        issuing.issue_rows(batch.pk, issuing.waiting_rows(batch))

    assert Certificate.objects.count() == 2
    assert list(part.rows.values_list("state", "error_code")) == [("dropped", "already_issued")] * 2


def test_the_database_refuses_a_second_live_certificate(signatory):
    certificate = issued_batch(completed_group(1)).certificates.get()
    certificate.pk = None
    certificate.serial, certificate.number = "2026-X-1", "000000000000"

    with pytest.raises(IntegrityError), transaction.atomic():
        certificate.save(force_insert=True)


def test_one_name_that_cannot_be_printed_keeps_only_its_own_row(signatory):
    person = PersonFactory(given_name="Ana", surname="李")
    group = group_with(person, PersonFactory())

    seen = issuing.preflight(group.round.code)

    assert [codes(each) for each in seen.not_ready] == [["missing_glyph"]]
    assert len(seen.ready) == 1


def test_a_title_that_cannot_be_printed_fails_its_rows_and_they_can_be_tried_again(signatory):
    group = completed_group(2, titles={"sq": "Puna sociale 社", "en": "Social work"})
    batch = issued_batch(group)

    assert (
        list(batch.rows.values_list("state", "error_code", "error_detail"))
        == [("failed", "missing_glyph", "U+793E")] * 2
    )

    again = issuing.retry_failed(batch, by=officer("again@example.org"))

    assert again == 2
    assert set(batch.rows.values_list("state", flat=True)) == {"pending"}


def test_a_signatory_who_changes_after_approval_stops_the_batch(signatory):
    group = completed_group(1)
    batch = issuing.request(group.round.code, by=officer())
    issuing.approve(batch, by=commission_member(), through_queue=False)
    signatory.name = "Somebody Else"
    signatory.save()

    issuing.issue_rows(batch.pk, issuing.waiting_rows(batch))

    assert list(batch.rows.values_list("state", "error_code")) == [("failed", "signatory_changed")]

    issuing.retry_failed(batch, by=officer("again@example.org"))
    issuing.issue_rows(batch.pk, issuing.waiting_rows(batch))

    assert batch.certificates.get().facts["signatories"][0]["name"] == "Somebody Else"


def test_without_a_signatory_nothing_can_be_requested():
    group = completed_group(1)

    with pytest.raises(issuing.NoIssuer, match="No issuing body has a signatory"):
        issuing.request(group.round.code, by=officer())


def test_a_licence_in_force_is_asked_for_only_where_the_edition_says_so(signatory):
    licensed, lapsed = PersonFactory(), PersonFactory()
    licence_for(licensed, "L-1")
    licence_for(lapsed, "L-2", valid_to=clock.local_day() - timedelta(days=300))
    strict = group_with(licensed, lapsed, licence_in_force=True)
    elsewhere = PersonFactory()
    licence_for(elsewhere, "L-3", valid_to=clock.local_day() - timedelta(days=300))
    lenient = group_with(elsewhere)

    judged = issuing.preflight(strict.round.code)
    noted = issuing.preflight(lenient.round.code)

    assert [each.licence_number for each in judged.ready] == ["L-1"]
    assert codes(judged.not_ready[0]) == ["licence_not_in_force_at_completion", "licence_not_in_force_at_issue"]
    assert [each.licence.standing for each in noted.ready] == ["expired"]


def test_a_certificate_freezes_its_facts_and_bytes(signatory):
    person = PersonFactory(given_name="Çlirim", surname="Gjergjaj")
    licence_for(person, "DEMO-1")
    group = group_with(person, days=2, valid_months=36)

    certificate = issued_batch(group).certificates.get()

    facts = certificate.facts
    completion = Completion.objects.get()
    assert facts["holder"]["printed"] == "Çlirim Gjergjaj"
    assert facts["licence"]["number"] == "DEMO-1"
    assert [day["code"] for day in facts["days"]] == ["D1", "D2"]
    assert facts["completion"]["on"] == completion.completed_on.isoformat()
    assert facts["signatories"] == [{"name": signatory.name, "posts": signatory.posts}]
    assert certificate.valid_until == clock.last_valid_day(certificate.issued_on, 36)
    assert bytes(certificate.document.content).startswith(b"%PDF-")
    assert certificate.document.size == len(bytes(certificate.document.content))
    assert certificate.person.full_name not in certificate.access_code_hmac
    with pytest.raises(TypeError, match="never deleted"):
        certificate.delete()


def test_what_a_dead_worker_left_is_taken_up_again(signatory, run_queue):
    batch = issuing.request(completed_group(3).round.code, by=officer())
    issuing.approve(batch, by=commission_member(), through_queue=False)
    issuing.issue_rows(batch.pk, issuing.waiting_rows(batch)[:1])

    taken_up = issuing.resume()
    run_queue()

    batch.refresh_from_db()
    assert taken_up == 2
    assert (batch.state, Certificate.objects.count()) == ("done", 3)


def test_a_batch_whose_last_worker_died_before_closing_it_is_closed(signatory):
    batch = issued_batch(completed_group(1))
    IssueBatch.objects.update(state=IssueBatch.State.RUNNING, finished_at=None)

    issuing.resume()

    batch.refresh_from_db()
    assert batch.state == IssueBatch.State.DONE
    assert IssueRow.objects.get().state == IssueRow.State.ISSUED


def test_a_certificate_carries_its_credential_its_proof_and_a_seal(signatory):
    certificate = issued_certificate()

    content = bytes(certificate.document.content)
    attached = sealed_file.attachments(content)
    document = data_integrity.verify(
        json.loads(attached["credential.json"]), signing.public_keys(signing.CREDENTIAL)
    ).document
    seal = sealed_file.verify_seal(content, roots=signing.seal_key().chain, at=certificate.issued_at)

    assert attached["credential.json"] == bytes(certificate.credential)
    assert document["credentialStatus"]["statusListIndex"] == str(certificate.status_index)
    assert jose.verify(certificate.credential_jwt, signing.public_keys(signing.CREDENTIAL))[0] == document
    assert (seal.sound, seal.problem) == (True, "")


def test_the_proof_in_the_document_proves_the_credential_in_it_without_us(signatory):
    issued_batch(completed_group(3))

    for certificate in Certificate.objects.all():
        attached = sealed_file.attachments(bytes(certificate.document.content))
        secured = json.loads(attached["credential.json"])
        proof = LogProof.parse(attached["credential.tlog-proof"])
        created = datetime.fromisoformat(secured["proof"][1]["created"])
        entry = log_leaf.entry("issue", at=created, salt=proof.salt, content=secured)
        opened = log_proof.verify(proof, entry, log_keys=signing.log_keys())
        assert (proof.index, opened.checkpoint.size) == (certificate.log_index, LogEntry.objects.count())


def test_every_issued_certificate_has_one_leaf_whose_commitment_opens_and_the_log_has_no_gap(signatory):
    issued_batch(completed_group(11))  # a tree with several peaks

    entries = list(LogEntry.objects.all())

    assert [entry.index for entry in entries] == list(range(len(entries)))
    assert [entry.op for entry in entries].count("key") == 4
    for certificate in Certificate.objects.all():
        (row,) = certificate.log_entries.filter(op="issue")
        leaf = log_leaf.parse(bytes(row.entry))
        assert row.index == certificate.log_index
        assert leaf.is_opened_by(bytes(certificate.salt), json.loads(bytes(certificate.credential)))
    assert_checkpoints_agree()


def test_the_places_on_the_status_list_are_all_different_and_in_no_order(signatory):
    issued_batch(completed_group(11))

    indexes = list(Certificate.objects.order_by("log_index").values_list("status_index", flat=True))

    assert len(set(indexes)) == 11
    assert indexes != sorted(indexes)


def test_two_rows_that_drew_the_same_place_are_both_issued(signatory, monkeypatch, run_queue):
    batch = issuing.request(completed_group(2).round.code, by=officer())
    issuing.approve(batch, by=commission_member(), through_queue=False)
    drawn = iter([[(1, 7)], [(1, 7)], [(1, 8)]])
    crediting.places(1)
    monkeypatch.setattr(crediting, "places", lambda _count: next(drawn))
    first, second = issuing.waiting_rows(batch)

    issuing.issue_rows(batch.pk, [first])
    issuing.issue_rows(batch.pk, [second])
    run_queue()

    assert sorted(Certificate.objects.values_list("status_index", flat=True)) == [7, 8]
    assert_checkpoints_agree()
