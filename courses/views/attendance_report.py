"""The attendance report of a round: who has which training day, in a dozen statements however many there are."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import slugify

from courses.models import Enrolment, Group, Round, Session
from courses.operations import attending
from courses.rules.coverage import Coverage, DayState
from courses.views.teaching import DAY_WORDS, Square, legend_of, square_of
from lms.kernel import clock
from lms.kernel.collation import collation_key
from lms.kernel.spreadsheets import write_csv, write_xlsx
from lms.people import roles

PER_PAGE = 100
READERS = (
    roles.ORGANISER,
    roles.COUNCIL_OFFICER,
    roles.COMMISSION_MEMBER,
    roles.INSPECTOR,
    roles.ADMINISTRATOR,
)
OPEN_STATES = frozenset(DayState) - {DayState.COVERED, DayState.AHEAD}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class _Listed(NamedTuple):
    """A group to choose from."""

    pk: int
    code: str
    round_id: int
    round_code: str


@dataclass(frozen=True, slots=True)
class Row:
    """One person of the round."""

    enrolment_id: int
    group_id: int
    group: str
    reference: str
    surname: str
    given_name: str
    coverage: Coverage

    @property
    def covered(self) -> int:
        return len(self.coverage.covered)


@login_required
def report(request):
    """GET round, group, open=1 (only what is open), page; export=csv or xlsx gives all rows as a file."""
    if not roles.has_role(request.user, *READERS):
        raise Http404
    listed = [
        _Listed(*row)
        for row in Group.objects.order_by("-round__created_at", "round__code", "code").values_list(
            "pk", "code", "round_id", "round__code"
        )
    ]
    rounds = {group.round_code: group.round_id for group in listed}
    if "round" not in request.GET and rounds:
        address = reverse("courses:attendance-report")
        return redirect(f"{address}?{urlencode({'round': _latest_held(rounds)})}")
    asked = rounds.get(request.GET.get("round", ""))
    if asked is None:
        if rounds:
            raise Http404
        return render(request, "courses/teaching/report.html", {"rounds": []})
    round_ = Round.objects.select_related("edition").get(pk=asked)
    groups = [group for group in listed if group.round_id == asked]
    chosen = next((group for group in groups if str(group.pk) == request.GET.get("group")), None)
    only_open = request.GET.get("open") == "1"
    everybody = attending.registrations_covered(
        Enrolment.objects.active().filter(group__in=[group.pk for group in ([chosen] if chosen else groups)])
    )
    shown = _by_group(everybody, groups, only_open=only_open)
    export = request.GET.get("export")
    if export in ("csv", "xlsx"):
        return _export(round_, _rows(shown), export)
    # Names are read for the groups of this page only.
    page = Paginator(range(sum(len(coverages) for coverages in shown.values())), PER_PAGE).get_page(
        request.GET.get("page")
    )
    coverages = [coverage for _registration, coverage in everybody]
    query = request.GET.copy()
    query.pop("page", None)
    return render(
        request,
        "courses/teaching/report.html",
        {
            "rounds": list(rounds),
            "round": round_,
            "groups": groups,
            "group": chosen,
            "only_open": only_open,
            "page_of_rows": page,
            "rows": _with_squares(_rows(shown, page.object_list)),
            "days": round_.edition.rule.get("days", []),
            "legend": legend_of(coverages),
            "total": len(coverages),
            "complete": _how_many(coverages, lambda coverage: coverage.is_complete),
            "query": query.urlencode(),
            "may_import": attending.works_in_every_group(request.user),
        },
    )


def _latest_held(rounds) -> str:
    """The code of the round in which a session began most lately; without any, of the youngest round."""
    held = (
        Session.objects.taking_place()
        .filter(starts_at__lte=clock.now())
        .order_by("-starts_at", "pk")
        .values_list("group__round__code", flat=True)
        .first()
    )
    return held or next(iter(rounds))


def _how_many(coverages: list[Coverage], fits: Callable[[Coverage], bool]) -> int:
    """How many of ``coverages``, many of which are one and the same, fit."""
    sharing = Counter(map(id, coverages))
    return sum(sharing[key] for key, each in {id(each): each for each in coverages}.items() if fits(each))


def _by_group(everybody, groups: list[_Listed], *, only_open: bool) -> dict[_Listed, dict[int, Coverage]]:
    """Who is asked for: group, in the order of the codes → enrolment → coverage."""
    found: dict[int, dict[int, Coverage]] = {}
    has_gap: dict[int, bool] = {}  # by identity: people of the same pattern share one coverage
    for registration, coverage in everybody:
        if only_open:
            if id(coverage) not in has_gap:
                has_gap[id(coverage)] = any(day.state in OPEN_STATES for day in coverage.days)
            if not has_gap[id(coverage)]:
                continue
        found.setdefault(registration.group_id, {})[registration.pk] = coverage
    in_order = sorted(groups, key=lambda group: group.code)
    return {group: found[group.pk] for group in in_order if group.pk in found}


def _rows(shown: dict[_Listed, dict[int, Coverage]], wanted: range | None = None) -> list[Row]:
    """The rows by group and name; of them those in the places ``wanted``, else all."""
    before = skipped = 0
    groups = {}
    for group, coverages in shown.items():
        if wanted is None or (before < wanted.stop and before + len(coverages) > wanted.start):
            groups[group.pk] = group
        elif before < wanted.start:
            skipped += len(coverages)
        before += len(coverages)
    fields = ("pk", "group_id", "person__reference", "person__surname", "person__given_name")
    rows = [
        Row(pk, group, groups[group].code, reference, surname, given, shown[groups[group]][pk])
        for pk, group, reference, surname, given in Enrolment.objects.active()
        .filter(group__in=list(groups))
        .order_by()
        .values_list(*fields)
        if pk in shown[groups[group]]
    ]
    rows.sort(key=lambda row: (row.group, collation_key(row.surname, row.given_name), row.enrolment_id))
    return rows if wanted is None else rows[wanted.start - skipped : wanted.stop - skipped]


def _with_squares(rows) -> list[tuple[Row, tuple[Square, ...]]]:
    """Each row with its squares; people with the same pattern share one coverage, and so their squares."""
    squares: dict[int, tuple[Square, ...]] = {}
    for row in rows:
        if id(row.coverage) not in squares:
            squares[id(row.coverage)] = tuple(square_of(day) for day in row.coverage.days)
    return [(row, squares[id(row.coverage)]) for row in rows]


def _export(round_, rows: list[Row], kind: str):
    words = {state: str(word) for state, word in DAY_WORDS.items()}
    said = {id(row.coverage): row.coverage for row in rows}
    ends = {
        key: (*(words[day.state] for day in coverage.days), len(coverage.covered), len(coverage))
        for key, coverage in said.items()
    }
    days = round_.edition.rule.get("days", [])
    header = ["group", "person", "surname", "given_name", *days, "days_covered", "days_required"]
    lines = ((row.group, row.reference, row.surname, row.given_name, *ends[id(row.coverage)]) for row in rows)
    if kind == "csv":
        response = StreamingHttpResponse(write_csv(header, lines), content_type="text/csv; charset=utf-8")
    else:
        response = HttpResponse(write_xlsx(header, lines, title=slugify(round_.code)), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="attendance-{slugify(round_.code)}.{kind}"'
    return response
