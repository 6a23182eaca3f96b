"""Assessing: starting, answering, submitting and closing attempts. The server draws, keeps the time and marks."""

from courses.operations.assessing.answering import (
    MOST_OPTIONS,
    AnswerRefused,
    Closed,
    Conflict,
    NoSuchAnswer,
    Saved,
    TooLate,
    save,
    save_many,
    submit,
)
from courses.operations.assessing.closing import close, close_overdue
from courses.operations.assessing.items import Item, items_of
from courses.operations.assessing.previewing import mark_preview, preview
from courses.operations.assessing.questions import Said, said
from courses.operations.assessing.standings import AssessmentStanding, standing
from courses.operations.assessing.starting import (
    AlreadyPassed,
    Conditions,
    NoAttemptsLeft,
    NotOpen,
    PoolTooSmall,
    StartRefused,
    conditions,
    start,
)

__all__ = [
    "MOST_OPTIONS",
    "AlreadyPassed",
    "AnswerRefused",
    "AssessmentStanding",
    "Closed",
    "Conditions",
    "Conflict",
    "Item",
    "NoAttemptsLeft",
    "NoSuchAnswer",
    "NotOpen",
    "PoolTooSmall",
    "Said",
    "Saved",
    "StartRefused",
    "TooLate",
    "close",
    "close_overdue",
    "conditions",
    "items_of",
    "mark_preview",
    "preview",
    "said",
    "save",
    "save_many",
    "standing",
    "start",
    "submit",
]
