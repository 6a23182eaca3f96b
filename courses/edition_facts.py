"""An edition with everything it was published with, by code: what evidence is judged and described against."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from courses.models import Edition, EditionAssessment, EditionDay, EditionLesson, EditionModule
from courses.rules.completion import Kind


@dataclass(frozen=True, slots=True)
class EditionFacts:
    edition: Edition
    days: dict[str, EditionDay]
    modules: dict[str, EditionModule]
    lessons: dict[str, frozenset]  # module code → lesson keys
    assessments: dict[str, EditionAssessment]

    def titles_of(self, kind: Kind, code: str) -> dict[str, str]:
        rows: dict[Kind, Mapping[str, Any]] = {
            Kind.DAY: self.days,
            Kind.MODULE: self.modules,
            Kind.ASSESSMENT: self.assessments,
        }
        row = rows[kind].get(code)
        return row.titles if row else {}


def editions_of(ids: Iterable[int]) -> dict[int, EditionFacts]:
    """Several editions by id, in a constant number of queries."""
    ids = set(ids)
    found = {pk: EditionFacts(edition, {}, {}, {}, {}) for pk, edition in Edition.objects.in_bulk(ids).items()}
    for day in EditionDay.objects.filter(edition__in=ids):
        found[day.edition_id].days[day.code] = day
    for module in EditionModule.objects.filter(edition__in=ids):
        found[module.edition_id].modules[module.code] = module
        found[module.edition_id].lessons[module.code] = frozenset()
    for edition_id, code, key in EditionLesson.objects.filter(module__edition__in=ids).values_list(
        "module__edition_id", "module__code", "page_key"
    ):
        found[edition_id].lessons[code] |= {key}
    for assessment in EditionAssessment.objects.filter(edition__in=ids):
        found[assessment.edition_id].assessments[assessment.code] = assessment
    return found
