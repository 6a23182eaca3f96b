"""The door out of courses for rounds: which there are, what they deliver, and in which groups and places."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.db.models import OuterRef, Prefetch, Subquery
from django.utils.translation import gettext as _

from courses.models import Group, Round, Session
from lms.kernel.languages import localized

__all__ = ["GroupFacts", "NoSuchRound", "RoundFacts", "Stage", "all_rounds", "get"]


class Stage(StrEnum):
    ENDED = "ended"
    RUNNING = "running"
    AHEAD = "ahead"
    UNPLANNED = "unplanned"  # no session takes place (yet)


class NoSuchRound(LookupError):
    """There is no round, or no group in it, with that code."""


@dataclass(frozen=True, slots=True)
class GroupFacts:
    code: str
    place_names: Mapping[str, str]

    @property
    def place(self) -> str:
        return localized(dict(self.place_names))


@dataclass(frozen=True, slots=True)
class RoundFacts:
    code: str
    programme_code: str
    titles: Mapping[str, str]
    begins_on: date | None  # the day of its first session; empty: none is planned
    ends_on: date | None  # the day of its last session
    groups: tuple[GroupFacts, ...]

    @property
    def title(self) -> str:
        return localized(dict(self.titles))

    def stage(self, day: date) -> Stage:
        """Where the round stands on ``day``; it runs from its first session's day to its last one's, both included."""
        if self.begins_on is None or self.ends_on is None:
            return Stage.UNPLANNED
        if day < self.begins_on:
            return Stage.AHEAD
        return Stage.RUNNING if day <= self.ends_on else Stage.ENDED


def all_rounds() -> list[RoundFacts]:
    """Every round, the newest first, in a constant number of queries."""
    return [_facts(row) for row in _rows()]


def get(round_code: str, group_code: str = "") -> RoundFacts:
    """One round. Raises NoSuchRound when it, or the group asked for, does not exist."""
    row = _rows().filter(code=round_code).first()
    if row is None:
        raise NoSuchRound(
            _("There is no round %(round)s. Look up its code in the list of rounds.") % {"round": round_code}
        )
    facts = _facts(row)
    if group_code and group_code not in {group.code for group in facts.groups}:
        raise NoSuchRound(
            _("Round %(round)s has no group %(group)s; it has: %(groups)s.")
            % {"round": round_code, "group": group_code, "groups": ", ".join(group.code for group in facts.groups)}
        )
    return facts


def _rows():
    groups = Group.objects.select_related("municipality").order_by("code")
    held = Session.objects.taking_place().filter(group__round=OuterRef("pk")).values("on")
    return (
        Round.objects.select_related("edition")
        .prefetch_related(Prefetch("groups", groups))
        .annotate(begins_on=Subquery(held.order_by("on")[:1]), ends_on=Subquery(held.order_by("-on")[:1]))
    )


def _facts(row: Round) -> RoundFacts:
    return RoundFacts(
        code=row.code,
        programme_code=row.edition.programme_code,
        titles=row.edition.titles,
        begins_on=row.begins_on,
        ends_on=row.ends_on,
        groups=tuple(GroupFacts(group.code, group.municipality.names) for group in row.groups.all()),
    )
