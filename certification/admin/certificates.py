"""A certificate in the office: what it says, its ledger, and the acts upon it, asked for by one and decided by another."""

from datetime import date

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from certification import signing
from certification.admin.access import for_roles
from certification.admin.issuing import DECIDERS, HOLDERS_OF_FILES, ISSUERS, VIEWERS, trail
from certification.models import ActRequest, Certificate, CertificateEvent
from certification.operations import issuing, reissuing, revoking
from certification.rules import numbering
from certification.rules.validity import Standing
from certification.verification import standing_of
from lms.kernel import clock
from lms.people import roles
from lms.people.models import Person

PER_PAGE = 50
STANDINGS = {
    Standing.VALID: gettext_lazy("valid"),
    Standing.EXPIRED: gettext_lazy("expired"),
    Standing.SUSPENDED: gettext_lazy("suspended"),
    Standing.REVOKED: gettext_lazy("revoked"),
    Standing.SUPERSEDED: gettext_lazy("replaced"),
}
# By kind of event: what the button says, and what follows from it.
ACTS = {
    "suspended": (gettext_lazy("Suspend"), gettext_lazy("Until it is reinstated, verification answers “suspended”.")),
    "reinstated": (
        gettext_lazy("Reinstate"),
        gettext_lazy("The certificate holds again from the day you enter. This takes a new decision."),
    ),
    "revoked": (
        gettext_lazy("Revoke"),
        gettext_lazy("The certificate no longer holds, and verification says so with the public text below."),
    ),
    "superseded": (
        gettext_lazy("Replace"),
        gettext_lazy("A new certificate with the name that is on record today takes its place."),
    ),
}


class GroundsForm(forms.Form):
    """Why an act is asked for. What is possible is decided by operations.revoking."""

    reason_code = forms.ChoiceField(label=gettext_lazy("Reason"), choices=[("", "–"), *revoking.REASONS.items()])
    effective_on = forms.DateField(
        label=gettext_lazy("Takes effect on"),
        input_formats=["%Y-%m-%d", "%d.%m.%Y"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    decision_number = forms.CharField(label=gettext_lazy("Decision number"), max_length=60, required=False)
    internal_note = forms.CharField(
        label=gettext_lazy("Note for the office"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Never shown to the public."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for code, name in settings.LANGUAGES:
            self.fields[f"public_{code}"] = forms.CharField(
                label=_("What the public is told (%(language)s)") % {"language": name},
                max_length=300,
                required=False,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def grounds(self) -> revoking.Grounds:
        values = self.cleaned_data
        texts = {code: values[f"public_{code}"] for code, _name in settings.LANGUAGES if values[f"public_{code}"]}
        return revoking.Grounds(
            reason_code=values["reason_code"],
            effective_on=values["effective_on"],
            public_text=texts,
            decision_number=values["decision_number"],
            internal_note=values["internal_note"],
        )


@require_safe
@for_roles(*VIEWERS)
def certificate_list(request):
    """Certificates by number, serial or holder's name."""
    words = request.GET.get("q", "").strip()
    found = Certificate.objects.prefetch_related("events").defer("facts_canonical", "facts_signature")
    if words:
        found = found.filter(
            Q(number=numbering.normalise(words))
            | Q(serial__iexact=words)
            | Q(person__in=Person.objects.matching(words).values("pk"))
        )
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    for each in page:
        standing = standing_of(each).standing
        each.standing, each.standing_word = standing.value, STANDINGS[standing]
    asked = request.GET.copy()
    asked.pop("page", None)
    return render(
        request,
        "certification/issuing/certificates.html",
        {
            "breadcrumbs_items": trail((request.path, _("All certificates"))),
            "header_title": _("All certificates"),
            "header_icon": "clipboard-list",
            "page": page,
            "words": words,
            "asked": asked.urlencode(),
        },
    )


@require_safe
@for_roles(*VIEWERS)
def certificate(request, certificate_id):
    found = get_object_or_404(
        Certificate.objects.select_related("person", "licence", "batch", "supersedes"), pk=certificate_id
    )
    standing = standing_of(found)
    return render(
        request,
        "certification/issuing/certificate.html",
        {
            "breadcrumbs_items": trail(
                (reverse("issuing:certificates"), _("All certificates")), (request.path, found.serial)
            ),
            "header_title": found.serial,
            "header_icon": "clipboard-list",
            "certificate": found,
            "completed_on": date.fromisoformat(found.facts["completion"]["on"]),
            "standing": standing.standing.value,
            "standing_word": STANDINGS[standing.standing],
            "events": found.events.select_related("actor", "approver"),
            "reasons": revoking.REASONS,
            "replaced_by": Certificate.objects.filter(supersedes=found).first(),
            "open": found.requests.filter(state=ActRequest.State.REQUESTED).select_related("requested_by").first(),
            "acts": [(kind, ACTS[kind][0]) for kind in revoking.ACTS[standing.standing]],
            "may_ask": roles.has_role(request.user, *ISSUERS),
            "may_decide": roles.has_role(request.user, *DECIDERS),
            "may_download": roles.has_role(request.user, *HOLDERS_OF_FILES),
        },
    )


@require_safe
@for_roles(*VIEWERS)
def by_serial(request, serial: str):
    return redirect("issuing:certificate", get_object_or_404(Certificate.objects.only("pk"), serial=serial).pk)


@for_roles(*ISSUERS)
def act(request, certificate_id, kind: str):
    """Ask for an act upon a certificate."""
    found = get_object_or_404(Certificate, pk=certificate_id)
    if kind not in revoking.acts_possible(found):
        messages.error(request, _("That is not possible on this certificate as it stands."))
        return redirect("issuing:certificate", found.pk)
    form = GroundsForm(request.POST or None, initial={"effective_on": clock.local_day()})
    if request.method == "POST" and form.is_valid():
        try:
            if kind == CertificateEvent.Kind.SUPERSEDED:
                reissuing.refuse_unless_name_changed(found)
            revoking.request(found, kind, form.grounds(), by=request.user)
        except revoking.ActRefused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Asked for. Another officer or a commission member decides."))
            return redirect("issuing:certificate", found.pk)
    label, text = ACTS[kind]
    return render(
        request,
        "certification/issuing/act.html",
        {
            "breadcrumbs_items": trail(
                (reverse("issuing:certificate", args=[found.pk]), found.serial), (request.path, label)
            ),
            "header_title": f"{label}: {found.serial}",
            "header_icon": "clipboard-list",
            "form": form,
            "label": label,
            "text": text,
            "certificate": found,
            "back": reverse("issuing:certificate", args=[found.pk]),
            "is_final": kind == "revoked",
        },
    )


@require_POST
@for_roles(*DECIDERS)
def decide(request, request_id: int):
    """Approve or reject what was asked for."""
    asked = get_object_or_404(ActRequest.objects.select_related("certificate"), pk=request_id)
    target = asked.certificate
    try:
        if request.POST.get("answer") != "approve":
            revoking.reject(asked, by=request.user)
            messages.success(request, _("Sent back; the certificate stays as it is."))
        elif asked.kind == CertificateEvent.Kind.SUPERSEDED:
            target = reissuing.approve(asked, by=request.user)
            messages.success(request, _("Replaced by %(serial)s.") % {"serial": target.serial})
        else:
            revoking.approve(asked, by=request.user)
            messages.success(request, _("Done; verification answers accordingly from now on."))
    except (revoking.ActRefused, issuing.IssuingError, signing.CannotSign) as error:
        messages.error(request, str(error))
    return redirect("issuing:certificate", target.pk)
