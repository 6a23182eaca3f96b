"""Coverage of many enrolments at once, in a constant number of queries and without model instances."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import Aggregate, Exists, OuterRef, Q, QuerySet, TextField

from courses.models import AttendanceMark, Edition, Enrolment, RosterEntry, Session
from courses.rules.coverage import Coverage, HalfMark, cover
from courses.rules.punctuality import Presence, policy_of, weigh
from lms.kernel import clock

_NOTHING_ELSEWHERE: frozenset[tuple[int, Presence]] = frozenset()


class _Held(NamedTuple):
    """A session that takes or took place."""

    pk: int
    group_id: int
    day_id: int
    day_code: str
    edition_id: int
    half: str
    starts_at: datetime
    ends_at: datetime
    place: str
    roster_opened_at: datetime | None


class Registration(NamedTuple):
    """What coverage needs to know of an enrolment."""

    pk: int
    person_id: int
    edition_id: int
    group_id: int | None
    ended_at: datetime | None


def coverage_of(enrolments: QuerySet | Iterable, *, at: datetime | None = None) -> dict[int, Coverage]:
    """How the required days of each enrolment are covered now (or as seen at ``at``), by enrolment id.

    ``enrolments`` is a queryset, enrolments or ids.
    """
    return {registration.pk: coverage for registration, coverage in registrations_covered(enrolments, at=at)}


def registrations_covered(
    enrolments: QuerySet | Iterable, *, at: datetime | None = None
) -> list[tuple[Registration, Coverage]]:
    """The same, each with its registration, in no order. People of the same pattern share one coverage.

    A mark counts wherever its session is, for the day with the same
    code of the same edition, or for the day another edition's one is recorded as equivalent to. Cancelled sessions
    never count. A session that is over without a word about somebody who stood on its sheet makes the day pending.
    """
    at = at or clock.now()
    wanted = _wanted(enrolments)
    registrations = [
        Registration(*row)
        for row in Enrolment.objects.filter(pk__in=wanted)
        .order_by()
        .values_list("pk", "person_id", "edition_id", "group_id", "ended_at")
    ]
    if not registrations:
        return []
    editions = {registration.edition_id for registration in registrations}
    required: dict[int, tuple[str, ...]] = {}
    equivalent: dict[tuple[int, int], str] = {}  # (day elsewhere, edition) → the code of the day it counts as
    for pk, rule, code, elsewhere_id in (
        Edition.objects.filter(pk__in=editions)
        .order_by()
        .values_list("pk", "rule", "days__code", "days__equivalents__day_id")
    ):
        required[pk] = tuple((rule or {}).get("days", ()))
        if elsewhere_id is not None:
            equivalent[elsewhere_id, pk] = code
    siblings = _siblings(wanted, registrations)
    marks = _current_marks(wanted, siblings)
    expected = _expected_without_mark(wanted)
    sessions = _sessions({registration.group_id for registration in registrations}, marks, expected)
    own = defaultdict(list)
    for held in sessions.values():
        own[held.group_id].append(held)
    halves: dict[tuple[int, str, Presence], HalfMark] = {}

    def half_mark(pk: int, code: str, presence: Presence) -> HalfMark:
        key = (pk, code, presence)
        if key not in halves:
            held = sessions[pk]
            halves[key] = HalfMark(
                code, held.half, presence, pk, held.starts_at, held.ends_at, held.place, is_ahead=held.ends_at > at
            )
        return halves[key]

    def code_for(pk: int, edition_id: int) -> str:
        held = sessions[pk]
        return held.day_code if held.edition_id == edition_id else equivalent.get((held.day_id, edition_id), "")

    # People of one group mostly share one pattern, and equal patterns have equal coverage.
    seen: dict[tuple, Coverage] = {}
    coverages = []
    nothing: dict[int, Presence] = {}
    distinct = {id(said): said for said in (nothing, *marks.values())}
    frozen = {key: frozenset(said.items()) for key, said in distinct.items()}
    for registration in registrations:
        said = marks.get(registration.pk, nothing)
        elsewhere = _NOTHING_ELSEWHERE
        if registration.person_id in siblings:
            elsewhere = frozenset(
                (pk, presence)
                for sibling in siblings[registration.person_id]
                if sibling != registration.pk
                for pk, presence in marks.get(sibling, {}).items()
                if pk not in said and presence in (Presence.COUNTABLE, Presence.PARTIAL)
            )
        pattern = (
            registration.edition_id,
            registration.group_id,
            registration.ended_at,
            frozen[id(said)],
            elsewhere,
            expected.get(registration.pk),
        )
        coverage = seen.get(pattern)
        if coverage is None:
            known = [
                half_mark(pk, code_for(pk, registration.edition_id), presence)
                for pk, presence in said.items()
                if pk in sessions and presence is not Presence.UNMARKED
            ]
            # Marks of the same person in another registration cover nothing here, but nobody is in two places at once.
            known += [half_mark(pk, "", presence) for pk, presence in elsewhere if pk in sessions]
            known += [
                half_mark(held.pk, code_for(held.pk, registration.edition_id), Presence.UNMARKED)
                for held in _unmarked(registration, said, own, sessions, expected, at)
            ]
            coverage = seen[pattern] = cover(required.get(registration.edition_id, ()), known)
        coverages.append((registration, coverage))
    return coverages


def sessions_with_marks(coverage: Coverage, enrolment_id: int) -> dict[int, int]:
    """The current marks that the evidence of ``coverage`` rests on: session id → mark id."""
    wanted = [mark.session_id for day in coverage.days for mark in day.evidence]
    return dict(
        AttendanceMark.objects.current()
        .filter(enrolment=enrolment_id, session__in=wanted)
        .values_list("session_id", "pk")
    )


def _wanted(enrolments):
    """Something for ``pk__in``: a subquery where it can be one."""
    if isinstance(enrolments, QuerySet) and not enrolments.query.is_sliced:
        return enrolments.order_by().values("pk")
    return [getattr(each, "pk", each) for each in enrolments]


def _siblings(wanted, registrations) -> dict[int, set[int]]:
    """The people with several registrations: person → all of them, those that were not asked for included."""
    registered: dict[int, set[int]] = defaultdict(set)
    for registration in registrations:
        registered[registration.person_id].add(registration.pk)
    others = (
        Enrolment.objects.filter(person__in=Enrolment.objects.filter(pk__in=wanted).order_by().values("person"))
        .exclude(pk__in=wanted)
        .order_by()
        .values_list("pk", "person_id")
    )
    for pk, person_id in others:
        registered[person_id].add(pk)
    return {person_id: pks for person_id, pks in registered.items() if len(pks) > 1}


class _Said(Aggregate):
    """All that is said about one registration as one text: ``session:value:late:early:policy`` joined by semicolons.

    Sixty thousand marks come as five thousand texts, and most people of a group share theirs. The marks stand in the
    order the database takes them, mostly the same for a whole group: to sort them costs more than to read a few twice.
    """

    function = "STRING_AGG"
    template = "%(function)s(CONCAT_WS(':', %(expressions)s), ';')"
    output_field = TextField()

    def as_sqlite(self, compiler, connection, **context):
        return self.as_sql(
            compiler, connection, template="GROUP_CONCAT(%(expressions)s, ';')", arg_joiner=" || ':' || ", **context
        )


def _current_marks(wanted, siblings) -> dict[int, dict[int, Presence]]:
    """What is said now: enrolment → session → presence, for those asked for and their siblings.

    Registrations about which the same is said share one dictionary.
    """
    whose = Q(enrolment__in=wanted)
    if siblings:
        whose |= Q(enrolment__in={pk for pks in siblings.values() for pk in pks})
    rows = (
        AttendanceMark.objects.current()
        .filter(whose)
        .order_by()
        .values("enrolment_id")
        .annotate(said=_Said("session_id", "value", "minutes_late", "minutes_early", "policy_version"))
        .values_list("enrolment_id", "said")
    )
    read: dict[str, dict[int, Presence]] = {}
    weighed: dict[str, Presence] = {}
    marks = {}
    for enrolment_id, said in rows:
        if said not in read:
            read[said] = presences = {}
            for mark in said.split(";"):
                session, _colon, words = mark.partition(":")
                if words not in weighed:
                    weighed[words] = _weighed(words)
                presences[int(session)] = weighed[words]
        marks[enrolment_id] = read[said]
    return marks


def _weighed(words: str) -> Presence:
    value, late, early, version = words.split(":", 3)
    return weigh(value, int(late), int(early), policy_of(version))


def _sessions(groups, marks, expected) -> dict[int, _Held]:
    """The sessions of ``groups`` and those that carry a mark or a name, cancelled ones left out."""
    fields = (
        "pk", "group_id", "day_id", "day__code", "day__edition_id", "half", "starts_at", "ends_at", "venue__name",
        "roster_opened_at",
    )  # fmt: skip
    distinct = {id(said): said for said in (*marks.values(), *expected.values())}
    named = {pk for said in distinct.values() for pk in said}
    held = Session.objects.taking_place().filter(Q(group__in=groups - {None}) | Q(pk__in=named)).order_by()
    return {row[0]: _Held(*row) for row in held.values_list(*fields)}


def _expected_without_mark(wanted) -> dict[int, frozenset[int]]:
    """Who stood on an opened sheet and has no mark there: enrolment → sessions."""
    said = AttendanceMark.objects.filter(enrolment=OuterRef("enrolment"), session=OuterRef("session"))
    rows = (
        RosterEntry.objects.filter(enrolment__in=wanted, session__cancelled_at__isnull=True)
        .filter(~Exists(said.exclude(value=AttendanceMark.Value.UNMARKED).current()))
        .order_by()
        .values_list("enrolment_id", "session_id")
    )
    expected: dict[int, set[int]] = defaultdict(set)
    for enrolment_id, session_id in rows:
        expected[enrolment_id].add(session_id)
    return {enrolment_id: frozenset(pks) for enrolment_id, pks in expected.items()}


def _unmarked(registration, said, own, sessions, expected, at):
    """Sessions the person is or was expected in and about which nobody has said anything."""
    on_sheet = expected.get(registration.pk, frozenset())
    for held in own.get(registration.group_id, ()):
        if said.get(held.pk, Presence.UNMARKED) is not Presence.UNMARKED:
            continue
        if registration.ended_at and registration.ended_at <= held.starts_at:
            continue
        # An opened sheet is frozen: who joined the group afterwards was not expected there.
        if held.roster_opened_at and held.ends_at <= at and held.pk not in on_sheet:
            continue
        yield held
    for pk in on_sheet:
        held = sessions.get(pk)
        if held and held.group_id != registration.group_id:
            yield held  # a make-up, or a session of the group the person was in then
