"""Prepared queries give what the ORM gives, with the SQL written once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.kernel.prepared import Prepared, Slot
from lms.people.models import Person
from tests.factories import PersonFactory, UserFactory

pytestmark = pytest.mark.django_db


def by_name():
    return Person.objects.filter(surname=Slot(Person, "surname")).order_by("pk").values_list("reference", "birth_date")


def test_it_gives_the_rows_of_the_query():
    first, second, _other = (PersonFactory(surname=name) for name in ("Gashi", "Gashi", "Đukić"))
    query = Prepared(by_name)

    assert query(surname="Gashi") == [(first.reference, first.birth_date), (second.reference, second.birth_date)]
    assert query(surname="Nobody") == []


def test_the_query_is_written_once_and_asked_each_time():
    written = []
    query = Prepared(lambda: written.append(1) or by_name())

    with CaptureQueriesContext(connection) as asked:
        query(surname="Gashi")
        query(surname="Çerkini")

    assert (len(written), len(asked)) == (1, 2)


def test_without_named_values_it_gives_objects_with_what_is_selected_beside_them(django_assert_num_queries):
    user = UserFactory()
    with_account, without = PersonFactory(surname="Gashi", user=user), PersonFactory(surname="Gashi", user=None)
    query = Prepared(
        lambda: (
            Person.objects.select_related("user")
            .defer("given_name")
            .filter(surname=Slot(Person, "surname"))
            .order_by("pk")
        )
    )

    with django_assert_num_queries(1):
        first, second = query(surname="Gashi")
        assert (first, first.user.email, second, second.user) == (with_account, user.email, without, None)
        assert (first.birth_date, first.surname) == (with_account.birth_date, "Gashi")
    assert first.get_deferred_fields() == {"given_name"}
    assert first.given_name == with_account.given_name


def test_rows_are_locked_until_the_transaction_ends():
    PersonFactory(surname="Gashi")
    query = Prepared(lambda: Person.objects.select_for_update().filter(surname=Slot(Person, "surname")))

    with CaptureQueriesContext(connection) as asked:
        query(surname="Gashi")

    assert asked[0]["sql"].endswith("FOR UPDATE") == connection.features.has_select_for_update


def test_a_slot_names_a_column():
    with pytest.raises(TypeError, match="is not a column"):
        Slot(Person, "enrolments")


def test_a_value_is_a_value_and_never_sql():
    PersonFactory(surname="Gashi")

    assert Prepared(by_name)(surname="x' OR '1'='1") == []


def test_a_slot_without_a_value_is_said():
    with pytest.raises(KeyError, match="surname"):
        Prepared(by_name)()
