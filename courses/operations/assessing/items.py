"""The questions of one attempt: read, laid down and written with SQL that is written once or by hand.

Every page of an attempt has all of them, so what the ORM adds to twenty rows is most of what a page costs.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import connection

from courses.models import Attempt, AttemptItem
from lms.kernel.many_rows import insert
from lms.kernel.prepared import Prepared, Slot


@dataclass(slots=True)
class Item:
    """One question of an attempt, as its row in ``AttemptItem`` is or will be."""

    slot: int  # 1 …
    version_id: int
    option_order: list[str]  # keys as shown
    answer: list[str] = field(default_factory=list)  # keys chosen
    sequence: int = 0
    mark: Decimal | None = None


_items = Prepared(
    lambda: (
        AttemptItem.objects.filter(attempt=Slot(Attempt, "id"))
        .order_by("slot")
        .values_list("slot", "version_id", "option_order", "answer", "sequence", "mark")
    )
)


def items_of(attempt: Attempt) -> list[Item]:
    """The questions of ``attempt`` in the order they are shown. One query."""
    return [Item(*row) for row in _items(id=attempt.pk)]


def lay_down(attempt: Attempt, items: Sequence[Item]) -> None:
    """Write the unanswered questions of a new attempt. One statement."""
    insert(
        AttemptItem,
        ("attempt_id", "slot", "version_id", "option_order", "answer", "sequence"),
        [(attempt.pk, item.slot, item.version_id, json.dumps(item.option_order), "[]", 0) for item in items],
    )


def keep_answers(attempt: Attempt, items: Sequence[Item], saved_at: datetime) -> None:
    """Write what was chosen in ``items``, as it was saved at one moment. One statement."""
    if not items:
        return
    columns = AttemptItem._meta
    json_type = columns.get_field("answer").cast_db_type(connection)
    moment = columns.get_field("saved_at").get_db_prep_save(saved_at, connection)
    given = [moment]
    for item in items:
        given += (item.slot, item.sequence, json.dumps(item.answer))
    with connection.cursor() as cursor:
        # Both engines call the columns of VALUES so; PostgreSQL takes a text for JSON only when told.
        cursor.execute(
            f"UPDATE courses_attemptitem SET saved_at = %s, sequence = new.column2,"  # noqa: S608 - a type, not a value
            f" answer = CAST(new.column3 AS {json_type})"
            f" FROM (VALUES {', '.join(['(%s, %s, %s)'] * len(items))}) AS new"
            " WHERE attempt_id = %s AND slot = new.column1",
            [*given, attempt.pk],
        )


def keep_marks(attempt: Attempt, items: Sequence[Item]) -> None:
    """Write the marks of ``items``. One statement."""
    if not items:
        return
    given = [value for item in items for value in (item.slot, item.mark)]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE courses_attemptitem SET mark = new.column2"  # noqa: S608 - placeholders only
            f" FROM (VALUES {', '.join(['(%s, %s)'] * len(items))}) AS new"
            " WHERE attempt_id = %s AND slot = new.column1",
            [*given, attempt.pk],
        )
