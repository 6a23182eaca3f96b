"""Many new rows written at once without an object for each: a sheet of 257 people, the questions of an attempt."""

from collections.abc import Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model

from lms.kernel.prepared import rows_of


def insert(model: type[Model], names: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> list[int]:
    """Insert ``rows``, each with the values of the columns ``names`` (as ``attname``), and return their keys in order.

    One statement. JSON is given as text. Nothing is checked but by the database, and no signal is sent.
    """
    if not rows:
        return []
    connection = connections[DEFAULT_DB_ALIAS]
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    fields = [by_name[name] for name in names]
    if connection.vendor == "postgresql":
        # A list for each column: the text of the statement is the same for any number of rows.
        source = f"SELECT * FROM unnest({', '.join(f'%s::{field.db_type(connection)}[]' for field in fields)})"
        given: list = [list(column) for column in zip(*rows, strict=True)]
    else:
        one = f"({', '.join(['%s'] * len(fields))})"
        source = f"VALUES {', '.join([one] * len(rows))}"
        given = [_plain(value, field, connection) for row in rows for field, value in zip(fields, row, strict=True)]
    quoted = connection.ops.quote_name
    columns = ", ".join(quoted(field.column) for field in fields)
    sql = f"INSERT INTO {quoted(model._meta.db_table)} ({columns}) {source} RETURNING {quoted(model._meta.pk.column)}"
    return [key for (key,) in rows_of(sql, given)]


def _plain(value, field, connection):
    return value if isinstance(value, str | int | None) else field.get_db_prep_save(value, connection)
