"""What the questions of an attempt say. A version never changes, so it is read once and remembered."""

from collections.abc import Iterable
from dataclasses import dataclass

from courses.models import QuestionVersion
from lms.pages.remembering import remembered_rows

Texts = dict[str, str]  # by language


@dataclass(frozen=True, slots=True)
class Said:
    """One version of a question."""

    question_id: int
    is_multiple: bool
    vignettes: Texts
    stems: Texts
    rationales: Texts
    options: dict[str, Texts]  # by key, in the order the author wrote them
    correct: frozenset[str]  # keys


def said(version_ids: Iterable[int]) -> dict[int, Said]:
    """What these versions say, by number. At most one query; a version that does not exist is left out."""
    return remembered_rows("questions", version_ids, _read)


def _read(version_ids: list[int]) -> dict[int, Said]:
    return {
        pk: Said(
            question_id=question_id,
            is_multiple=kind == QuestionVersion.Kind.MULTIPLE,
            vignettes=vignettes,
            stems=stems,
            rationales=rationales,
            options={option["key"]: option["texts"] for option in options},
            correct=frozenset(option["key"] for option in options if option["correct"]),
        )
        for pk, question_id, kind, vignettes, stems, rationales, options in QuestionVersion.objects.filter(
            pk__in=version_ids
        )
        .order_by()
        .values_list("pk", "question_id", "kind", "vignettes", "stems", "rationales", "options")
    }
