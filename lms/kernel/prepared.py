"""Queries whose SQL is worked out once for each connection: for the few that every page asks.

Django writes the SQL of a query anew each time it is asked, which for a query with joins costs several times what the
database needs to answer it. Here the query is written with a ``Slot`` wherever a value comes in:

    _names = Prepared(lambda: Person.objects.filter(pk=Slot(Person, "id")).values_list("given_name", "surname"))
    _names(id=7)  # a list of tuples, as values_list gives it
"""

from collections.abc import Callable
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Expression, Field, Model, QuerySet


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
    """A ``values_list`` query. ``write`` returns it; called with the values of its slots it gives the rows."""

    def __init__(self, write: Callable[[], QuerySet]):
        self._write = write

    def __call__(self, **values: Any) -> list[tuple]:
        connection = connections[DEFAULT_DB_ALIAS]
        # Kept with the connection, of which every thread has its own.
        kept = vars(connection).setdefault("_prepared", {})
        if self not in kept:
            compiler = self._write().query.get_compiler(connection=connection)
            kept[self] = (compiler, *compiler.as_sql())
        compiler, sql, params = kept[self]
        given = [
            param.prepare(values[param.name], connection) if isinstance(param, Slot) else param for param in params
        ]
        with connection.cursor() as cursor:
            cursor.execute(sql, given)
            rows = cursor.fetchall()
        return list(compiler.results_iter([rows], tuple_expected=True))
