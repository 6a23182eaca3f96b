"""Closing: an attempt is marked as it was last saved, by whoever hands it in or by the sweep after its deadline."""

import logging
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

from django.db import DatabaseError, transaction

from courses.models import Attempt
from courses.operations.assessing.items import Item, items_of, keep_marks
from courses.operations.assessing.questions import said
from courses.rules import marking
from lms.kernel import clock, queue

log = logging.getLogger(__name__)


def close_overdue() -> int:
    """Submit every attempt whose deadline and grace have passed, with what was last saved. Returns how many.

    Two sweepers never meet on a row (the locked one is skipped), and one that cannot be marked stops no other.
    Late by hours gives the same result: the attempt ended at its deadline.
    """
    overdue = Attempt.objects.filter(
        state=Attempt.State.IN_PROGRESS, deadline_at__lt=clock.now() - marking.GRACE
    ).order_by("deadline_at", "pk")
    closed = 0
    for pk in list(overdue.values_list("pk", flat=True)):
        try:
            closed += close(pk)
        except (DatabaseError, LookupError, TypeError, ValueError):
            log.exception("Attempt %s could not be closed; the next sweep tries again", pk)
    return closed


@transaction.atomic
def close(attempt_id: int) -> bool:
    """Submit one overdue attempt as it was last saved. False when it is not open, not overdue or locked elsewhere."""
    attempt = (
        Attempt.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("assessment")
        .defer("assessment__pool")
        .filter(pk=attempt_id, state=Attempt.State.IN_PROGRESS)
        .first()
    )
    if attempt is None or marking.accepts_answers(clock.now(), attempt.deadline_at):
        return False
    finish(attempt, items_of(attempt), attempt.deadline_at)
    return True


def give_marks(items: Collection[Item]) -> list[Decimal]:
    """Give every item its mark. Returns the marks."""
    questions = said(item.version_id for item in items)
    marks = []
    for item in items:
        mark = marking.mark_item(questions[item.version_id].correct, item.answer)
        item.mark = mark
        marks.append(mark)
    return marks


def finish(attempt: Attempt, items: list[Item], finished_at: datetime | None):
    """Mark ``items`` as they stand and write marks and result. The caller holds the attempt's lock."""
    outcome = marking.result(give_marks(items), attempt.assessment.pass_mark)
    keep_marks(attempt, items)
    attempt.state = Attempt.State.GRADED
    attempt.finished_at = finished_at
    attempt.points, attempt.points_possible = outcome.points, outcome.possible
    attempt.percent, attempt.passed = outcome.percent, outcome.is_passed
    attempt.save(update_fields=["state", "finished_at", "points", "points_possible", "percent", "passed"])
    if attempt.passed:
        queue.enqueue("courses.tasks.consider", attempt.enrolment_id)
