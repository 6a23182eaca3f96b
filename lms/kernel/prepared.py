"""Queries whose SQL is worked out once for each connection: for the few that every page asks.

Django writes the SQL of a query anew each time it is asked, and PostgreSQL plans it anew, which for a query with joins
costs several times what it takes to answer it. Here the query is written with a ``Slot`` wherever a value comes in:

    _names = Prepared(lambda: Person.objects.filter(pk=Slot(Person, "id")).values_list("given_name", "surname"))
    _names(id=7)  # a list of tuples, as values_list gives it

A query that names no values gives objects, with what ``select_related`` lays beside them. PostgreSQL keeps its plan
with the connection (a prepared statement), unless the settings give no ``prepare_threshold``.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.query import ModelIterable, get_related_populators
from psycopg import Cursor


class _PlannedCursor(Cursor):
    """Sends the values beside the statement, not in it, so that the statement stays the same and keeps its plan."""

    def execute(self, query, params=None, **options):
        return super().execute(query, params, prepare=True, **options)


def rows_of(sql: str, params: Sequence[Any] = ()) -> list[tuple]:
    """The rows of a statement whose text is the same every time."""
    connection = connections[DEFAULT_DB_ALIAS]
    with _cursor(connection) as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def _cursor(connection):
    if connection.vendor != "postgresql":
        return connection.cursor()
    connection.ensure_connection()
    return connection._prepare_cursor(_PlannedCursor(connection.connection))  # counted and guarded as Django's own


class Slot(Expression):
    """The place of a value that is given when the query is asked, by default under the name of its field."""

    def __init__(self, model: type[Model], field: str, name: str = ""):
        found = model._meta.get_field(field)
        if not isinstance(found, Field):
            raise TypeError(f"{field} of {model} is not a column.")
        super().__init__(output_field=found)
        self.name = name or field

    def as_sql(self, compiler, connection):
        return "%s", [self]

    def prepare(self, value, connection):
        """``value`` as the database takes it."""
        return self.output_field.get_db_prep_value(self.output_field.to_python(value), connection)


class Prepared:
    """A query that is written once. ``write`` returns it; called with the values of its slots it gives the rows."""

    def __init__(self, write: Callable[[], QuerySet]):
        self._write = write

    def __call__(self, **values: Any) -> list:
        connection = connections[DEFAULT_DB_ALIAS]
        # Kept with the connection, of which every thread has its own.
        kept = vars(connection).setdefault("_prepared", {})
        if self not in kept:
            kept[self] = _Written(self._write(), connection)
        return kept[self].ask(values)


class _Written:
    """A query as one connection understands it, and how its rows become values."""

    def __init__(self, queryset: QuerySet, connection):
        compiler = queryset.query.get_compiler(connection=connection)
        self.sql, self.params = compiler.as_sql()
        self.connection = connection
        self.compiler = compiler
        self.converters = compiler.get_converters([column[0] for column in compiler.select])
        self.is_of_objects = issubclass(queryset._iterable_class, ModelIterable)
        if self.is_of_objects:
            klass_info, select = compiler.klass_info, compiler.select
            self.model = klass_info["model"]
            fields = klass_info["select_fields"]
            self.columns = slice(fields[0], fields[-1] + 1)
            self.names = [column[0].target.attname for column in select[self.columns]]
            # The type stubs are of a Django after ours, which takes one thing more.
            self.beside = get_related_populators(klass_info, select, connection.alias)  # type: ignore[call-arg]

    def ask(self, values: dict[str, Any]) -> list:
        given = [
            param.prepare(values[param.name], self.connection) if isinstance(param, Slot) else param
            for param in self.params
        ]
        rows = rows_of(self.sql, given)
        if rows and self.converters:
            rows = self.compiler.apply_converters(rows, self.converters)
        return [self._object(row) for row in rows] if self.is_of_objects else [tuple(row) for row in rows]

    def _object(self, row) -> Model:
        found = self.model.from_db(self.connection.alias, self.names, row[self.columns])
        for populate in self.beside:
            populate.populate(row, found)
        return found
