"""Answering: what a page holds is kept as it is saved, until the attempt is handed in or the time is up."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from courses.models import Attempt, LateAnswers
from courses.operations.assessing.closing import finish
from courses.operations.assessing.items import Item, items_of, keep_answers
from courses.operations.assessing.questions import said
from courses.rules import marking
from lms.kernel import clock
from lms.kernel.prepared import Prepared, Slot

log = logging.getLogger(__name__)

# More than this many options were never shown; a request that sends more is not from our page.
MOST_OPTIONS = 20


class AnswerRefused(Exception):
    """An answer was not taken. The message says why and what to do."""


class NoSuchAnswer(AnswerRefused):
    """The question or an option does not exist in this attempt."""


class Closed(AnswerRefused):
    """The attempt is submitted; its answers stand."""


class TooLate(AnswerRefused):
    """The answer arrived after the grace period; it is kept for a dispute but does not count."""


class Conflict(AnswerRefused):
    """Somebody (the same person in another tab) saved something newer. ``newest`` is what stands."""

    def __init__(self, message: str, newest: dict[int, "Saved"]):
        super().__init__(message)
        self.newest = newest


@dataclass(frozen=True, slots=True)
class Saved:
    answer: list[str]
    sequence: int


def save(attempt: Attempt, slot: int, answer: Iterable[str], sequence: int) -> Saved:
    """Keep the answer to one question. ``sequence`` is one more than the last one known to the sender.

    Raises AnswerRefused. Sending the same answer again is a no-op.
    """
    return save_many(attempt, {slot: Saved(list(answer), sequence)})[slot]


def save_many(attempt: Attempt, answers: Mapping[int, Saved]) -> dict[int, Saved]:
    """Keep the answers of a page: all of them or, when one is refused, none. Returns what stands in these slots.

    Raises Conflict with the newest state when anything newer was saved meanwhile, TooLate, Closed, NoSuchAnswer.
    """
    late = False
    with transaction.atomic():
        locked = _lock(attempt)
        now = clock.now()
        if not marking.accepts_answers(now, locked.deadline_at):
            late = True
            _keep_late(locked, answers, now)
            finish(locked, items_of(locked), locked.deadline_at)
        else:
            items = [item for item in items_of(locked) if item.slot in answers]
            keep_answers(locked, _take(items, answers), now)
    if late:
        raise TooLate(_("The time was up, so this answer no longer counts. What was saved before was submitted."))
    return {item.slot: Saved(item.answer, item.sequence) for item in items}


def submit(attempt: Attempt, *, answers: Mapping[int, Saved] | None = None, time_up: bool = False, by=None) -> Attempt:
    """Hand in an attempt, with the answers of the page if given, and mark it. Safe to repeat.

    ``time_up`` is what a browser claims when its countdown ends: believed only when the server agrees, otherwise the
    answers are saved and the attempt stays open. Raises Conflict and NoSuchAnswer, in which case nothing is handed in.
    """
    with transaction.atomic():
        locked = _locked(attempt)
        if locked.state != Attempt.State.IN_PROGRESS:
            return locked
        now = clock.now()
        items = items_of(locked)
        in_time = marking.accepts_answers(now, locked.deadline_at)
        if answers and in_time:
            keep_answers(locked, _take([item for item in items if item.slot in answers], answers), now)
        elif answers:
            _keep_late(locked, answers, now)
        if time_up and not marking.is_up(now, locked.deadline_at):
            return locked
        finish(locked, items, now if in_time else locked.deadline_at)
    log.info("Submitted attempt %s by user %s", locked.pk, getattr(by, "pk", None))
    return locked


# Asked inside a transaction only: the row stays locked until it ends.
_by_number = Prepared(
    lambda: (
        Attempt.objects.select_for_update(of=("self",))
        .select_related("assessment")
        .defer("assessment__pool")
        .filter(pk=Slot(Attempt, "id"))
    )
)


def _locked(attempt: Attempt) -> Attempt:
    return _by_number(id=attempt.pk)[0]


def _lock(attempt: Attempt) -> Attempt:
    locked = _locked(attempt)
    if locked.state != Attempt.State.IN_PROGRESS:
        raise Closed(_("This attempt is submitted; its answers stand as they are."))
    return locked


def _take(items: list[Item], answers: Mapping[int, Saved]) -> list[Item]:
    """Put ``answers`` into ``items``. Returns the changed ones. Raises Conflict when one of them is older."""
    by_slot = {item.slot: item for item in items}
    questions = said(item.version_id for item in items)
    changed, stale = [], []
    for slot, saved in answers.items():
        item = by_slot.get(slot)
        if item is None:
            raise NoSuchAnswer(
                _("Question %(number)s is not part of this attempt. Reload the page.") % {"number": slot}
            )
        # In the order they were shown, so that equal choices are equal values.
        chosen = [key for key in item.option_order if key in saved.answer]
        if len(saved.answer) > MOST_OPTIONS or set(chosen) != set(saved.answer):
            raise NoSuchAnswer(
                _("That option does not exist in question %(number)s. Reload the page.") % {"number": slot}
            )
        if len(chosen) > 1 and not questions[item.version_id].is_multiple:
            raise NoSuchAnswer(_("Question %(number)s takes one answer. Choose one.") % {"number": slot})
        if chosen == item.answer:
            continue
        if saved.sequence <= item.sequence:
            stale.append(item)
            continue
        item.answer, item.sequence = chosen, saved.sequence
        changed.append(item)
    if stale:
        raise Conflict(
            _("You have answered here in another window since. What stands now is shown; check it before you go on."),
            {item.slot: Saved(item.answer, item.sequence) for item in stale},
        )
    return changed


def _keep_late(attempt: Attempt, answers: Mapping[int, Saved], now: datetime):
    LateAnswers.objects.create(
        attempt=attempt,
        received_at=now,
        answers={str(slot): list(saved.answer)[:MOST_OPTIONS] for slot, saved in answers.items()},
    )
