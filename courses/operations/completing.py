"""Completing: what was earned is written down once, with the moment it was earned.

May run twice, at once, late or not at all for a while: the moment comes from the evidence, a unique constraint makes
repeats harmless, and ``catch_up`` finds whatever was lost. Nothing here ever changes or removes a completion.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Q

from courses.completions import course_completed, evidence_changed, recorded_evidence
from courses.evidence import Evidence, gather
from courses.explanations import explain, explain_all
from courses.models import Completion, Enrolment
from courses.rules.completion import Met, Missing
from lms.kernel import clock

__all__ = ["Contradiction", "catch_up", "consider", "consider_many", "contradicted", "explain", "explain_all"]

log = logging.getLogger(__name__)

# A registration that ended may still have been completed before; a task lost on that day is looked for this long.
ENDED_SINCE = timedelta(days=90)
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A recorded completion that the evidence no longer bears out: what is missing now, which entries were lost."""

    completion: Completion
    missing: tuple[Missing, ...]
    lost: tuple[Met, ...]


def consider(enrolment_id: int) -> Completion | None:
    """Record the completion of one enrolment if its rule is met. Returns the completion, new or old, or None."""
    consider_many([enrolment_id])
    return Completion.objects.filter(enrolment=enrolment_id).first()


@transaction.atomic
def consider_many(enrolment_ids: Iterable[int]) -> list[Completion]:
    """Record a completion for each of the enrolments whose rule is met and that has none. Returns the new ones.

    The number of queries does not depend on how many there are. Safe to repeat and to run at once.
    """
    ids = list(enrolment_ids)
    # Two workers considering the same people wait for each other here; the second then sees the first one's rows.
    # Marks and attempts of these people may be written meanwhile: they only need the key of the row.
    locked = list(Enrolment.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))
    recorded = set(Completion.objects.filter(enrolment__in=ids).values_list("enrolment_id", flat=True))
    evidence = gather(enrolment for enrolment in locked if enrolment.pk not in recorded)
    now = clock.now()
    new = Completion.objects.bulk_create(
        completion
        for enrolment_id, record in evidence.records().items()
        if (completion := _completion_of(enrolment_id, record, evidence, now)) is not None
    )
    for completion in new:
        registration = evidence.of(completion.enrolment_id).enrolment.registration
        transaction.on_commit(partial(course_completed.send_robust, sender=Completion, registration=registration))
    known = [enrolment.registration for enrolment in locked if enrolment.pk in recorded]
    if known:
        transaction.on_commit(partial(evidence_changed.send_robust, sender=Completion, registrations=known))
    if new:
        log.info("Recorded %d completions: enrolments %s", len(new), [row.enrolment_id for row in new][:20])
    return new


def _completion_of(enrolment_id: int, record: list, evidence: Evidence, now: datetime) -> Completion | None:
    known = evidence.of(enrolment_id)
    last, completed_at = known.verdict.last_met, known.verdict.completed_at
    if last is None or completed_at is None:
        return None
    ended_at = known.enrolment.ended_at
    if ended_at and completed_at > ended_at:
        return None  # what happened after the end belongs to no registration
    return Completion(
        enrolment_id=enrolment_id,
        completed_at=completed_at,
        completed_on=clock.local_day(completed_at, evidence.zone_of(last)),
        evidence=record,
        rule=evidence.editions[known.enrolment.edition_id].edition.rule,
        recorded_at=now,
    )


def catch_up() -> int:
    """Find completions that no task recorded (lost between two systems, or a task that failed). Returns how many."""
    waiting = Enrolment.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gte=clock.now() - ENDED_SINCE), completion__isnull=True
    )
    found = 0
    for ids in _chunks(waiting.order_by("pk").values_list("pk", flat=True)):
        found += len(consider_many(ids))
    return found


def contradicted() -> Iterator[Contradiction]:
    """Completions whose evidence no longer holds (an amended mark, a voided attempt). Nothing is changed."""
    for ids in _chunks(Completion.objects.order_by("pk").values_list("pk", flat=True)):
        completions = list(
            Completion.objects.filter(pk__in=ids)
            .select_related("enrolment__person", "enrolment__edition")
            .order_by("pk")
        )
        evidence = gather(completion.enrolment for completion in completions)
        for completion in completions:
            missing = evidence.missing(completion.enrolment_id)
            lost = evidence.lost(completion.enrolment_id, recorded_evidence(completion))
            if missing or lost:
                yield Contradiction(completion, missing, lost)


def _chunks(keys) -> Iterator[list[int]]:
    chunk: list[int] = []
    for key in list(keys):
        chunk.append(key)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
