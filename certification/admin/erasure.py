"""Erasing a certificate's data from the office: an officer asks, somebody else decides. It cannot be taken back."""

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from certification.admin.access import for_roles
from certification.admin.issuing import DECIDERS, ISSUERS, trail
from certification.models import Certificate, Erasure
from certification.operations import erasing


class ErasureForm(forms.Form):
    """On what ground. Whether it is possible is decided by operations.erasing."""

    ground = forms.ChoiceField(label=gettext_lazy("Ground"), choices=[("", "–"), *Erasure.Ground.choices])
    decision_number = forms.CharField(
        label=gettext_lazy("Decision number"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Needed when a decision orders it before the time has passed."),
    )


@for_roles(*ISSUERS)
def ask(request, certificate_id):
    """Ask that a certificate's data be erased."""
    found = get_object_or_404(Certificate, pk=certificate_id, erased_at__isnull=True)
    form = ErasureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            erasing.request(found, values["ground"], by=request.user, decision_number=values["decision_number"])
        except erasing.ErasureRefused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Asked for. Another officer or a commission member decides."))
            return redirect("issuing:certificate", found.pk)
    text = _(
        "Facts, credential, document and the texts of the ledger are deleted for ever, and nobody can verify the "
        "certificate any more. Number, dates and the entries in the log stay. It is kept until %(day)s."
    ) % {"day": erasing.retained_until(found).strftime("%d.%m.%Y")}
    back = reverse("issuing:certificate", args=[found.pk])
    return render(
        request,
        "certification/issuing/act.html",
        {
            "breadcrumbs_items": trail((back, found.serial), (request.path, _("Erase"))),
            "header_title": f"{_('Erase')}: {found.serial}",
            "header_icon": "bin",
            "form": form,
            "text": text,
            "certificate": found,
            "back": back,
            "is_final": True,
        },
    )


@require_POST
@for_roles(*DECIDERS)
def decide(request, erasure_id: int):
    """Erase, or send back."""
    asked = get_object_or_404(Erasure, pk=erasure_id)
    try:
        if request.POST.get("answer") == "approve":
            erasing.approve(asked, by=request.user)
            messages.success(request, _("Erased. The log says that it was done."))
        else:
            erasing.reject(asked, by=request.user)
            messages.success(request, _("Sent back; the certificate stays as it is."))
    except erasing.ErasureRefused as error:
        messages.error(request, str(error))
    return redirect("issuing:certificate", asked.certificate_id)
