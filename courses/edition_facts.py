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


def said_of(programme_code: str, number: int) -> dict[str, Any] | None:
    """What an edition states of itself, as plain values for other rooms; None when there is no such edition."""
    found = Edition.objects.filter(programme_code=programme_code, number=number).first()
    if found is None:
        return None
    facts = editions_of([found.pk])[found.pk]
    return {
        "programme": {
            "code": found.programme_code,
            "edition": found.number,
            "titles": found.titles,
            "hours": str(found.hours),
        },
        "summaries": found.summaries,
        "outcomes": found.outcomes,
        "days": [{"titles": each.titles, "hours": str(each.hours)} for each in facts.days.values()],
        "modules": [{"titles": each.titles, "hours": str(each.hours)} for each in facts.modules.values()],
        "assessments": [
            {"titles": each.titles, "pass_mark": str(each.pass_mark)} for each in facts.assessments.values()
        ],
        "accreditation": found.accreditation,
        "valid_months": found.valid_months,
        "published_at": found.published_at,
        "demo": found.is_demo,
    }
