"""The door out of courses for rounds: which there are, what they deliver, and in which groups and places."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import OuterRef, Prefetch, Subquery
from django.utils.translation import gettext as _

from courses.models import Group, Round, Session
from lms.kernel.languages import localized

__all__ = ["GroupFacts", "NoSuchRound", "RoundFacts", "all_rounds", "get"]


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
    ends_on: date | None  # the day of its last session; empty: none is planned
    groups: tuple[GroupFacts, ...]

    @property
    def title(self) -> str:
        return localized(dict(self.titles))


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
    last = Session.objects.taking_place().filter(group__round=OuterRef("pk")).order_by("-on").values("on")[:1]
    return (
        Round.objects.select_related("edition")
        .prefetch_related(Prefetch("groups", groups))
        .annotate(ends_on=Subquery(last))
    )


def _facts(row: Round) -> RoundFacts:
    return RoundFacts(
        code=row.code,
        programme_code=row.edition.programme_code,
        titles=row.edition.titles,
        ends_on=row.ends_on,
        groups=tuple(GroupFacts(group.code, group.municipality.names) for group in row.groups.all()),
    )
