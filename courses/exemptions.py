"""A waiver as people read of it: what it is about, in every language, and where it stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from courses.edition_facts import EditionFacts
from courses.models import Waiver
from courses.rules.completion import Kind, Verdict
from lms.kernel import clock


@dataclass(frozen=True, slots=True)
class Exemption:
    """What ``explain_exemption`` needs to say a sentence."""

    id: int
    kind: str
    code: str
    status: str  # proposed, granted, refused, withdrawn, or ended: its last day passed before all was met
    reason: str
    decision_number: str
    granted_on: date | None
    until: date | None
    titles: Mapping[str, str]
    number: int | str = ""  # of a training day
    is_module: bool = False  # an accreditation: of a module, else of the programme


def exemption_of(waiver: Waiver, facts: EditionFacts, verdict: Verdict) -> Exemption:
    """``waiver`` beside the edition of its enrolment and what is judged of that today."""
    day = facts.days.get(waiver.code) if waiver.kind == Kind.DAY else None
    is_module = waiver.kind == Kind.ACCREDITATION and waiver.code in facts.modules
    if waiver.kind == Kind.ACCREDITATION and not is_module:
        titles: Mapping[str, str] = facts.edition.titles
    else:
        titles = facts.titles_of(Kind.MODULE if is_module else Kind(waiver.kind), waiver.code)
    return Exemption(
        id=waiver.pk,
        kind=waiver.kind,
        code=waiver.code,
        status=_status(waiver, verdict),
        reason=waiver.reason,
        decision_number=waiver.decision_number,
        granted_on=clock.local_day(waiver.granted_at) if waiver.granted_at else None,
        until=waiver.expires_on,
        titles=titles,
        number=day.position if day else "",
        is_module=is_module,
    )


def _status(waiver: Waiver, verdict: Verdict) -> str:
    if waiver.ended_at:
        return "withdrawn" if waiver.granted_at else "refused"
    if not waiver.granted_at:
        return "proposed"
    is_over = any((gap.kind, gap.code) == (waiver.kind, waiver.code) for gap in verdict.missing)
    return "ended" if is_over else "granted"
