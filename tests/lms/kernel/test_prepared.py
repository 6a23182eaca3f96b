"""Prepared queries give what the ORM gives, with the SQL written once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.kernel.prepared import Prepared, Slot
from lms.people.models import Person
from tests.factories import PersonFactory

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


def test_a_value_is_a_value_and_never_sql():
    PersonFactory(surname="Gashi")

    assert Prepared(by_name)(surname="x' OR '1'='1") == []


def test_a_slot_without_a_value_is_said():
    with pytest.raises(KeyError, match="surname"):
        Prepared(by_name)()
