"""Teaching: my groups, the coverage board of one, one person's days, one session."""

from collections import Counter
from dataclasses import dataclass, replace

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses import completions
from courses.formats import ics
from courses.models import AttendanceMark, Enrolment, GroupTrainer, Session
from courses.operations import attending, scheduling
from courses.rules.completion import Who
from courses.rules.coverage import DayState, HalfState
from courses.views.attendance import counts_of, session_of
from lms.kernel import clock
from lms.kernel.collation import collation_key
from lms.people.models import Person

# How a day is shown: its word, and the sign inside the square, so that colour is never the only difference.
DAY_WORDS = {
    DayState.COVERED: gettext_lazy("covered"),
    DayState.AHEAD: gettext_lazy("still ahead"),
    DayState.PENDING: gettext_lazy("not marked yet"),
    DayState.PARTIAL: gettext_lazy("there for a part only"),
    DayState.MISSING: gettext_lazy("missed"),
    DayState.CONFLICT: gettext_lazy("marked in two places"),
    DayState.UNPLANNED: gettext_lazy("on no sheet"),
}
HALF_WORDS = {
    HalfState.COUNTABLE: gettext_lazy("attended"),
    HalfState.CONFLICT: gettext_lazy("marked in two places"),
    HalfState.UNMARKED: gettext_lazy("not marked"),
    HalfState.AHEAD: gettext_lazy("still ahead"),
    HalfState.PARTIAL: gettext_lazy("there for a part only"),
    HalfState.ABSENT: gettext_lazy("not there"),
    HalfState.NOTHING: gettext_lazy("on no sheet"),
}


@dataclass(frozen=True, slots=True)
class Square:
    """One day of one person on the board."""

    code: str
    state: str
    words: str  # "D4: missed (morning, afternoon)"


def square_of(day) -> Square:
    halves = {"AM": _("morning"), "PM": _("afternoon")}
    words = str(DAY_WORDS[day.state])
    if day.gaps and day.state not in (DayState.AHEAD, DayState.UNPLANNED):
        words = _("%(state)s (%(halves)s)") % {"state": words, "halves": ", ".join(halves[gap] for gap in day.gaps)}
    return Square(day.code, day.state.value, _("%(day)s: %(state)s") % {"day": day.code, "state": words})


def legend_of(coverages) -> list[dict]:
    """Every state that occurs, with how many days are in it: the key to the board."""
    # People with the same pattern share one coverage, so that thousands are counted in a moment.
    sharing = Counter(map(id, coverages))
    counts: Counter = Counter()
    for coverage in {id(each): each for each in coverages}.values():
        for day in coverage.days:
            counts[day.state] += sharing[id(coverage)]
    return [
        {"state": state.value, "words": words, "count": counts[state]}
        for state, words in DAY_WORDS.items()
        if counts[state]
    ]


@login_required
def groups(request):
    """The groups the reader teaches (the office: those that are running), with what needs a hand next."""
    now = clock.now()
    office = attending.works_in_every_group(request.user)
    listed = (
        attending.groups_of(request.user)
        .select_related("round__edition", "municipality")
        .annotate(members=Count("enrolments", filter=Q(enrolments__ended_at__isnull=True)))
        .order_by("round__code", "code")
    )
    if not office and not listed:
        raise Http404
    sessions: dict[int, list[Session]] = {}
    along = ("group__round", "day", "venue")
    for session in (
        Session.objects.taking_place()
        .filter(group__in=[group.pk for group in listed])
        .select_related(*along)
        .annotate(has_marks=Count("marks"))
        .order_by("starts_at", "pk")
    ):
        sessions.setdefault(session.group_id, []).append(session)
    rows = []
    for group in listed:
        held = sessions.get(group.pk, [])
        rows.append(
            {
                "group": group,
                "next": next((each for each in held if each.ends_at > now), None),
                "last": held[-1] if held else None,
                "to_mark": [each for each in held if each.starts_at <= now and not each.has_marks],
                "total": len(held),
                "done": sum(1 for each in held if each.ends_at <= now),
            }
        )
    # What needs a mark comes first, then what is next; what is over comes last.
    rows.sort(key=lambda row: (not row["to_mark"], row["next"] is None, row["next"].starts_at if row["next"] else now))
    mine = GroupTrainer.objects.filter(group__in=[group.pk for group in listed]).values("person")
    return render(
        request,
        "courses/teaching/groups.html",
        {
            "rows": rows,
            "is_office": office,
            "clashes": _by_trainer(scheduling.clashes_of(mine)) if rows else [],
            "today": clock.local_day(),
        },
    )


def _by_trainer(clashes) -> list[dict]:
    """The same trainer in the same two groups is said once, with the days."""
    found: dict[tuple, dict] = {}
    for clash in clashes:
        key = (clash.person_id, clash.first.group_id, clash.second.group_id)
        said = found.setdefault(
            key, {"trainer": clash.trainer, "first": clash.first.group, "second": clash.second.group, "days": []}
        )
        day = date_format(clash.first.on, "d.m.Y")
        if day not in said["days"]:
            said["days"].append(day)
    return list(found.values())


def group_of(request, pk):
    """The group ``pk`` if the reader teaches it or works in the office; 404 otherwise."""
    return get_object_or_404(attending.groups_of(request.user).select_related("round__edition", "municipality"), pk=pk)


@login_required
def group(request, pk):
    """The coverage board: people down, days across."""
    group = group_of(request, pk)
    enrolments = sorted(
        Enrolment.objects.active().filter(group=group).select_related("person"),
        key=lambda row: (collation_key(row.person.surname, row.person.given_name), row.pk),
    )
    coverages = attending.coverage_of(enrolments)
    only_gaps = request.GET.get("only") == "gaps"
    rows = [
        {
            "enrolment": enrolment,
            "squares": [square_of(day) for day in coverages[enrolment.pk].days],
            "covered": len(coverages[enrolment.pk].covered),
            "coverage": coverages[enrolment.pk],
        }
        for enrolment in enrolments
        if not only_gaps or _has_gap(coverages[enrolment.pk])
    ]
    sessions = (
        group.sessions.select_related("group__round", "day", "venue", "replaces")
        .annotate(
            marked=Count("marks__enrolment", filter=~Q(marks__value=AttendanceMark.Value.UNMARKED), distinct=True)
        )
        .order_by("starts_at", "pk")
    )
    required = group.round.edition.rule.get("days", [])
    titles = {day.code: day.title for day in group.round.edition.days.all()}
    return render(
        request,
        "courses/teaching/group.html",
        {
            "group": group,
            "rows": rows,
            "days": [{"code": code, "title": titles.get(code, code)} for code in required],
            "sessions": sessions,
            "legend": legend_of(list(coverages.values())),
            "complete": sum(1 for coverage in coverages.values() if coverage.is_complete),
            "gaps": sum(1 for coverage in coverages.values() if _has_gap(coverage)),
            "total": len(enrolments),
            "required": len(required),
            "only_gaps": only_gaps,
            "now": clock.now(),
        },
    )


def _has_gap(coverage) -> bool:
    """Is something missing that is not simply still ahead?"""
    return any(day.state not in (DayState.COVERED, DayState.AHEAD) for day in coverage.days)


@login_required
def person(request, pk, enrolment):
    """One person's days: what covers each, what is missing, where it can be made up, and every mark ever made."""
    group = group_of(request, pk)
    enrolment = get_object_or_404(
        Enrolment.objects.filter(group=group)
        .select_related("person", "edition", "group__round")
        .prefetch_related("edition__days"),
        pk=enrolment,
    )
    (standing,) = attending.standings_of([enrolment])
    (towards,) = completions.standings_of([enrolment.registration]) or [None]
    marks = list(
        AttendanceMark.objects.filter(enrolment=enrolment)
        .select_related("session__group__round", "session__day", "session__venue", "recorded_by", "supersedes")
        .order_by("session__starts_at", "pk")
    )
    superseded = {mark.supersedes_id for mark in marks}
    days = [
        {
            "day": day,
            "square": square_of(coverage),
            "halves": [
                {"half": half, "words": HALF_WORDS[state], "state": state.value}
                for half, state in ((_("morning"), coverage.am), (_("afternoon"), coverage.pm))
            ],
            "clashing": coverage.state is DayState.CONFLICT,
        }
        for day, coverage in zip(standing.days, standing.coverage.days, strict=True)
    ]
    return render(
        request,
        "courses/teaching/person.html",
        {
            "group": group,
            "enrolment": enrolment,
            "standing": standing,
            "days": days,
            "missing": completions.explain_all(towards.missing, Who.TRAINER) if towards else [],
            "exemptions": [completions.explain_exemption(each, Who.TRAINER) for each in towards.exemptions]
            if towards
            else [],
            "marks": [{"mark": mark, "holds": mark.pk not in superseded} for mark in marks],
        },
    )


@login_required
def session(request, pk):
    """One session: when, where, who, and what was said about them."""
    session = session_of(request, pk)
    lines = attending.roster_of(session)
    siblings = (
        Session.objects.filter(group=session.group_id, day=session.day_id)
        .exclude(pk=session.pk)
        .select_related("group__round", "day")
    )
    return render(
        request,
        "courses/teaching/session.html",
        {
            "session": session,
            "lines": lines,
            "counts": counts_of(lines),
            "siblings": siblings,
            "replaced_by": Session.objects.filter(replaces=session).select_related("group__round", "day").first(),
            "trainers": Person.objects.filter(trains__group=session.group_id),
            "corrections": AttendanceMark.objects.filter(session=session, supersedes__isnull=False)
            .select_related("enrolment__person", "recorded_by", "supersedes")
            .order_by("-pk")[:50],
            "can_mark": session.cancelled_at is None and clock.local_day(zone=session.zone) >= session.on,
            "is_locked": attending.is_locked(session),
        },
    )


@login_required
def my_sessions_ics(request):
    """The reader's coming sessions as a calendar file, and those that they will not attend any more."""
    person = Person.objects.filter(user=request.user).first()
    if person is None:
        raise Http404
    changes = scheduling.changes_of_group(person)
    body = ics.calendar(
        [
            replace(session, sequence=session.sequence + changes.get(session.group_id, 0))
            for session in attending.upcoming(person)
        ],
        owner=person.reference,
        made_at=clock.now(),
        called_off=scheduling.called_off(person),
    )
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="deshmi.ics"'
    return response
