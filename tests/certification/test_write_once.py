"""What was issued is neither changed nor deleted, not by our own role and not by SQL."""

import pytest
from django.db import DatabaseError, connection, transaction

from certification.models import Certificate, CertificateDocument, CertificateEvent
from lms.kernel import clock
from tests.certification.factories import issued_certificate
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db

TABLES = ["certificate", "certificateevent", "certificatedocument", "logentry"]  # the others: with their operations
CHANGES = [
    ("certificate", "valid_from = '2001-01-01'"),
    ("certificate", "valid_until = NULL, number = '000000000000'"),
    ("certificate", "facts_canonical = NULL"),
    ("certificate", "credential = NULL"),
    ("certificate", "status_index = 7"),
    ("certificate", "log_index = NULL"),
    ("certificateevent", "effective_on = '2001-01-01'"),
    ("certificateevent", "kind = 'revoked'"),
    ("certificatedocument", "sha256 = ''"),
    ("logentry", "leaf_hash = entry"),
    ("logentry", '"index" = "index" + 10'),
]


def by_sql(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize(("table", "change"), CHANGES, ids=[f"{table}: {change}" for table, change in CHANGES])
def test_no_column_of_what_was_issued_is_changed_by_sql(table, change):
    issued_certificate()

    with pytest.raises(DatabaseError, match="what was issued is never changed or deleted"):
        by_sql(f"UPDATE certification_{table} SET {change}")


@pytest.mark.parametrize("table", TABLES)
def test_nothing_of_what_was_issued_is_deleted_by_sql(table):
    issued_certificate()

    with pytest.raises(DatabaseError, match="what was issued is never changed or deleted"):
        by_sql(f"DELETE FROM certification_{table}")


@pytest.mark.postgresql
@pytest.mark.parametrize("table", TABLES)
def test_nothing_of_what_was_issued_is_emptied_by_sql(table):
    issued_certificate()
    by_sql("SET CONSTRAINTS ALL IMMEDIATE")  # what the test itself wrote has to be settled first

    with pytest.raises(DatabaseError, match="what was issued is never changed or deleted"):
        by_sql(f"TRUNCATE certification_{table} CASCADE")


def test_nothing_is_changed_or_deleted_through_the_models(django_assert_num_queries):
    certificate = issued_certificate()

    for attempt in (
        lambda: Certificate.objects.update(valid_from=certificate.valid_from.replace(year=2001)),
        lambda: CertificateEvent.objects.all().delete(),
        lambda: CertificateDocument.objects.update(content=b"%PDF-1.7 another"),
    ):
        with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
            attempt()


def test_a_certificate_ends_once_and_does_not_begin_again():
    certificate = issued_certificate()

    Certificate.objects.filter(pk=certificate.pk).update(ended_at=clock.now())

    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        Certificate.objects.filter(pk=certificate.pk).update(ended_at=None)


def test_where_a_certificate_is_filed_may_change():
    certificate, other = issued_certificate(), PersonFactory()

    Certificate.objects.filter(pk=certificate.pk).update(person=other)

    assert Certificate.objects.get().person == other


@pytest.mark.parametrize("change", ["salt = NULL", "facts_canonical = ''", "erased_at = '2026-01-01'"])
def test_nothing_is_erased_that_nobody_decided_to_erase(change):
    issued_certificate()

    with pytest.raises(DatabaseError, match="what was issued is never changed or deleted"):
        by_sql(f"UPDATE certification_certificate SET {change}")
