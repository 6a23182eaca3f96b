"""How much a half-day counts when somebody came late or left early. Pure: values in, a presence out."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Presence(StrEnum):
    """What one half-day is worth to the person."""

    COUNTABLE = "countable"
    PARTIAL = "partial"  # was there, but not long enough for the half-day to count
    ABSENT = "absent"  # absent, excused, or away for too long
    UNMARKED = "unmarked"  # nobody has said anything yet; that is not absence


@dataclass(frozen=True)
class Policy:
    """The bounds of tolerance. Minutes late and minutes left early add up before they are compared."""

    version: str
    late_free_minutes: int  # up to and including: the half-day counts in full
    partial_until_minutes: int  # up to and including: partial; more: absent


CURRENT = Policy(version="2026-1", late_free_minutes=15, partial_until_minutes=45)
# Every policy that a mark may have been made under. A mark keeps the version it was made under.
POLICIES = {policy.version: policy for policy in (CURRENT,)}


def policy_of(version: str) -> Policy:
    """The policy with ``version``; the current one when the version is not known here."""
    return POLICIES.get(version, CURRENT)


def whole_minutes(duration: timedelta) -> int:
    """``duration`` in minutes, begun minutes counted in full and never below zero.

    15:00 past the start is 15 minutes, 15:01 is 16: the tolerance ends exactly where it says.
    """
    return max(0, -(-duration // timedelta(minutes=1)))


def weigh(value: str, minutes_late: int, minutes_early: int, policy: Policy = CURRENT) -> Presence:
    """What a mark is worth under ``policy``. Excused is an explanation, not attendance: it does not count.

    Late by 15 minutes: countable. Late by 10 and gone 6 minutes early makes 16: partial. 46 minutes: absent.
    Source: behaviours A4 (thresholds are data of the policy, not law).
    """
    if value == "unmarked":
        return Presence.UNMARKED
    if value in ("absent", "excused"):
        return Presence.ABSENT
    if value not in ("present", "late", "left_early"):
        raise ValueError(f"{value!r} is no mark. Use present, late, left_early, absent, excused or unmarked.")
    away = minutes_late + minutes_early
    if away <= policy.late_free_minutes:
        return Presence.COUNTABLE
    if away <= policy.partial_until_minutes:
        return Presence.PARTIAL
    return Presence.ABSENT
