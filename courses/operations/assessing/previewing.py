"""Previewing: a draw as a learner would meet it, marked like an attempt and never saved."""

import random
from collections.abc import Collection
from decimal import Decimal

from courses.models import Assessment, QuestionVersion
from courses.operations.assessing.closing import give_marks
from courses.operations.assessing.items import Item
from courses.operations.assessing.questions import said
from courses.rules import marking

_chance = random.SystemRandom()


def preview(assessment: Assessment) -> list[Item]:
    """A draw as an attempt would begin now, never saved: looking does not count as usage."""
    newest = dict(
        QuestionVersion.objects.filter(question__module_code=assessment.module_code, question__retired_at__isnull=True)
        .order_by("question", "number")
        .values_list("question_id", "pk")
    )
    drawn = _chance.sample(list(newest.values()), min(assessment.questions_per_attempt, len(newest)))
    questions = said(drawn)
    return [
        Item(slot, version_id, _chance.sample(list(questions[version_id].options), len(questions[version_id].options)))
        for slot, version_id in enumerate(drawn, 1)
    ]


def mark_preview(items: Collection[Item], pass_mark: Decimal) -> marking.Result:
    """Mark a preview as an attempt would be marked; nothing is saved."""
    return marking.result(give_marks(items), pass_mark)
