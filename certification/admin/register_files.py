"""Register files in the office: laid, watched while the worker reads, looked through, approved or put away."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from certification.admin.access import KEEPERS, READERS, for_roles, may_keep
from certification.admin.register import PER_PAGE, trail
from certification.admin.register_forms import LayForm
from certification.models import Licence, RegisterImport, RegisterImportRow
from certification.models.register import CATEGORIES, LEVELS
from certification.operations import laying_register_files as laying
from certification.operations.importing_register import HIDDEN
from certification.rules import register_words as words
from lms.people.models import Municipality, Organisation

RUNNING = (RegisterImport.State.READING, RegisterImport.State.WRITING)
Outcome = RegisterImportRow.Outcome
PAPERS_SHOWN = (
    "award",
    "hours",
    "issuer",
    "issued_on",
    "valid_until",
    "checked_by",
    "checked_on",
    "checked_against",
    "person",
)
_DAYS = ("valid_from", "valid_to", "birth_date", "issued_on", "valid_until", "checked_on")
_ORDER = (*words.COLUMNS, "person")  # PostgreSQL keeps the keys of a JSON value in an order of its own


@for_roles(*KEEPERS)
def register_files(request):
    form = LayForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            laid = laying.lay(file, file.name, form.cleaned_data["body"], by=request.user)
        except laying.FileTooLarge as error:
            form.add_error("file", str(error))
        else:
            return redirect("register:file", laid.pk)
    page = Paginator(
        RegisterImport.objects.filter(kind=RegisterImport.Kind.LICENCES).select_related("uploaded_by", "body"), 20
    ).get_page(request.GET.get("page"))
    return render(
        request,
        "certification/register/files.html",
        {
            "breadcrumbs_items": trail((request.path, _("Import"))),
            "header_title": _("Import a register file"),
            "header_icon": "upload",
            "form": form,
            "page": page,
            "columns": words.COLUMNS,
            "required": words.REQUIRED,
            "statuses": list(words.STATUSES),
        },
    )


@require_safe
@for_roles(*READERS)
def register_file(request, file_id: int):
    """Where the file is on its way; once it is read, what it would change. Asked again while the worker runs."""
    laid = get_object_or_404(RegisterImport.objects.select_related("body", "uploaded_by", "written_by"), pk=file_id)
    is_running = laid.state in RUNNING
    done = laid.rows_read if laid.state == RegisterImport.State.READING else laid.rows_handled
    counts = {
        Outcome.NEW: laid.rows_new,
        Outcome.CHANGED: laid.rows_changed,
        Outcome.REFUSED: laid.rows_refused,
        Outcome.SAME: laid.rows_same,
    }
    shown = request.GET.get("show", "")
    if shown not in [*counts, "remarks"]:
        shown = next((outcome for outcome in (Outcome.REFUSED, Outcome.CHANGED, Outcome.NEW) if counts[outcome]), "new")
    rows = laid.rows.exclude(warnings=[]) if shown == "remarks" else laid.rows.filter(outcome=shown)
    page = None if is_running else Paginator(rows.order_by("line"), PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "certification/register/file.html",
        {
            "breadcrumbs_items": trail((reverse("register:files"), _("Import")), (request.path, laid.name)),
            "header_title": laid.name,
            "header_icon": "upload",
            "laid": laid,
            "is_running": is_running,
            "percent": int(100 * done / laid.rows_total) if laid.rows_total else 0,
            "done": done,
            "tabs": [
                (Outcome.NEW, _("New"), laid.rows_new),
                (Outcome.CHANGED, _("Changed"), laid.rows_changed),
                (Outcome.REFUSED, _("Refused"), laid.rows_refused),
                ("remarks", _("With a remark"), laid.rows_warned),
            ],
            "shown": shown,
            "page": page,
            "rows": _readable(list(page), laid) if page else [],
            "asked": f"show={shown}",
            "may_keep": may_keep(request.user),
        },
    )


def _readable(rows: list[RegisterImportRow], laid: RegisterImport) -> list[RegisterImportRow]:
    """Rows with their changes in words: places and employers by name, dates as they are written here."""
    names = {"municipality": {}, "organisation": {}}
    for column, model, key in (("municipality", Municipality, "key"), ("organisation", Organisation, "code")):
        keys = {value for row in rows for value in row.changes.get(column, []) if value}
        names[column] = {getattr(one, key): one.name for one in model.objects.filter(**{f"{key}__in": keys})}
    if laid.kind == RegisterImport.Kind.PAPERS:
        return _readable_papers(rows)
    names["level"], names["category"], names["status"] = LEVELS, CATEGORIES, dict(Licence.State.choices)
    licences = Licence.objects.filter(body=laid.body, number__in={row.licence_number for row in rows})
    holders = {licence.number: licence for licence in licences.select_related("person")}
    for row in rows:
        row.licence = holders.get(row.licence_number)
        row.name = " ".join(row.changes[part][1] for part in ("given_name", "surname") if part in row.changes)
        if "person" in row.changes:
            row.name = ""
        is_new = row.outcome == Outcome.NEW
        row.said = [
            (_column(column), "" if is_new and not old else _said(column, old, names), _said(column, new, names))
            for column, (old, new) in sorted(row.changes.items(), key=lambda item: _ORDER.index(item[0]))
            # The name of a new person stands in the column before.
            if old or not (is_new and column in ("given_name", "surname"))
        ]
    return rows


def _readable_papers(rows: list[RegisterImportRow]) -> list[RegisterImportRow]:
    for row in rows:
        row.licence, row.name = None, row.changes.get("holder", ["", ""])[1]
        row.said = [
            (_column(column), "", _said(column, row.changes[column][1], {}))
            for column in PAPERS_SHOWN
            if column in row.changes
        ]
    return rows


def _column(column: str) -> str:
    return {
        "given_name": _("given name"),
        "surname": _("surname"),
        "father_name": _("father's name"),
        "birth_date": _("date of birth"),
        "personal_number": _("personal number"),
        "level": _("level"),
        "category": _("category"),
        "valid_from": _("valid from"),
        "valid_to": _("valid until"),
        "status": _("state"),
        "municipality": _("municipality"),
        "organisation": _("organisation"),
        "email": _("e-mail"),
        "language": _("language"),
        "person": _("person on record"),
        "award": _("award"),
        "hours": _("hours"),
        "issuer": _("issued by"),
        "issued_on": _("date of issue"),
        "valid_until": _("valid until"),
        "checked_by": _("checked by"),
        "checked_on": _("checked on"),
        "checked_against": _("compared with"),
    }.get(column, column)


def _said(column: str, value: str, names: dict) -> str:
    if not value:
        return "–"
    if value == HIDDEN:
        return _("(not shown)")
    if column in _DAYS and (day := words.a_date(value)):
        return date_format(day, "SHORT_DATE_FORMAT")
    return str(names.get(column, {}).get(value, value))


@require_POST
@for_roles(*KEEPERS)
def write(request, file_id: int):
    return _move(request, file_id, laying.approve)


@require_POST
@for_roles(*KEEPERS)
def cancel(request, file_id: int):
    return _move(request, file_id, laying.cancel)


def _move(request, file_id: int, operation):
    laid = get_object_or_404(RegisterImport, pk=file_id)
    try:
        operation(laid, by=request.user)
    except laying.NotThatState as error:
        messages.warning(request, str(error))
    return redirect("register:file", laid.pk)
