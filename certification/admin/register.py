"""The register in the office: the list, a licence with its ledger, and the acts on it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from certification import holdings
from certification.admin.access import KEEPERS, READERS, for_roles, may_keep
from certification.admin.register_forms import CorrectForm, EffectiveForm, GrantForm, RegisterFilter, RenewForm
from certification.models import Licence, LicenceEvent
from certification.models.register import STANDINGS
from certification.operations import registering
from lms.kernel import clock
from lms.kernel.spreadsheets import write_csv
from lms.people.models import Person

PER_PAGE = 50
# In the order of the page: kind of act, what the button says, what the page says that confirms it, its form.
ACTS = {
    "renew": (
        "renewed",
        gettext_lazy("Renew"),
        gettext_lazy("The licence gets a further term."),
        RenewForm,
    ),
    "suspend": (
        "suspended",
        gettext_lazy("Suspend"),
        gettext_lazy("The licence is not in force until it is reinstated. Certificates stay as they are."),
        EffectiveForm,
    ),
    "reinstate": (
        "reinstated",
        gettext_lazy("Reinstate"),
        gettext_lazy("The suspension is lifted. The last valid day stays as it is."),
        EffectiveForm,
    ),
    "revoke": (
        "revoked",
        gettext_lazy("Revoke"),
        gettext_lazy("The licence ends for good and cannot be renewed or reinstated. Certificates stay as they are."),
        EffectiveForm,
    ),
    "surrender": (
        "surrendered",
        gettext_lazy("Give back"),
        gettext_lazy("The holder gives the licence back; it ends for good."),
        EffectiveForm,
    ),
    "correct": (
        "corrected",
        gettext_lazy("Correct"),
        gettext_lazy("The last term was written down wrongly. What was written before stays in the ledger."),
        CorrectForm,
    ),
}


def trail(*steps: tuple[str, str]) -> list[dict[str, str]]:
    """Breadcrumbs of the register's pages, as the office wants them."""
    register = (reverse("register:list"), _("Register"))
    return [
        {"url": url, "label": str(label)}
        for url, label in [(reverse("wagtailadmin_home"), _("Home")), register, *steps]
    ]


@require_safe
@for_roles(*READERS)
def register_list(request):
    today = clock.local_day()
    form = RegisterFilter(request.GET)
    licences = form.narrow(Licence.objects.all(), today).select_related("person__municipality", "body")
    page = Paginator(licences.order_by("number", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    for licence in page:
        licence.standing_today = licence.standing(today)
    asked = request.GET.copy()
    asked.pop("page", None)
    return render(
        request,
        "certification/register/list.html",
        {
            "breadcrumbs_items": trail(),
            "header_title": _("Register of licences"),
            "header_icon": "clipboard-list",
            "form": form,
            "page": page,
            "asked": asked.urlencode(),
            "may_keep": may_keep(request.user),
            "standings": STANDINGS,
        },
    )


@require_safe
@for_roles(*READERS)
def export(request):
    """The list as it is narrowed, as CSV. The personal number is not in it."""
    today = clock.local_day()
    licences = RegisterFilter(request.GET).narrow(Licence.objects.all(), today)
    licences = licences.select_related("person__municipality", "body").order_by("number", "pk")
    header = [
        "licence_number",
        "given_name",
        "surname",
        "father_name",
        "level",
        "category",
        "valid_from",
        "valid_to",
        "valid_to_local",
        "standing",
        "municipality",
        "body",
        "person",
    ]
    rows = (
        [
            licence.number,
            licence.person.given_name,
            licence.person.surname,
            licence.person.father_name,
            licence.level,
            licence.category,
            licence.terms.term_from.isoformat(),
            licence.valid_to.isoformat() if licence.valid_to else "",
            date_format(licence.valid_to, "SHORT_DATE_FORMAT") if licence.valid_to else "",
            licence.standing(today).value,
            licence.person.municipality.name if licence.person.municipality else "",
            licence.body.code,
            licence.person.reference,
        ]
        for licence in licences.iterator(chunk_size=2000)
    )
    response = StreamingHttpResponse(write_csv(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="register-{today.isoformat()}.csv"'
    return response


def _licence(licence_id: int) -> Licence:
    licences = Licence.objects.select_related("person__municipality", "body").prefetch_related("events__recorded_by")
    return get_object_or_404(licences, pk=licence_id)


@require_safe
@for_roles(*READERS)
def licence(request, licence_id: int):
    found = _licence(licence_id)
    possible = registering.acts_possible(found) if may_keep(request.user) else frozenset()
    return render(
        request,
        "certification/register/licence.html",
        {
            "breadcrumbs_items": trail((reverse("register:licence", args=[found.pk]), found.number)),
            "header_title": _("Licence %(number)s") % {"number": found.number},
            "header_icon": "clipboard-list",
            "licence": found,
            "view": holdings.view_of(found, clock.local_day()),
            "events": _with_words(reversed(found.events.all())),
            "acts": [(slug, label) for slug, (kind, label, _text, _form) in ACTS.items() if kind in possible],
        },
    )


def _with_words(events) -> list[LicenceEvent]:
    """Events with what they set, in the reader's language."""
    events = list(events)
    for event in events:
        written = Licence(level=event.level, category=event.category)
        event.level_label, event.category_label = written.level_label, written.category_label
    return events


@for_roles(*KEEPERS)
def act(request, licence_id: int, slug: str):
    """Confirm an act on a licence: shows the form, then does it."""
    found = _licence(licence_id)
    if slug not in ACTS:
        raise Http404
    kind, label, text, form_class = ACTS[slug]
    here = reverse("register:licence", args=[found.pk])
    initial = {}
    if slug == "correct":
        terms = found.terms
        initial = {
            "valid_from": terms.term_from,
            "valid_to": terms.valid_to,
            "level": terms.level,
            "category": terms.category,
        }
    form = form_class(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            getattr(registering, slug)(found, by=request.user, **form.cleaned_data)
        except registering.RegisterError as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request,
                _("Licence %(number)s: %(act)s.") % {"number": found.number, "act": LicenceEvent.Kind(kind).label},
            )
            return redirect(here)
    return render(
        request,
        "certification/register/act.html",
        {
            "breadcrumbs_items": trail((here, found.number), (request.path, label)),
            "header_title": _("%(act)s: licence %(number)s") % {"act": label, "number": found.number},
            "header_icon": "clipboard-list",
            "licence": found,
            "view": holdings.view_of(found, clock.local_day()),
            "form": form,
            "label": label,
            "text": text,
            "is_final": slug in ("revoke", "surrender"),
            "back": here,
        },
    )


@for_roles(*KEEPERS)
def grant(request, reference: str):
    """Grant a person a licence."""
    person = get_object_or_404(Person, reference=reference)
    here = reverse("register:person", args=[person.reference])
    form = GrantForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            granted = registering.grant(person, by=request.user, **form.cleaned_data)
        except registering.RegisterError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Licence %(number)s is granted.") % {"number": granted.number})
            return redirect("register:licence", granted.pk)
    return render(
        request,
        "certification/register/form.html",
        {
            "breadcrumbs_items": trail((here, person.full_name), (request.path, _("Grant a licence"))),
            "header_title": _("Grant a licence to %(person)s") % {"person": person.full_name},
            "header_icon": "clipboard-list",
            "form": form,
            "label": _("Grant the licence"),
            "back": here,
        },
    )
