"""Erasing: what says something of a person goes, by one way only; what proves that nothing was hidden stays."""

import io
import json
from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.urls import reverse

from certification import verification
from certification.models import (
    Certificate,
    CertificateDocument,
    CertificateEvent,
    Erasure,
    IssueRow,
    LogEntry,
)
from certification.operations import (
    auditing,
    erasing,
    examining,
    mirroring,
    publishing_lists,
    reconciling,
    revoking,
)
from certification.rules.verdicts import Verdict
from lms.kernel import clock
from lms.people import roles
from tests.certification.factories import (
    code_on_paper,
    commission_member,
    completed_group,
    issued_batch,
    issued_certificate,
    officer,
)
from tests.certification.tampering import database_in_hand
from tests.factories import PersonFactory, UserFactory

pytestmark = pytest.mark.django_db
DECISION = Erasure.Ground.DECISION


@pytest.fixture
def certificate():
    return issued_certificate(PersonFactory(given_name="Živka", surname="Đukić"))


@pytest.fixture
def two():
    return officer("asks@example.org"), commission_member("decides@example.org")


def erased(certificate, two):
    asked = erasing.request(certificate, DECISION, by=two[0], decision_number="12/2026")
    erasing.approve(asked, by=two[1])
    return Certificate.objects.get(pk=certificate.pk)


def suspended(certificate, two):
    grounds = revoking.Grounds("under_review", clock.local_day(), {"en": "Živka Đukić is asked."}, "9", "about Živka")
    revoking.suspend(certificate, grounds, by=two[0], approver=two[1])


def test_everything_about_the_person_goes_and_the_bare_entries_stay(certificate, two):
    suspended(certificate, two)
    before = {each.index: bytes(each.entry) for each in LogEntry.objects.all()}

    after = erased(certificate, two)

    assert (after.person, after.licence, after.facts, after.credential, after.salt) == (None, None, {}, None, None)
    assert (bytes(after.facts_canonical), after.credential_jwt, after.access_code_hmac) == (b"", "", "")
    assert (after.number, after.issued_on, after.log_index) == (
        certificate.number, certificate.issued_on, certificate.log_index,
    )  # fmt: skip
    assert not CertificateDocument.objects.exists()
    assert not IssueRow.objects.exists()
    assert [(each.kind, each.public_text, each.internal_note) for each in after.events.all()] == [
        ("issued", {}, ""),
        ("suspended", {}, ""),
    ]
    assert set(LogEntry.objects.filter(op__in=["issue", "suspend"]).values_list("salt", flat=True)) == {None}
    assert before.items() <= {each.index: bytes(each.entry) for each in LogEntry.objects.all()}.items()
    assert LogEntry.objects.get(op="erase").index == Erasure.objects.get().log_index


def test_nothing_of_the_name_is_left_in_any_row(certificate, two):
    suspended(certificate, two)
    after = erased(certificate, two)

    rows = [after, *after.events.all(), *after.log_entries.all(), *after.erasures.all(), *after.requests.all()]

    told = " ".join(str(value) for row in rows for value in vars(row).values())
    assert "ukić" not in told
    assert "Živka" not in told


def test_reconciliation_and_audit_know_what_was_erased(certificate, two):
    publishing_lists.publish()

    erased(certificate, two)

    assert [str(each) for each in reconciling.differences()] == []
    assert auditing.audit_rows().faults == []


def test_verification_says_that_it_was_erased_and_names_nobody(certificate, two, client):
    code = code_on_paper(certificate)
    content, credential = bytes(certificate.document.content), bytes(certificate.credential)
    erased(certificate, two)

    by_number = client.get(reverse("verify:certificate", args=[certificate.number])).content.decode()
    by_code = verification.look_up(certificate.number, code)
    by_file, by_credential = examining.examine(content), examining.examine(credential)

    assert "Its data were erased on" in by_number
    assert "ukić" not in by_number
    assert "Ž." not in by_number
    assert (by_code.verdict, by_code.facts) == (Verdict.CANNOT_CHECK, None)
    assert (by_file.verdict, by_file.why, by_file.claimed) == (Verdict.CANNOT_CHECK, "erased", None)
    assert (by_credential.verdict, by_credential.why) == (Verdict.CANNOT_CHECK, "erased")


def test_the_command_for_verifying_and_the_export_say_so(certificate, two):
    erased(certificate, two)
    said = io.StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("verify", certificate.number, "--format", "json", stdout=said)

    assert ended.value.code == 2
    assert json.loads(said.getvalue())["sentence"].startswith("A certificate with this number was issued here on ")
    with pytest.raises(mirroring.NothingToExport, match="was erased on"):
        mirroring.certificate_files(certificate.number)


def test_nobody_erases_alone(certificate, two):
    asked = erasing.request(certificate, DECISION, by=two[0], decision_number="12/2026")

    with pytest.raises(erasing.FourEyes):
        erasing.approve(asked, by=two[0])

    assert Certificate.objects.get().erased_at is None


def test_before_its_time_only_a_decision_with_its_number_erases(certificate, two):
    with pytest.raises(erasing.ErasureRefused, match="is kept until"):
        erasing.request(certificate, Erasure.Ground.RETENTION, by=two[0])
    with pytest.raises(erasing.ErasureRefused, match="number of the decision"):
        erasing.request(certificate, DECISION, by=two[0], decision_number=" ")

    assert not Erasure.objects.exists()


def test_after_its_time_it_is_due(certificate, two, settings):
    settings.CERTIFICATE_RETENTION_YEARS = 0
    day = erasing.retained_until(certificate)

    assert not erasing.is_due(certificate, on=day)
    assert erasing.is_due(certificate, on=day + timedelta(days=1))


def test_what_was_rejected_or_erased_is_not_decided_again(certificate, two):
    asked = erasing.request(certificate, DECISION, by=two[0], decision_number="1")
    with pytest.raises(erasing.ErasureRefused, match="asked for already"):
        erasing.request(certificate, DECISION, by=two[1], decision_number="2")
    erasing.reject(asked, by=two[1])
    with pytest.raises(erasing.ErasureRefused, match="already decided"):
        erasing.approve(asked, by=two[1])

    erased(certificate, two)

    with pytest.raises(erasing.ErasureRefused, match="was erased before"):
        erasing.request(certificate, DECISION, by=two[0], decision_number="3")
    assert revoking.acts_possible(Certificate.objects.get()) == ()


# --- The one way -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"facts": {"holder": {"printed": "Somebody Else"}}},
        {"credential": b"{}"},
        {"salt": bytes(16)},
        {"valid_from": date(2001, 1, 1)},
        {"erased_at": None},
    ],
)
def test_what_was_erased_is_not_filled_again(certificate, two, change):
    erased(certificate, two)

    with pytest.raises(DatabaseError), transaction.atomic():
        Certificate.objects.update(**change)


def test_a_decision_alone_without_an_entry_in_the_log_lets_nothing_go(certificate, two):
    asked = erasing.request(certificate, DECISION, by=two[0], decision_number="1")
    Erasure.objects.filter(pk=asked.pk).update(
        state="done", decided_at=clock.now(), decided_by=two[1], log_index=certificate.log_index
    )

    for attempt in (
        lambda: Certificate.objects.update(salt=None),
        lambda: CertificateDocument.objects.all().delete(),
        lambda: CertificateEvent.objects.update(internal_note="", public_text={"en": "x"}),
        lambda: LogEntry.objects.filter(op="key").update(salt=None),
    ):
        with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
            attempt()


def test_the_neighbours_document_stays_when_one_is_erased(certificate, two):
    other = another_certificate()
    erased(certificate, two)

    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        CertificateDocument.objects.all().delete()

    assert other.document.sha256


def another_certificate():
    group = completed_group(1, code="G2")
    return issued_batch(
        group, by=officer("two@example.org"), approver=commission_member("three@example.org")
    ).certificates.get()


def test_data_that_went_without_an_erasure_are_named(certificate):
    with database_in_hand():
        Certificate.objects.update(erased_at=clock.now(), person=None, facts={}, facts_canonical=b"", salt=None)

    said = " ".join(str(each) for each in reconciling.differences())

    assert "its data are gone, and no entry of the log says that it was erased." in said
    assert "it was erased, and credential, credential_jwt is still there." in said


# --- In the office and at the command line ---------------------------------------------------------


def test_an_officer_asks_and_another_erases_in_the_office(certificate, client_for, two):
    page = reverse("issuing:certificate", args=[certificate.pk])
    asked = client_for(two[0]).post(
        reverse("issuing:erase", args=[certificate.pk]), {"ground": "decision", "decision_number": "7/2026"}
    )
    erasure = Erasure.objects.get()
    own = client_for(two[0]).post(reverse("issuing:decide_erasure", args=[erasure.pk]), {"answer": "approve"})
    assert (asked.status_code, own.status_code, Certificate.objects.get().erased_at) == (302, 302, None)
    assert "Erase for ever" in client_for(two[1]).get(page).content.decode()

    client_for(two[1]).post(reverse("issuing:decide_erasure", args=[erasure.pk]), {"answer": "approve"})

    assert Certificate.objects.get().erased_at
    after = client_for(two[1]).get(page).content.decode()
    assert "Erased on" in after
    assert "ukić" not in after
    assert "ukić" not in client_for(two[1]).get(reverse("issuing:certificates")).content.decode()
    assert client_for(two[1]).get(reverse("certification:download", args=[certificate.pk])).status_code == 404


def test_only_officers_ask_and_only_deciders_decide(certificate, client_for, two):
    asked = erasing.request(certificate, DECISION, by=two[0], decision_number="1")
    inspector = UserFactory(email="inspects@example.org", roles=[roles.INSPECTOR])

    for address in (
        reverse("issuing:erase", args=[certificate.pk]),
        reverse("issuing:decide_erasure", args=[asked.pk]),
    ):
        client_for(inspector).post(address, {"answer": "approve", "ground": "decision", "decision_number": "1"})

    assert Certificate.objects.get().erased_at is None
    assert Erasure.objects.count() == 1


def test_the_command_lists_and_erases_what_is_due(certificate, two, settings):
    said = io.StringIO()
    settings.CERTIFICATE_RETENTION_YEARS = 0
    later = clock.wall_moment(
        erasing.retained_until(certificate) + timedelta(days=2), clock.local(clock.now()).time(), "UTC"
    )

    call_command("erase_certificates", stdout=said)
    with clock.standing_at(later):
        call_command("erase_certificates", stdout=said)
        asks, decides = (user.email for user in two)
        call_command("erase_certificates", "--requested-by", asks, "--approved-by", decides, stdout=said)
        call_command("erase_certificates", "--requested-by", asks, "--approved-by", decides, stdout=said)
        with pytest.raises(CommandError, match="Nobody erases alone"):
            call_command("erase_certificates", "--requested-by", asks, "--approved-by", asks)

    counts = [line for line in said.getvalue().splitlines() if line.endswith(("erased.", "can be erased."))]
    assert counts == [
        "0 certificates can be erased.",
        "1 certificates can be erased.",
        "1 certificates erased.",
        "0 certificates erased.",
    ]
