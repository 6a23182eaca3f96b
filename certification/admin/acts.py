"""Acts upon a certificate in the office: asked for by one, told beforehand, decided by another."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from certification import signing
from certification.admin.access import for_roles
from certification.admin.issuing import DECIDERS, ISSUERS, trail
from certification.models import ActRequest, Certificate, CertificateEvent
from certification.operations import issuing, reissuing, revoking
from lms.kernel import clock

# By kind of event, what the button says.
ACTS = {
    "suspended": gettext_lazy("Suspend"),
    "reinstated": gettext_lazy("Reinstate"),
    "revoked": gettext_lazy("Revoke"),
    "superseded": gettext_lazy("Replace"),
    "issued": gettext_lazy("Issue anew"),
}
FINAL = ("revoked", "superseded", "issued")


def acts_possible(certificate: Certificate) -> list[tuple[str, str]]:
    """What may be asked for, with what its button says."""
    kinds = [*revoking.acts_possible(certificate)]
    if revoking.may_be_issued_anew(certificate):
        kinds.append("issued")
    return [(kind, ACTS[kind]) for kind in kinds]


def consequences(certificate: Certificate, kind: str, effective_on=None) -> list[str]:
    """What an act will do, one sentence each, before anybody asks for it or approves it."""
    day = date_format(effective_on, "SHORT_DATE_FORMAT") if effective_on else _("the day you enter")
    said = {"day": day, "name": reissuing.name_on_record(certificate), "number": certificate.grouped_number}
    is_told = bool(certificate.person.email or certificate.person.user_id)
    lines = {
        "suspended": [
            _("From %(day)s, verification of %(number)s answers “suspended” until it is reinstated."),
            _("The public list of revocations stays as it is: a suspension can be lifted, an entry there cannot."),
        ],
        "reinstated": [_("From %(day)s, verification of %(number)s answers “valid” again, or “expired” after its last day.")],
        "revoked": [
            _("From %(day)s, verification of %(number)s answers “revoked”, with the public text, for good."),
            _("The public list that wallets and the offline kit read is published anew, and its entry is never taken back."),
            _("The holder can no longer download the document; the archived file stays unchanged."),
            _("If this turns out to be wrong, the same award can be issued anew under another number, by a new decision."),
        ],
        "superseded": [
            _("On the day of approval, a new certificate for %(name)s takes its place, with a new number and access code."),
            _("Course, days, hours, validity and the first date of issue stay; the new date stands beside it."),
            _("Verification of %(number)s answers “replaced”. Neither page shows the name on the other."),
        ],
        "issued": [
            _("The revocation of %(number)s stays, and its number goes on answering “revoked”."),
            _("On the day of approval, a new certificate for the same award is issued to %(name)s, with a new number and access code."),
            _("Whoever checks the old number reads that the award was issued anew, and when; not to which number."),
        ],
    }[kind]  # fmt: skip
    if kind in ("superseded", "issued"):
        lines.append(
            _("The holder is written to.") if is_told else _("The holder has no address here: hand it over yourself.")
        )
    lines.append(_("An entry in the public log tells of it, without a name. It cannot be undone unseen."))
    return [line % said for line in lines]


class GroundsForm(forms.Form):
    """Why an act is asked for. What is possible is decided by operations.revoking."""

    reason_code = forms.ChoiceField(label=gettext_lazy("Reason"))
    effective_on = forms.DateField(
        label=gettext_lazy("Takes effect on"),
        input_formats=["%Y-%m-%d", "%d.%m.%Y"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=gettext_lazy("May lie before today; the ledger keeps both days."),
    )
    decision_number = forms.CharField(label=gettext_lazy("Decision number"), max_length=60, required=False)
    internal_note = forms.CharField(
        label=gettext_lazy("Note for the office"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Never shown to the public."),
    )
    public_all = forms.CharField(
        label=gettext_lazy("What the public is told, in all languages alike"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("For what needs no translation, such as the number of a decision. Name nobody."),
    )

    def __init__(self, kind: str, *args, **kwargs):
        super().__init__(*args, **kwargs)
        reasons = [(code, revoking.REASONS[code]) for code in revoking.REASONS_FOR[kind]]
        self.fields["reason_code"].choices = [("", "–"), *reasons]
        if kind in revoking.FROM_TODAY:
            del self.fields["effective_on"]
        if kind == "issued":
            del self.fields["public_all"]
            return
        for code, name in settings.LANGUAGES:
            self.fields[f"public_{code}"] = forms.CharField(
                label=_("What the public is told (%(language)s)") % {"language": name},
                max_length=300,
                required=False,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def grounds(self) -> revoking.Grounds:
        values = self.cleaned_data
        told = {code: values.get(f"public_{code}") for code, _name in settings.LANGUAGES}
        told[revoking.ALL_READERS] = values.get("public_all")
        return revoking.Grounds(
            reason_code=values["reason_code"],
            effective_on=values.get("effective_on") or clock.local_day(),
            public_text={code: text for code, text in told.items() if text},
            decision_number=values["decision_number"],
            internal_note=values["internal_note"],
        )


@for_roles(*ISSUERS)
def act(request, certificate_id, kind: str):
    """Ask for an act upon a certificate. What it will do is said above the form."""
    found = get_object_or_404(Certificate.objects.select_related("person"), pk=certificate_id)
    if kind not in dict(acts_possible(found)):
        messages.error(request, _("That is not possible on this certificate as it stands."))
        return redirect("issuing:certificate", found.pk)
    form = GroundsForm(kind, request.POST or None, initial={"effective_on": clock.local_day()})
    if request.method == "POST" and form.is_valid():
        try:
            if kind == CertificateEvent.Kind.SUPERSEDED:
                reissuing.refuse_unless_name_changed(found)
            elif kind == CertificateEvent.Kind.ISSUED:
                reissuing.refuse_unless_printable(found)
            revoking.request(found, kind, form.grounds(), by=request.user)
        except revoking.ActRefused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Asked for. Another officer or a commission member decides."))
            return redirect("issuing:certificate", found.pk)
    label = ACTS[kind]
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
            "consequences": consequences(found, kind),
            "certificate": found,
            "back": reverse("issuing:certificate", args=[found.pk]),
            "is_final": kind in FINAL,
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
        elif asked.kind in revoking.FROM_TODAY:
            target = reissuing.approve(asked, by=request.user)
            messages.success(request, _("Issued as %(serial)s.") % {"serial": target.serial})
        else:
            revoking.approve(asked, by=request.user)
            messages.success(request, _("Done; verification answers accordingly from now on."))
    except (revoking.ActRefused, issuing.IssuingError, signing.CannotSign) as error:
        messages.error(request, str(error))
    return redirect("issuing:certificate", target.pk)
