"""Revoking, suspending, reinstating: two people, a reason, and nothing taken back."""

import json
from datetime import time, timedelta

import pytest
from django.db import IntegrityError, transaction

from certification import signing, tasks
from certification.formats import data_integrity, jose, log_leaf, status_list
from certification.models import ActRequest, Checkpoint, LogEntry
from certification.operations import crediting, issuing, keeping_log, reissuing, revoking
from certification.operations.revoking import Grounds
from certification.verification import standing_of
from lms.kernel import clock
from tests.certification.factories import commission_member, issued_certificate, officer

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate():
    return issued_certificate()


@pytest.fixture
def two():
    return {"by": officer("asks@example.org"), "approver": commission_member("decides@example.org")}


def grounds(code="issued_in_error", **fields):
    return Grounds(**{"reason_code": code, "effective_on": clock.local_day()} | fields)


def read_list(row):
    """The bits of the list as it is published, its signatures checked."""
    row.refresh_from_db()
    keys = signing.public_keys(signing.STATUS)
    document = data_integrity.verify(json.loads(bytes(row.content)), keys).document
    assert jose.verify(row.jwt, keys)[0] == document
    return status_list.read(
        document, id=crediting.list_url(row.pk), issuer=signing.issuer_did(), purpose="revocation", at=clock.now()
    )


def standing(certificate):
    return standing_of(type(certificate).objects.get(pk=certificate.pk)).standing.value


def test_suspended_and_reinstated_leaves_three_rows_in_the_ledger(certificate, two):
    revoking.suspend(certificate, grounds("under_review"), **two)
    suspended = standing(certificate)
    revoking.reinstate(certificate, grounds("review_closed", decision_number="7/2026"), **two)

    assert (suspended, standing(certificate)) == ("suspended", "valid")
    assert list(certificate.events.values_list("sequence", "kind")) == [
        (1, "issued"),
        (2, "suspended"),
        (3, "reinstated"),
    ]


def test_after_a_revocation_the_round_does_not_issue_anew(certificate, two):
    revoking.revoke(certificate, grounds(), **two)

    seen = issuing.preflight(certificate.facts["completion"]["round"])

    assert [reason.code for reason in seen.not_ready[0].reasons] == ["revoked_before"]


def test_a_revocation_is_final(certificate, two):
    revoking.revoke(certificate, grounds(), **two)

    assert revoking.acts_possible(certificate) == ()
    with pytest.raises(revoking.NotPossible, match="is revoked; this act is not possible"):
        revoking.reinstate(certificate, grounds("appeal_upheld", decision_number="9/2026"), **two)
    assert [event.kind for event in certificate.events.all()] == ["issued", "revoked"]


def test_a_revocation_as_of_next_week_is_as_final(certificate, two):
    revoking.revoke(certificate, grounds(effective_on=clock.local_day() + timedelta(days=7)), **two)

    assert (standing(certificate), revoking.acts_possible(certificate)) == ("valid", ())
    with pytest.raises(revoking.NotPossible):
        revoking.suspend(certificate, grounds("under_review"), **two)


def test_every_act_stands_in_the_log_and_its_commitment_opens(certificate, two):
    suspended = revoking.suspend(certificate, grounds("under_review"), **two)
    revoked = revoking.revoke(certificate, grounds(public_text={"en": "It was issued in error."}), **two)
    keeping_log.publish()

    for event, operation in ((suspended, "suspend"), (revoked, "revoke")):
        row = LogEntry.objects.get(index=event.log_index)
        leaf = log_leaf.parse(bytes(row.entry))
        assert (leaf.operation, row.op, row.certificate) == (operation, operation, certificate)
        assert leaf.is_opened_by(bytes(row.salt), keeping_log.event_content(event))
    assert Checkpoint.objects.order_by("size").last().size == LogEntry.objects.count()


def test_the_bit_on_the_status_list_follows_a_revocation_and_no_suspension(certificate, two, run_queue):
    run_queue()
    first = certificate.status_list
    revoking.suspend(certificate, grounds("under_review"), **two)
    run_queue()
    suspended = read_list(first)
    revoking.revoke(certificate, grounds(), **two)
    run_queue()

    assert suspended.are_set == frozenset()
    assert read_list(first).are_set == {certificate.status_index}
    first.refresh_from_db()
    assert first.version == 3


def test_the_bit_of_a_replaced_certificate_is_set_and_that_of_the_new_one_is_not(certificate, two, run_queue):
    person = certificate.person
    person.surname = "Zhubi"
    person.save()

    new = reissuing.reissue(certificate, grounds("name_corrected"), **two)
    run_queue()

    assert read_list(new.status_list).are_set == {certificate.status_index}
    assert new.status_index != certificate.status_index


def test_a_revocation_sets_its_bit_on_the_day_it_takes_effect(certificate, two, run_queue):
    day = clock.local_day() + timedelta(days=2)
    revoking.revoke(certificate, grounds(effective_on=day), **two)
    run_queue()
    before = read_list(certificate.status_list)
    with clock.standing_at(clock.wall_moment(day, time(12), "Europe/Belgrade")):
        tasks.publish_lists()
        after = read_list(certificate.status_list)

    assert (before.are_set, after.are_set) == (frozenset(), {certificate.status_index})


def test_nobody_decides_alone(certificate):
    alone = officer("alone@example.org")

    with pytest.raises(revoking.FourEyes):
        revoking.revoke(certificate, grounds(), by=alone, approver=alone)
    asked = revoking.request(certificate, "revoked", grounds(), by=alone)
    with pytest.raises(revoking.FourEyes):
        revoking.approve(asked, by=alone)
    with pytest.raises(IntegrityError), transaction.atomic():
        ActRequest.objects.update(decided_by=alone, decided_at=clock.now())


def test_what_is_asked_for_happens_when_another_approves(certificate, two):
    asked = revoking.request(certificate, "revoked", grounds(internal_note="See file 3"), by=two["by"])
    before = standing(certificate)
    event = revoking.approve(asked, by=two["approver"])

    assert (before, standing(certificate)) == ("valid", "revoked")
    assert (event.actor, event.approver, event.internal_note) == (two["by"], two["approver"], "See file 3")
    with pytest.raises(revoking.NotPossible, match="already decided"):
        revoking.approve(asked, by=two["approver"])


def test_what_is_sent_back_changes_nothing(certificate, two):
    asked = revoking.request(certificate, "revoked", grounds(), by=two["by"])

    revoking.reject(asked, by=two["approver"])

    asked.refresh_from_db()
    assert (asked.state, standing(certificate)) == ("rejected", "valid")


def test_a_second_request_waits_for_the_first(certificate, two):
    revoking.request(certificate, "revoked", grounds(), by=two["by"])

    with pytest.raises(revoking.AlreadyWaiting):
        revoking.request(certificate, "suspended", grounds(), by=two["by"])


def test_an_act_needs_a_known_reason_a_fitting_standing_and_a_day_after_issue(certificate, two):
    with pytest.raises(revoking.ReasonMissing):
        revoking.revoke(certificate, grounds("because"), **two)
    with pytest.raises(revoking.NotPossible, match="is valid"):
        revoking.reinstate(certificate, grounds("review_closed", decision_number="1"), **two)
    with pytest.raises(revoking.NotPossible, match="before the certificate was issued"):
        revoking.revoke(certificate, grounds(effective_on=clock.local_day() - timedelta(days=1)), **two)


def test_a_corrected_name_gets_a_new_certificate_and_the_old_one_ends(certificate, two):
    person = certificate.person
    person.surname = "Zhubi"
    person.save()

    asked = revoking.request(certificate, "superseded", grounds("name_corrected"), by=two["by"])
    new = reissuing.approve(asked, by=two["approver"])

    certificate.refresh_from_db()
    assert (standing(certificate), standing(new)) == ("superseded", "valid")
    assert certificate.ended_at is not None
    assert new.supersedes == certificate
    assert new.registration == certificate.registration
    assert new.facts["holder"]["printed"] == f"{person.given_name} Zhubi"
    assert new.facts["completion"] == certificate.facts["completion"]
    assert (new.valid_from, new.valid_until) == (certificate.valid_from, certificate.valid_until)
    assert new.number != certificate.number
    assert revoking.acts_possible(certificate) == ()


def test_a_name_that_did_not_change_is_not_reissued(certificate, two):
    with pytest.raises(reissuing.NothingChanged):
        reissuing.reissue(certificate, grounds("name_changed"), **two)


def test_a_name_that_cannot_be_printed_is_not_reissued(certificate, two):
    person = certificate.person
    person.surname = "Ðukić"
    person.save()

    with pytest.raises(reissuing.NameNotPrintable):
        reissuing.reissue(certificate, grounds("name_changed"), **two)
