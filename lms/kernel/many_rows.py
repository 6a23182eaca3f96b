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
        source, given = _lists(rows, [field.db_type(connection) or "" for field in fields])
    else:
        one = f"({', '.join(['%s'] * len(fields))})"
        source = f"VALUES {', '.join([one] * len(rows))}"
        given = [_plain(value, field, connection) for row in rows for field, value in zip(fields, row, strict=True)]
    quoted = connection.ops.quote_name
    columns = ", ".join(quoted(str(field.column)) for field in fields)
    key = quoted(str(model._meta.pk.column))
    sql = f"INSERT INTO {quoted(model._meta.db_table)} ({columns}) {source} RETURNING {key}"
    return [key for (key,) in rows_of(sql, given)]


def _lists(rows: Sequence[Sequence[Any]], types: list[str]) -> tuple[str, list]:
    """What to insert, with a list for each column, so that the text is the same for any number of rows.

    What all rows share is given once; the first column is a list in any case.
    """
    columns = list(zip(*rows, strict=True))
    is_list = [number == 0 or any(value != column[0] for value in column) for number, column in enumerate(columns)]
    shown = [f"new.c{number}" if listed else f"%s::{types[number]}" for number, listed in enumerate(is_list)]
    lists = [number for number, listed in enumerate(is_list) if listed]
    source = (  # placeholders, types and numbers only
        f"SELECT {', '.join(shown)} FROM unnest({', '.join(f'%s::{types[number]}[]' for number in lists)})"  # noqa: S608
        f" AS new({', '.join(f'c{number}' for number in lists)})"
    )
    shared = [column[0] for column, listed in zip(columns, is_list, strict=True) if not listed]
    return source, [*shared, *(list(columns[number]) for number in lists)]


def _plain(value, field, connection):
    return value if isinstance(value, str | int | None) else field.get_db_prep_save(value, connection)
