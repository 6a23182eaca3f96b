"""Socket: what a person must have before starting. Rooms above plug in their checks (“holds a valid licence”).

A check is asked on the day of enrolling, and only then: losing a prerequisite later ends nobody's training (C8).
"""

from collections.abc import Callable
from datetime import date

# (person, edition, on) -> None when it is met, else one sentence that says what is missing and what to do.
Check = Callable[..., str | None]

_checks: dict[str, Check] = {}


def plug(name: str, check: Check) -> None:
    """Ask ``check(person, edition, on)`` for editions that need a licence. Plugging a name again replaces it."""
    _checks[name] = check


def missing(person, edition, on: date) -> list[str]:
    """What ``person`` lacks for ``edition`` on the day, as sentences; empty when all is there.

    Editions that do not need a licence ask for nothing.
    """
    if not edition.needs_licence:
        return []
    answers = (check(person, edition, on) for check in _checks.values())
    return [answer for answer in answers if answer]
