"""Certificates on paper in the office: found, laid as a file, and taken back when one was entered wrongly."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from certification.admin.access import KEEPERS, READERS, for_roles, may_keep
from certification.admin.issuing import trail
from certification.models import PaperCertificate, RegisterImport
from certification.models.papers import paper_key
from certification.operations import importing_papers, keeping_papers
from certification.operations import laying_register_files as laying
from lms.kernel.search_names import spellings

PER_PAGE = 50


class PaperFileForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("File (CSV or XLSX)"))


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why the entry is taken back"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


@for_roles(*READERS)
def paper_list(request):
    """Papers by number, holder or award; those who keep the register lay files here."""
    form = PaperFileForm(request.POST or None, request.FILES or None) if may_keep(request.user) else None
    if form and request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            laid = laying.lay(file, file.name, None, kind=RegisterImport.Kind.PAPERS, by=request.user)
        except laying.FileTooLarge as error:
            form.add_error("file", str(error))
        else:
            return redirect("register:file", laid.pk)
    words = request.GET.get("q", "").strip()
    rows = PaperCertificate.objects.select_related("person")
    if words:
        called = Q()
        for spelt in spellings(words):
            called &= Q(*(Q(holder_key__contains=each) for each in spelt), _connector=Q.OR)
        rows = rows.filter(called | Q(number_key=paper_key(words)) | Q(award__icontains=words))
    asked = request.GET.copy()
    asked.pop("page", None)
    return render(
        request,
        "certification/issuing/papers.html",
        {
            "breadcrumbs_items": trail((request.path, _("Certificates on paper"))),
            "header_title": _("Certificates on paper"),
            "header_icon": "doc-full",
            "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
            "words": words,
            "asked": asked.urlencode(),
            "form": form,
            "files": RegisterImport.objects.filter(kind=RegisterImport.Kind.PAPERS).select_related("uploaded_by")[:10],
            "columns": importing_papers.COLUMNS,
            "required": importing_papers.REQUIRED,
        },
    )


@require_safe
@for_roles(*READERS)
def paper(request, paper_id: int):
    found = get_object_or_404(
        PaperCertificate.objects.select_related("person", "entered_by", "withdrawn_by"), pk=paper_id
    )
    return render(
        request,
        "certification/issuing/paper.html",
        {
            "breadcrumbs_items": trail(
                (reverse("issuing:papers"), _("Certificates on paper")), (request.path, found.label)
            ),
            "header_title": found.label,
            "header_icon": "doc-full",
            "paper": found,
            "may_keep": may_keep(request.user) and found.withdrawn_at is None,
        },
    )


@for_roles(*KEEPERS)
def withdraw(request, paper_id: int):
    """Take an entry back: verifiers no longer find it, and the paper may be entered anew."""
    found = get_object_or_404(PaperCertificate, pk=paper_id)
    here = reverse("issuing:paper", args=[found.pk])
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            keeping_papers.withdraw(found, reason=form.cleaned_data["reason"], by=request.user)
        except keeping_papers.WithdrawnAlready as error:
            messages.warning(request, str(error))
        else:
            messages.success(request, _("The entry was taken back; verifiers no longer find it."))
        return redirect(here)
    return render(
        request,
        "certification/register/form.html",
        {
            "breadcrumbs_items": trail((here, found.label), (request.path, _("Take the entry back"))),
            "header_title": _("Take the entry of %(paper)s back") % {"paper": found.label},
            "header_icon": "doc-full",
            "form": form,
            "label": _("Take it back"),
            "text": _("Verifiers will no longer find this paper. The entry stays here with your reason."),
            "back": here,
        },
    )
