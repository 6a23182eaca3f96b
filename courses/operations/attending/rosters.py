"""The sheet of a session: frozen when it is opened, joined by late-comers and guests, ended by nobody's transfer."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from courses.models import AttendanceMark, Enrolment, RosterEntry, Session
from lms.kernel import clock
from lms.kernel.collation import collation_key
from lms.kernel.many_rows import insert
from lms.kernel.search_names import fold
from lms.people.models import Person


@dataclass(frozen=True, slots=True)
class RosterLine:
    """One person on the sheet, with what is said about them now."""

    enrolment_id: int
    person_id: int
    user_id: int | None
    reference: str
    given_name: str
    surname: str
    father_name: str  # only where two people on the sheet have the same name
    search_key: str
    flag: str  # "", joined (after opening), guest (of another group), moved (to another group), ended (withdrawn)
    group: str  # code of the group the person is in now
    mark_id: int | None
    value: str  # of AttendanceMark.Value; unmarked when nobody has said anything
    minutes_late: int
    minutes_early: int
    remark: str
    enrolled_at: datetime
    is_own: bool = False  # the line of whoever reads the sheet

    @property
    def father(self) -> str:
        """What the name is followed by: the father's name in brackets, or nothing."""
        return f" ({self.father_name})" if self.father_name else ""

    @property
    def name(self) -> str:
        """Surname first, as the sheet is sorted."""
        return f"{self.surname} {self.given_name}{self.father}".strip()

    @property
    def seen(self) -> int:
        """The mark the reader has before them; 0 when there is none."""
        return self.mark_id or 0

    @property
    def has_remark(self) -> bool:
        return bool(self.remark)

    @property
    def is_marked(self) -> bool:
        return self.value != AttendanceMark.Value.UNMARKED

    @property
    def value_label(self) -> str:
        return _labels(get_language())[self.value]

    @property
    def flag_label(self) -> str:
        """The flag in words; empty when there is none."""
        if self.flag == "joined":
            return _("joined later")
        if self.flag == "guest":
            return _("guest from %(group)s") % {"group": self.group} if self.group else _("guest")
        if self.flag == "moved":
            return _("moved to %(group)s since") % {"group": self.group} if self.group else _("left the group since")
        if self.flag == "ended":
            return _("withdrawn since")
        return ""


@lru_cache(maxsize=8)
def _labels(_language: str | None) -> dict[str, str]:
    """The marks in words, in the active language."""
    return {value: str(label) for value, label in AttendanceMark.Value.choices}


_PERSON = (
    "pk", "person_id", "person__user_id", "person__reference", "person__given_name", "person__surname",
    "person__father_name", "person__search_key", "group_id", "group__code", "enrolled_at", "ended_at",
)  # fmt: skip


def _by_name(row: dict):
    return (collation_key(row["person__surname"], row["person__given_name"], row["person__father_name"]), row["pk"])


@transaction.atomic
def open_roster(session, *, by) -> list[RosterEntry]:
    """Freeze who stands on the sheet of ``session``: the group's active members, by name. Safe to repeat."""
    # Two phones opening the same sheet: the second waits and finds it opened.
    locked = Session.objects.select_for_update().get(pk=session.pk)
    freeze(locked, by=by)
    session.roster_opened_at = locked.roster_opened_at
    session.roster_opened_by_id = locked.roster_opened_by_id
    return list(RosterEntry.objects.filter(session=session))


def freeze(session, *, by) -> set[int]:
    """Write the sheet of ``session``, whose row the caller holds locked, unless it is open already.

    Returns the registrations that stand on it.
    """
    present = set(RosterEntry.objects.filter(session=session).order_by().values_list("enrolment_id", flat=True))
    if session.roster_opened_at is not None:
        return present
    members = sorted(
        (collation_key(*names), pk)
        for pk, *names in Enrolment.objects.active()
        .filter(group=session.group_id)
        .order_by()
        .values_list("pk", "person__surname", "person__given_name", "person__father_name")
    )
    insert(
        RosterEntry,
        ("session_id", "enrolment_id", "position", "added_late"),
        [(session.pk, pk, position, False) for position, (_names, pk) in enumerate(members, 1) if pk not in present],
    )
    session.roster_opened_at = clock.now()
    session.roster_opened_by = by
    Session.objects.filter(pk=session.pk).update(
        roster_opened_at=session.roster_opened_at, roster_opened_by=session.roster_opened_by
    )
    return present.union(pk for _names, pk in members)


@transaction.atomic
def add_to_roster(session, enrolment, *, by) -> RosterEntry:
    """Put a late-comer or a guest (a make-up from another group) on the sheet of ``session``. Safe to repeat."""
    open_roster(session, by=by)
    last = RosterEntry.objects.filter(session=session).aggregate(last=Max("position"))["last"] or 0
    entry, _created = RosterEntry.objects.get_or_create(
        session=session, enrolment=enrolment, defaults={"position": last + 1, "added_late": True}
    )
    return entry


def roster_of(session) -> list[RosterLine]:
    """Everybody on the sheet of ``session`` in the order of the names, with their current mark. Writes nothing.

    Before the sheet is opened these are the group's members of this moment. Afterwards: who stood on it then, who
    joined the group before the session ended, and whoever has a mark. Three queries.
    """
    entries = dict(RosterEntry.objects.filter(session=session).order_by().values_list("enrolment_id", "added_late"))
    marks = {
        row["enrolment_id"]: row
        for row in AttendanceMark.objects.current()
        .filter(session=session)
        .order_by()
        .values("pk", "enrolment_id", "value", "minutes_late", "minutes_early", "remark")
    }
    on_sheet = Q(pk__in=entries.keys() | marks.keys())
    rows = (
        Enrolment.objects.filter(on_sheet | Q(group=session.group_id, ended_at__isnull=True))
        .annotate(moved_in_at=Max("events__at", filter=Q(events__group=session.group_id)))
        .order_by()
        .values(*_PERSON, "moved_in_at")
    )
    if session.roster_opened_at is not None:
        rows = [
            row
            for row in rows
            if row["pk"] in entries
            or row["pk"] in marks
            or (row["moved_in_at"] or row["enrolled_at"]) <= session.ends_at
        ]
    rows = sorted(rows, key=_by_name)
    names = Counter((row["person__given_name"], row["person__surname"]) for row in rows)
    return [_line(session, row, entries, marks.get(row["pk"]), names) for row in rows]


def _line(session, row, entries, mark, names) -> RosterLine:
    mark = mark or {"pk": None, "value": "unmarked", "minutes_late": 0, "minutes_early": 0, "remark": ""}
    added_late = entries.get(row["pk"])
    flag = ""
    if row["ended_at"] is not None:
        flag = "ended"
    elif row["group_id"] != session.group_id:
        flag = "moved" if added_late is False else "guest"
    elif added_late or (session.roster_opened_at is not None and added_late is None):
        flag = "joined"
    return RosterLine(
        enrolment_id=row["pk"],
        person_id=row["person_id"],
        user_id=row["person__user_id"],
        reference=row["person__reference"],
        given_name=row["person__given_name"],
        surname=row["person__surname"],
        father_name=(
            row["person__father_name"] if names[row["person__given_name"], row["person__surname"]] > 1 else ""
        ),
        search_key=row["person__search_key"],
        flag=flag,
        group=row["group__code"] or "",
        mark_id=mark["pk"],
        value=mark["value"],
        minutes_late=mark["minutes_late"],
        minutes_early=mark["minutes_early"],
        remark=mark["remark"],
        enrolled_at=row["enrolled_at"],
    )


def guests_matching(session, words: str, *, persons=(), limit: int = 10):
    """Registrations of other groups of the same edition whose person matches ``words`` (name in any spelling) or is
    one of ``persons`` (ids found by licence number), not yet on the sheet.
    """
    if len(fold(words)) < 2 and not persons:
        return Enrolment.objects.none()
    others = (
        Enrolment.objects.active()
        .filter(edition=session.day.edition_id)
        .exclude(group=session.group_id)
        .exclude(roster_entries__session=session)
        .select_related("person", "group", "group__municipality")
    )
    found = Q(person__in=list(persons))
    if fold(words):
        found |= Q(person__in=Person.objects.matching(words).order_by().values("pk"))
    return others.filter(found).order_by("person__surname", "person__given_name", "pk")[:limit]
