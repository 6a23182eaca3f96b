"""Previewing: a draw as a learner would meet it, marked like an attempt and never saved."""

import random
from collections.abc import Iterable
from decimal import Decimal

from courses.models import Assessment, AttemptItem, QuestionVersion
from courses.operations.assessing.closing import give_marks
from courses.rules import marking

_chance = random.SystemRandom()


def preview(assessment: Assessment) -> list[AttemptItem]:
    """A draw as an attempt would begin now, as rows that are never saved: looking does not count as usage."""
    pool = list(
        QuestionVersion.objects.filter(
            question__module_code=assessment.module_code, question__retired_at__isnull=True
        ).order_by("question", "-number")
    )
    newest = list({version.question_id: version for version in reversed(pool)}.values())
    drawn = _chance.sample(newest, min(assessment.questions_per_attempt, len(newest)))
    return [
        AttemptItem(
            slot=slot,
            version=version,
            option_order=_chance.sample([option["key"] for option in version.options], len(version.options)),
            answer=[],
        )
        for slot, version in enumerate(drawn, 1)
    ]


def mark_preview(items: Iterable[AttemptItem], pass_mark: Decimal) -> marking.Result:
    """Mark a preview as an attempt would be marked; nothing is saved."""
    return marking.result(give_marks(items), pass_mark)
