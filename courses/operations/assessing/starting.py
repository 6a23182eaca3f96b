"""Starting: under which conditions an attempt begins, and which questions are drawn for it."""

import logging
import random
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.models import Attempt, AttemptItem, EditionAssessment, Enrolment, QuestionVersion
from courses.operations.assessing.closing import close
from courses.operations.assessing.items import Item, lay_down
from courses.operations.assessing.questions import said
from courses.rules import marking
from lms.kernel import clock
from lms.kernel.prepared import Prepared, Slot
from lms.people.models import Person

log = logging.getLogger(__name__)

_chance = random.SystemRandom()


class StartRefused(Exception):
    """No attempt can be started. The message says why and what to do."""


class NotOpen(StartRefused):
    """The registration has ended, or the window is closed."""


class AlreadyPassed(StartRefused):
    """There is nothing left to prove."""


class NoAttemptsLeft(StartRefused):
    """All attempts are used."""


class PoolTooSmall(StartRefused):
    """The edition holds fewer questions than an attempt needs."""


_attempts = Prepared(
    lambda: Attempt.objects.filter(
        enrolment=Slot(Enrolment, "id", "enrolment"), assessment=Slot(EditionAssessment, "id", "assessment")
    ).order_by("number")
)
_locked_enrolment = Prepared(
    lambda: (
        Enrolment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("group__round")
        .filter(pk=Slot(Enrolment, "id"))
    )
)
_retired = Prepared(
    lambda: QuestionVersion.objects.filter(question__retired_at__isnull=False).order_by().values_list("pk")
)
# What was met before counts by question, so that a new wording of a known question is not taken for a new one.
_met = Prepared(
    lambda: (
        AttemptItem.objects.filter(
            ~Q(attempt__state=Attempt.State.VOIDED), attempt__enrolment__person=Slot(Person, "id")
        )
        .order_by()
        .values_list("version__question__versions")
        .annotate(times=Count("pk"))
    )
)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a person is told before starting."""

    attempts_used: int
    attempts_left: int
    open_attempt: Attempt | None
    best: Attempt | None  # the graded attempt with the highest result
    is_passed: bool
    closes_at: datetime | None
    shortened_minutes: int | None  # left until the window closes, when that is less than the time limit
    refusal: StartRefused | None  # why no attempt can be started now
    attempts: tuple[Attempt, ...]


def conditions(enrolment: Enrolment, assessment: EditionAssessment) -> Conditions:
    """What holds for ``enrolment`` and ``assessment`` now. Reads only."""
    attempts = _attempts(enrolment=enrolment.pk, assessment=assessment.pk)
    counted = [attempt for attempt in attempts if attempt.state != Attempt.State.VOIDED]
    graded = [attempt for attempt in counted if attempt.state == Attempt.State.GRADED]
    now = clock.now()
    closes_at = _closes_at(enrolment)
    shortened = None
    if closes_at and assessment.minutes and marking.deadline(now, assessment.minutes, closes_at) == closes_at:
        shortened = max(0, int((closes_at - now).total_seconds() // 60))
    open_attempt = next((attempt for attempt in attempts if attempt.state == Attempt.State.IN_PROGRESS), None)
    return Conditions(
        attempts_used=len(counted),
        attempts_left=max(0, assessment.attempts_allowed - len(counted)),
        open_attempt=open_attempt,
        best=max(graded, key=lambda attempt: attempt.percent or marking.NOTHING, default=None),
        is_passed=any(attempt.passed for attempt in graded),
        closes_at=closes_at,
        shortened_minutes=shortened,
        refusal=None if open_attempt else _refusal(enrolment, assessment, counted, now),
        attempts=tuple(attempts),
    )


@transaction.atomic
def start(enrolment: Enrolment, assessment: EditionAssessment, *, by) -> Attempt:
    """Begin an attempt, or return the one that is open. Raises StartRefused.

    Questions, their versions, the order of options and the deadline are fixed here and never move.
    """
    # The lock makes twenty starts at once wait for each other: the first begins, the others find it.
    enrolment = _locked_enrolment(id=enrolment.pk)[0]
    now = clock.now()
    attempts = _attempts(enrolment=enrolment.pk, assessment=assessment.pk)
    for attempt in attempts:
        if attempt.state == Attempt.State.IN_PROGRESS:
            if marking.accepts_answers(now, attempt.deadline_at):
                return attempt
            close(attempt.pk)
            attempt.refresh_from_db()
    counted = [attempt for attempt in attempts if attempt.state != Attempt.State.VOIDED]
    refusal = _refusal(enrolment, assessment, counted, now)
    if refusal:
        raise refusal
    drawn = _draw(enrolment, assessment)
    attempt = Attempt.objects.create(
        enrolment=enrolment,
        assessment=assessment,
        number=max((attempt.number for attempt in attempts), default=0) + 1,
        started_at=now,
        deadline_at=marking.deadline(now, assessment.minutes, _closes_at(enrolment)),
        points_possible=Decimal(len(drawn)),
    )
    lay_down(attempt, drawn)
    log.info("Started attempt %s of enrolment %s by user %s", attempt.pk, enrolment.pk, getattr(by, "pk", None))
    return attempt


def _closes_at(enrolment: Enrolment) -> datetime | None:
    return enrolment.group.round.assessments_close_at if enrolment.group else None


def _refusal(enrolment, assessment, counted, now) -> StartRefused | None:
    """Why no further attempt can be started, or None."""
    if enrolment.edition_id != assessment.edition_id:
        return NotOpen(_("This assessment belongs to another edition of the programme. Open it from your own page."))
    if enrolment.ended_at:
        return NotOpen(_("Your enrolment has ended. Enrol again to take the assessment."))
    closes_at = _closes_at(enrolment)
    if closes_at and now >= closes_at:
        return NotOpen(_("The assessment is closed. Ask the organiser whether there is another date."))
    if any(attempt.passed for attempt in counted):
        return AlreadyPassed(_("You have passed this assessment. Nothing more is needed."))
    if len(counted) >= assessment.attempts_allowed:
        return NoAttemptsLeft(
            ngettext(
                "The %(count)s attempt is used. Ask the organiser what you can do next.",
                "All %(count)s attempts are used. Ask the organiser what you can do next.",
                assessment.attempts_allowed,
            )
            % {"count": assessment.attempts_allowed}
        )
    return None


def _draw(enrolment: Enrolment, assessment: EditionAssessment) -> list[Item]:
    """The questions of an attempt, in the order they are shown, each with its options. Raises PoolTooSmall."""
    pool = list(dict.fromkeys(assessment.pool))
    needed = assessment.questions_per_attempt
    if not 0 < needed <= len(pool):
        raise PoolTooSmall(
            _("This assessment needs %(needed)s questions but holds %(count)s. Tell the organiser.")
            % {"needed": needed, "count": len(pool)}
        )
    order = marking.draw_order(
        pool,
        dict(_met(id=enrolment.person_id)),
        retired=[pk for (pk,) in _retired()],
        chance={pk: _chance.random() for pk in pool},
    )
    drawn = order[:needed]
    _chance.shuffle(drawn)
    questions = said(drawn)
    options = {pk: list(questions[pk].options) for pk in drawn}
    return [
        Item(slot, pk, option_order=_chance.sample(options[pk], len(options[pk]))) for slot, pk in enumerate(drawn, 1)
    ]
