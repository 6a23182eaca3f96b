"""Accreditation as it truly stands on a day: submitted is not accredited, and an accreditation ends."""

from datetime import date
from enum import StrEnum


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
