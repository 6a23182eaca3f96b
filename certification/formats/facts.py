"""What a certificate states, as one frozen value: built once, made canonical, hashed and signed, then only read."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import rfc8785

from certification.rules.look import LAYOUT
from certification.rules.validity import valid_until
from courses.completions import CompletionFacts
from lms.kernel import clock

SCHEMA = "deshmi/certificate/1"


@dataclass(frozen=True)
class Holder:
    reference: str
    given_name: str
    surname: str
    father_name: str
    language: str
    forms: tuple[Mapping[str, str], ...] = ()  # the name in other scripts and languages, as documents have it

    @property
    def printed(self) -> str:
        return f"{self.given_name} {self.surname}".strip()


@dataclass(frozen=True)
class LicenceFacts:
    """The licence as it stood on the day of completion."""

    number: str
    kind: str
    level: str
    category: str
    body: Mapping[str, str]
    standing: str


@dataclass(frozen=True)
class Terms:
    """What every certificate of a batch states alike, fixed when the batch is approved."""

    issued_on: date
    issuer: Mapping[str, Any]  # {code, names}
    signatories: tuple[Mapping[str, Any], ...]  # {name, posts}
    is_demo: bool
    programme_code: str = ""
    template: Mapping[str, Any] = field(default_factory=dict)  # {name, number, sha256} of its version

    def to_json(self) -> dict[str, Any]:
        return {
            "issued_on": self.issued_on.isoformat(),
            "issuer": dict(self.issuer),
            "signatories": [dict(each) for each in self.signatories],
            "is_demo": self.is_demo,
            "programme_code": self.programme_code,
            "template": dict(self.template),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Terms":
        return cls(
            issued_on=date.fromisoformat(kept["issued_on"]),
            issuer=kept["issuer"],
            signatories=tuple(kept["signatories"]),
            is_demo=kept["is_demo"],
            programme_code=kept.get("programme_code", ""),
            template=kept.get("template", {}),
        )


@dataclass(frozen=True)
class Sealed:
    """Facts with the bytes that count and their hash."""

    facts: dict[str, Any]
    canonical: bytes
    sha256: str


def build(
    *,
    certificate_id: str,
    number: str,
    serial: str,
    holder: Holder,
    licence: LicenceFacts | None,
    completion: CompletionFacts,
    terms: Terms,
    is_demo: bool,
    zone: str,
) -> dict[str, Any]:
    """The facts of a certificate as they go into its canonical bytes: texts, whole numbers, lists and mappings only."""
    until = valid_until(terms.issued_on, completion.valid_months)
    return {
        "schema": SCHEMA,
        "template": LAYOUT,
        "template_version": dict(terms.template),
        "id": certificate_id,
        "number": number,
        "serial": serial,
        "language": holder.language,
        "zone": zone,
        "demo": terms.is_demo or is_demo,
        "holder": {
            "person": holder.reference,
            "given_name": holder.given_name,
            "surname": holder.surname,
            "father_name": holder.father_name,
            "printed": holder.printed,
            "forms": [dict(form) for form in holder.forms],
        },
        "licence": None
        if licence is None
        else {
            "number": licence.number,
            "kind": licence.kind,
            "level": licence.level,
            "category": licence.category,
            "body": dict(licence.body),
            "standing_at_completion": licence.standing,
        },
        "programme": {
            "code": completion.programme_code,
            "edition": completion.edition_number,
            "titles": dict(completion.titles),
            "hours": str(completion.hours),
            "outcomes": [dict(outcome) for outcome in completion.outcomes],
        },
        "days": [
            {
                "code": day.code,
                "titles": dict(day.titles),
                "on": day.on.isoformat() if day.on and not day.is_waived else "",
                "place": dict(day.place_names),
                "venue": day.venue,
                "hours": str(day.hours),
            }
            for day in completion.days
        ],
        "modules": [
            {
                "code": module.code,
                "titles": dict(module.titles),
                "on": "" if module.is_waived else clock.local_day(module.done_at, zone).isoformat(),
                "hours": str(module.hours),
            }
            for module in completion.modules
        ],
        "assessments": [
            {
                "code": assessment.code,
                "titles": dict(assessment.titles),
                "on": "" if assessment.is_waived else clock.local_day(assessment.passed_at, zone).isoformat(),
                "pass_mark": str(assessment.pass_mark),
            }
            for assessment in completion.assessments
        ],
        "accreditation": _plain(completion.accreditation),
        "completion": {
            "registration": str(completion.registration),
            "at": completion.completed_at.isoformat(),
            "on": completion.completed_on.isoformat(),
            "round": completion.round_code,
            "group": completion.group_code,
            "rule": _plain(completion.rule),
            "evidence": [_plain(entry) for entry in completion.evidence],
        },
        "issuer": dict(terms.issuer),
        "signatories": [dict(each) for each in terms.signatories],
        "issued_on": terms.issued_on.isoformat(),
        "first_issued_on": terms.issued_on.isoformat(),
        "valid_from": terms.issued_on.isoformat(),
        "valid_until": until.isoformat() if until else "",
        "valid_months": completion.valid_months,
    }


def seal(facts: Mapping[str, Any]) -> Sealed:
    """``facts`` with their canonical bytes (RFC 8785) and the SHA-256 of those."""
    canonical = rfc8785.dumps(dict(facts))
    return Sealed(dict(facts), canonical, hashlib.sha256(canonical).hexdigest())


def _plain(value: Any) -> Any:
    """``value`` with mappings as dicts, other sequences as lists, and fractions as text (they have no canonical form
    that everybody reproduces).
    """
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, float) else value
