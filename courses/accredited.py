"""What was published as accredited: the claims of all editions, and the evidence that was gathered under each."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from courses.edition_facts import EditionFacts
from courses.models import Edition, EditionModule
from courses.rules.accreditation import Claim
from courses.rules.completion import Ground, Kind, Met, Verdict


def claims(editions: Iterable[EditionFacts]) -> dict[str, list[Claim]]:
    """By code, every accreditation that any edition states of what these editions were published with as accredited.

    A renewal stands in a later edition. Two queries, and none where nothing is accredited.
    """
    codes = {code for facts in editions for code in facts.edition.rule.get("accreditation", ())}
    found: dict[str, list[Claim]] = defaultdict(list)
    if not codes:
        return found
    programmes = Edition.objects.filter(programme_code__in=codes).order_by("pk")
    modules = EditionModule.objects.filter(code__in=codes).order_by("pk")
    for rows in (
        programmes.values_list("programme_code", "accreditation"),
        modules.values_list("code", "accreditation"),
    ):
        for code, said in rows:
            if (claim := Claim.of(said)) not in found[code]:
                found[code].append(claim)
    return found


def grounds(
    facts: EditionFacts,
    claims: Mapping[str, Sequence[Claim]],
    verdict: Verdict,
    days_of: Callable[[Met], Iterable[date]],
) -> list[Ground]:
    """Every accreditation the rule of an edition asks for, with the days of what is met. What was waived has none."""
    found = []
    for code in facts.edition.rule.get("accreditation", ()):
        own = Claim.of(facts.modules[code].accreditation if code in facts.modules else facts.edition.accreditation)
        under = [met for met in verdict.evidence if not met.is_waived and _is_under(code, met, facts)]
        found.append(
            Ground(
                code,
                claims=(own, *(claim for claim in claims[code] if claim != own)),
                days=tuple((on, met) for met in under for on in days_of(met)),
            )
        )
    return found


def _is_under(code: str, met: Met, facts: EditionFacts) -> bool:
    """Does the accreditation of ``code``, a module or the whole programme, cover what was met?"""
    if code not in facts.modules:
        return True
    if met.kind == Kind.ASSESSMENT:
        return facts.assessments[met.code].module_code == code
    return met.kind == Kind.MODULE and met.code == code
