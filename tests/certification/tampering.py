"""Somebody who has the database in hand: for tests of what a reader notices when the triggers were taken away."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from certification.models import write_once


@contextmanager
def database_in_hand() -> Iterator[None]:
    """Inside, what was issued can be changed and deleted."""
    write_once.remove(connection)
    try:
        yield
    finally:
        write_once.install(connection)
