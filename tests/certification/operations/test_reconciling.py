"""Whatever somebody with the database in hand changes, reconciliation names it."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from certification.models import Certificate, CertificateDocument, CertificateEvent, LogEntry, StatusList
from certification.operations import publishing_lists, reconciling
from lms.kernel import clock
from tests.certification.factories import commission_member, completed_group, issued_batch, officer
from tests.certification.tampering import database_in_hand

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificates():
    batch = issued_batch(completed_group(3))
    publishing_lists.publish()
    return list(batch.certificates.order_by("serial"))


def differences():
    return [str(each) for each in reconciling.differences()]


def change(certificate, **values):
    with database_in_hand():
        Certificate.objects.filter(pk=certificate.pk).update(**values)


def test_what_was_issued_agrees(certificates):
    said = io.StringIO()

    call_command("reconcile", stdout=said)

    assert said.getvalue() == "3 certificates agree with what was signed.\n"


def test_a_certificate_moved_back_a_year_is_named(certificates):
    one = certificates[1]
    earlier = one.valid_from - timedelta(days=365)
    change(one, valid_from=earlier)

    assert differences() == [
        f"{one.serial}: valid_from is {earlier}; the sealed facts say {one.valid_from}.",
        f"{one.serial}: valid_from is {earlier}; the signed credential says {one.valid_from}.",
    ]


def test_a_row_deleted_by_sql_is_named(certificates):
    """With its ledger and its document, so that nothing of it is left but the entry in the log."""
    one = certificates[1]
    entry = one.log_index
    issued_on = LogEntry.objects.get(index=entry).at
    with database_in_hand(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
        for table in ("certificateevent", "certificatedocument", "certificate"):
            column = "id" if table == "certificate" else "certificate_id"
            key = one.pk if connection.vendor == "postgresql" else one.pk.hex
            cursor.execute(f"DELETE FROM certification_{table} WHERE {column} = %s", [key])
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = DEFAULT")

    found = differences()

    # So that the database is whole again before the test ends.
    with database_in_hand():
        LogEntry.objects.filter(index=entry).update(certificate=None)
    assert found == [
        f"entry {entry}: tells of a certificate issued on {issued_on:%Y-%m-%d} that is not in the register.",
        "log: The log tells of 3 certificates issued; the register has 2 that say so.",
    ]


def test_another_document_is_named(certificates):
    one = certificates[0]
    other = bytes(one.document.content).replace(b"%%EOF", b"%%E0F")
    with database_in_hand():
        CertificateDocument.objects.filter(certificate=one).update(content=other)

    assert [each for each in differences() if each.startswith(f"{one.serial}: the document has the SHA-256 ")] != []


def test_another_document_with_its_own_hash_is_named(certificates):
    one, other = certificates[:2]
    with database_in_hand():
        CertificateDocument.objects.filter(certificate=one).update(
            content=bytes(other.document.content), sha256=other.document.sha256
        )

    assert differences() == [f"{one.serial}: the document does not carry the credential on record."]


def test_a_missing_leaf_is_named(certificates):
    one = certificates[1]
    with database_in_hand():
        LogEntry.objects.filter(index=one.log_index).delete()

    found = differences()

    assert f"{one.serial}: entry {one.log_index} of the log, its issue, is missing or belongs to another." in found
    assert f"log: Entry {one.log_index} is missing." in found


def test_a_certificate_taken_out_of_the_log_is_named(certificates):
    one = certificates[1]
    change(one, log_index=None)

    assert f"{one.serial}: it has a credential and no entry in the log." in differences()


def test_the_credential_of_another_is_named(certificates):
    one, other = certificates[:2]
    change(one, credential=bytes(other.credential), credential_jwt=other.credential_jwt)

    found = differences()

    assert (
        f"{one.serial}: credential_id is {one.credential_id}; the signed credential says {other.credential_id}."
        in found
    )
    assert (
        f"{one.serial}: entry {one.log_index} of the log does not tell of this credential: it was changed after its issue."
        in found
    )


def test_facts_that_were_altered_are_named(certificates):
    one = certificates[0]
    change(one, facts=one.facts | {"serial": "2001-REF-000001"})

    assert differences() == [f"{one.serial}: the facts for reading are not the sealed ones."]


def test_a_salt_that_went_away_without_being_erased_is_named(certificates):
    change(certificates[0], salt=None)

    assert differences() == [f"{certificates[0].serial}: its salt is gone, and no entry says that it was erased."]


def test_a_revocation_that_nobody_logged_is_named(certificates):
    one, now = certificates[0], clock.now()
    CertificateEvent.objects.create(
        certificate=one, sequence=2, kind="revoked", at=now, effective_on=clock.local_day(), reason_code="error"
    )

    found = differences()

    assert f"{one.serial}: its ledger says revoked; ended_at is None." in found
    assert f"{one.serial}: its act 2 (revoked) has no entry in the log." in found


def test_a_list_that_says_something_else_than_the_ledger_is_named(certificates):
    one, now = certificates[0], clock.now()
    CertificateEvent.objects.create(
        certificate=one, sequence=2, kind="revoked", at=now - timedelta(minutes=5), effective_on=clock.local_day()
    )

    assert f"status list 1: says 0 at {one.status_index} ({one.serial}); the ledger says 1." in differences()


def test_a_list_that_was_altered_or_forgotten_is_named(certificates):
    found = StatusList.objects.get()
    altered = bytes(found.content).replace(b'"validUntil":"2', b'"validUntil":"9')
    StatusList.objects.update(content=altered, published_at=clock.now() - timedelta(days=2))

    told = differences()

    assert told[0].startswith("status list 1: was last published on ")
    assert told[1].startswith("status list 1: does not prove itself: ")


def test_the_command_ends_with_a_fault_and_says_so_in_the_log(certificates, caplog):
    change(certificates[0], valid_from=certificates[0].valid_from - timedelta(days=1))

    with pytest.raises(CommandError, match="2 things do not agree") as raised:
        call_command("reconcile", stdout=io.StringIO())

    assert raised.value.returncode == 1
    assert [record.levelname for record in caplog.records if record.name.endswith("reconcile")] == ["ERROR", "ERROR"]
    assert certificates[0].facts["holder"]["printed"] not in caplog.text


def test_as_many_questions_are_asked_of_three_certificates_as_of_one():
    def asked():
        with CaptureQueriesContext(connection) as questions:
            assert differences() == []
        return len(questions)

    by, member = officer(), commission_member()
    issued_batch(completed_group(1), by=by, approver=member)
    publishing_lists.publish()
    of_one = asked()
    issued_batch(completed_group(2, code="G2"), by=by, approver=member)

    assert asked() == of_one


def test_a_trigger_that_was_taken_away_is_named(certificates):
    with database_in_hand():
        found = differences()

    assert (
        "database: the trigger certification_certificate_no_update is missing or switched off; migrate puts it in place."
        in found
    )
    assert differences() == []
