"""Accreditation as it truly stands on a day: submitted is not accredited, and an accreditation ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any


class Accreditation(StrEnum):
    NONE = "none"
    SUBMITTED = "submitted"
    COMING = "coming"  # granted, but from a later day
    ACCREDITED = "accredited"
    EXPIRED = "expired"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


def standing(status: str, first_day: date | None, last_day: date | None, on: date) -> Accreditation:
    """How the accreditation stands ``on`` the day, both end days included. ``status`` is what the body decided.

    Accredited from 1 March 2024 until 28 February 2027: accredited on 28 February 2027, expired on 1 March 2027.
    Submitted, whatever its dates: submitted.
    """
    if status != "accredited":
        return Accreditation(status)
    if first_day and on < first_day:
        return Accreditation.COMING
    if last_day and on > last_day:
        return Accreditation.EXPIRED
    return Accreditation.ACCREDITED


@dataclass(frozen=True, slots=True)
class Claim:
    """One accreditation as an edition states it."""

    status: str
    body: str = ""
    number: str = ""
    first_day: date | None = None
    last_day: date | None = None

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> "Claim":
        """From ``{status, body, number, from, to}`` with ISO days; an empty mapping claims nothing."""
        first, last = (date.fromisoformat(said[end]) if said.get(end) else None for end in ("from", "to"))
        return cls(said.get("status") or "none", said.get("body") or "", said.get("number") or "", first, last)

    def to_json(self) -> dict[str, str | None]:
        return {
            "status": self.status,
            "body": self.body,
            "number": self.number,
            "from": self.first_day.isoformat() if self.first_day else None,
            "to": self.last_day.isoformat() if self.last_day else None,
        }

    def standing(self, on: date) -> Accreditation:
        return standing(self.status, self.first_day, self.last_day, on)

    def holds(self, on: date) -> bool:
        return self.standing(on) is Accreditation.ACCREDITED
