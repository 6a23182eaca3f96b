"""Persons in the office: names in every form, places of work, licences, certificates; the personal number apart."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from certification import holdings
from certification.admin.access import KEEPERS, READERS, for_roles, may_keep
from certification.admin.register import PER_PAGE, trail
from certification.admin.register_forms import MergeForm, PersonForm, ReadNumberForm, RenameForm
from certification.models import Certificate
from lms.kernel import clock
from lms.people import personal_numbers, roles
from lms.people.models import Person, PersonalNumberAccess, PersonMerge
from lms.people.operations import merging, recording


@require_safe
@for_roles(*READERS)
def person_list(request):
    words = request.GET.get("q", "").strip()
    persons = Person.objects.select_related("municipality")
    if words:
        persons = persons.matching(words) | persons.filter(reference__iexact=words)
    page = Paginator(persons.order_by("surname", "given_name", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    licences = holdings.licences_of_many([person.pk for person in page])
    for person in page:
        person.licence_views = licences.get(person.pk, [])
    asked = request.GET.copy()
    asked.pop("page", None)
    return render(
        request,
        "certification/register/people.html",
        {
            "breadcrumbs_items": trail((request.path, _("People"))),
            "header_title": _("People"),
            "header_icon": "group",
            "page": page,
            "words": words,
            "asked": asked.urlencode(),
            "may_keep": may_keep(request.user),
        },
    )


@require_safe
@for_roles(*READERS)
def person(request, reference: str):
    found = get_object_or_404(Person.objects.select_related("municipality", "user"), reference=reference)
    return render(
        request,
        "certification/register/person.html",
        {
            "breadcrumbs_items": trail((reverse("register:people"), _("People")), (request.path, found.full_name)),
            "header_title": found.full_name,
            "header_icon": "user",
            "person": found,
            "name_forms": found.name_forms.order_by("-used_until", "language"),
            "employments": found.employments.select_related("organisation").order_by("-until_on", "-from_on"),
            "licences": holdings.licences_of(found),
            "certificates": Certificate.objects.filter(person=found).order_by("-issued_at"),
            "papers": found.paper_certificates.order_by("-issued_on"),
            "merges": found.merges.select_related("absorbed", "merged_by").filter(split_at__isnull=True),
            "merged_into": found.merged_into.select_related("survivor").filter(split_at__isnull=True).first(),
            "enrolments": found.enrolments.count(),
            "completions": found.enrolments.filter(completion__isnull=False).count(),
            "today": clock.local_day(),
            "may_keep": may_keep(request.user),
            "may_read_number": roles.has_role(request.user, roles.ADMINISTRATOR),
        },
    )


@for_roles(*KEEPERS)
def add_person(request):
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        added = recording.record(by=request.user, **form.cleaned_data)
        messages.success(request, _("%(person)s is recorded.") % {"person": added.full_name})
        return redirect("register:person", added.reference)
    people = reverse("register:people")
    return render(
        request,
        "certification/register/form.html",
        {
            "breadcrumbs_items": trail((people, _("People")), (request.path, _("Add a person"))),
            "header_title": _("Add a person"),
            "header_icon": "user",
            "form": form,
            "label": _("Record the person"),
            "back": people,
        },
    )


@for_roles(*KEEPERS)
def rename(request, reference: str):
    found = get_object_or_404(Person, reference=reference)
    here = reverse("register:person", args=[found.reference])
    names = {name: getattr(found, name) for name in ("given_name", "surname", "father_name")}
    form = RenameForm(request.POST or None, initial=names)
    if request.method == "POST" and form.is_valid():
        if recording.rename(found, by=request.user, **form.cleaned_data):
            messages.success(request, _("The new name is recorded; the old one is kept as a former name."))
        return HttpResponseRedirect(here)
    return render(
        request,
        "certification/register/form.html",
        {
            "breadcrumbs_items": trail((here, found.full_name), (request.path, _("Change of name"))),
            "header_title": _("Change of name: %(person)s") % {"person": found.full_name},
            "header_icon": "user",
            "form": form,
            "label": _("Record the new name"),
            "text": _("Certificates that were issued keep the name they were issued with."),
            "back": here,
        },
    )


@for_roles(*KEEPERS)
def merge(request, reference: str):
    """Take another entry of the same person up into this one: first what would move, then the deed."""
    found = get_object_or_404(Person, reference=reference)
    here = reverse("register:person", args=[found.reference])
    form = MergeForm(request.POST or None)
    other, moving = None, []
    if request.method == "POST" and form.is_valid():
        other = form.cleaned_data["other"]
        try:
            if "confirmed" in request.POST:
                merging.merge(found, other, reason=form.cleaned_data["reason"], by=request.user)
                messages.success(request, _("Merged. Names on certificates stay as they are printed."))
                return redirect("register:person", found.reference)
            moving = merging.what_would_move(other)
        except merging.MergeRefused as error:
            form.add_error(None, str(error))
            other = None
    return render(
        request,
        "certification/register/merge.html",
        {
            "breadcrumbs_items": trail((here, found.full_name), (request.path, _("Merge"))),
            "header_title": _("Merge with %(person)s") % {"person": found.full_name},
            "header_icon": "group",
            "person": found,
            "form": form,
            "other": other,
            "moving": moving,
            "back": here,
        },
    )


@require_POST
@for_roles(*KEEPERS)
def split(request, merge_id: int):
    done = get_object_or_404(PersonMerge.objects.select_related("survivor"), pk=merge_id)
    try:
        merging.split(done, by=request.user)
    except merging.MergeRefused as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("Split again: what was moved is back where it was."))
    return redirect("register:person", done.survivor.reference)


@never_cache
@for_roles(roles.ADMINISTRATOR)
def personal_number(request, reference: str):
    """The personal number, read once with a reason. It is in the answer to a POST only: in no address and no list."""
    found = get_object_or_404(Person, reference=reference)
    here = reverse("register:person", args=[found.reference])
    form = ReadNumberForm(request.POST or None)
    number = None
    if request.method == "POST" and form.is_valid():
        number = personal_numbers.read(found, by=request.user, reason=form.cleaned_data["reason"])
    return render(
        request,
        "certification/register/personal_number.html",
        {
            "breadcrumbs_items": trail((here, found.full_name), (request.path, _("Personal number"))),
            "header_title": _("Personal number of %(person)s") % {"person": found.full_name},
            "header_icon": "user",
            "person": found,
            "form": form,
            "number": number,
            "readings": PersonalNumberAccess.objects.filter(person=found)
            .select_related("read_by")
            .order_by("-id")[:50],
            "back": here,
        },
    )
