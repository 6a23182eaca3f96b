"""Where a person stands in the assessments of the running registrations, for the own page."""

from dataclasses import dataclass
from decimal import Decimal

from courses.models import Attempt, EditionAssessment, Enrolment
from courses.rules import marking


@dataclass(frozen=True, slots=True)
class AssessmentStanding:
    """One assessment of a running registration, for the person's own page."""

    enrolment: Enrolment
    assessment: EditionAssessment
    state: str  # open, due, passed, exhausted
    open_attempt: Attempt | None
    best_percent: Decimal | None  # as shown
    attempts_left: int


def standing(person) -> list[AssessmentStanding]:
    """Where ``person`` stands in every assessment of the running registrations; open attempts first, then what is due.

    Three queries, whatever there is.
    """
    enrolments = {
        row.edition_id: row for row in Enrolment.objects.active().filter(person=person).select_related("edition")
    }
    attempts: dict[tuple[int, int], list[Attempt]] = {}
    for attempt in Attempt.objects.filter(enrolment__in=[row.pk for row in enrolments.values()]).exclude(
        state=Attempt.State.VOIDED
    ):
        attempts.setdefault((attempt.enrolment_id, attempt.assessment_id), []).append(attempt)
    found = []
    for assessment in EditionAssessment.objects.filter(edition__in=enrolments).order_by("edition", "position"):
        enrolment = enrolments[assessment.edition_id]
        made = attempts.get((enrolment.pk, assessment.pk), [])
        open_attempt = next((each for each in made if each.state == Attempt.State.IN_PROGRESS), None)
        best = max((each.percent for each in made if each.percent is not None), default=None)
        left = max(0, assessment.attempts_allowed - len(made))
        if open_attempt:
            state = "open"
        elif any(each.passed for each in made):
            state = "passed"
        else:
            state = "due" if left else "exhausted"
        found.append(
            AssessmentStanding(
                enrolment, assessment, state, open_attempt, None if best is None else marking.shown(best), left
            )
        )
    order = ["open", "due", "exhausted", "passed"]
    return sorted(found, key=lambda each: order.index(each.state))
