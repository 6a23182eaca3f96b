"""The attendance report of a round: who has which training day, in a dozen statements however many there are."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import slugify

from courses.models import Enrolment, Group, Session
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
    groups = list(Group.objects.select_related("round__edition").order_by("-round__created_at", "round__code", "code"))
    rounds = {group.round.code: group.round for group in groups}
    if "round" not in request.GET and rounds:
        address = reverse("courses:attendance-report")
        return redirect(f"{address}?{urlencode({'round': _latest_held(rounds)})}")
    round_ = rounds.get(request.GET.get("round", ""))
    if round_ is None:
        if rounds:
            raise Http404
        return render(request, "courses/teaching/report.html", {"rounds": []})
    groups = [group for group in groups if group.round_id == round_.pk]
    chosen = next((group for group in groups if str(group.pk) == request.GET.get("group")), None)
    only_open = request.GET.get("open") == "1"
    rows, coverages = _rows([chosen] if chosen else groups, only_open=only_open)
    export = request.GET.get("export")
    if export in ("csv", "xlsx"):
        return _export(round_, rows, export)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    return render(
        request,
        "courses/teaching/report.html",
        {
            "rounds": list(rounds.values()),
            "round": round_,
            "groups": groups,
            "group": chosen,
            "only_open": only_open,
            "page_of_rows": page,
            "rows": _with_squares(page.object_list),
            "days": round_.edition.rule.get("days", []),
            "legend": legend_of(coverages),
            "total": len(coverages),
            "complete": sum(1 for coverage in coverages if coverage.is_complete),
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


def _rows(groups, *, only_open: bool) -> tuple[list[Row], list[Coverage]]:
    """The rows that the filters ask for, by group and name, and the coverage of everybody they are taken from."""
    enrolments = Enrolment.objects.active().filter(group__in=[group.pk for group in groups])
    coverages = attending.coverage_of(enrolments)
    wanted = coverages.keys()
    if only_open:
        has_gap = {id(each): any(day.state in OPEN_STATES for day in each.days) for each in coverages.values()}
        wanted = {pk for pk, each in coverages.items() if has_gap[id(each)]}
    codes = {group.pk: group.code for group in groups}
    fields = ("pk", "group_id", "person__reference", "person__surname", "person__given_name")
    rows = [
        Row(pk, group, codes[group], reference, surname, given, coverages[pk])
        for pk, group, reference, surname, given in enrolments.order_by().values_list(*fields)
        if pk in wanted
    ]
    rows.sort(key=lambda row: (row.group, collation_key(row.surname, row.given_name), row.enrolment_id))
    return rows, list(coverages.values())


def _with_squares(rows) -> list[tuple[Row, list[Square]]]:
    """Each row with its squares; people with the same pattern share one coverage, and so their squares."""
    squares: dict[int, list[Square]] = {}
    for row in rows:
        if id(row.coverage) not in squares:
            squares[id(row.coverage)] = [square_of(day) for day in row.coverage.days]
    return [(row, squares[id(row.coverage)]) for row in rows]


def _export(round_, rows: list[Row], kind: str):
    words = {state: str(word) for state, word in DAY_WORDS.items()}
    days = round_.edition.rule.get("days", [])
    header = ["group", "person", "surname", "given_name", *days, "days_covered", "days_required"]
    lines = (
        [
            row.group,
            row.reference,
            row.surname,
            row.given_name,
            *(words[day.state] for day in row.coverage.days),
            row.covered,
            len(row.coverage),
        ]
        for row in rows
    )
    if kind == "csv":
        response = StreamingHttpResponse(write_csv(header, lines), content_type="text/csv; charset=utf-8")
    else:
        response = HttpResponse(write_xlsx(header, lines, title=slugify(round_.code)), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="attendance-{slugify(round_.code)}.{kind}"'
    return response
