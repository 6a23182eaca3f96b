"""Review cases in the office: the overdue ones first, what was found, and what an officer makes of it."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from certification.admin.access import for_roles
from certification.admin.acts import FINAL, GroundsForm, consequences
from certification.admin.issuing import ISSUERS, VIEWERS, trail
from certification.explanations import explain_finding
from certification.models import Certificate, ReviewCase
from certification.operations import reviewing, revoking
from lms.kernel import clock
from lms.people import roles

PER_PAGE = 50
# What may come of a case, and what the button says.
OUTCOMES = {
    "no_change": gettext_lazy("It stays as it is"),
    "superseded": gettext_lazy("Correct by replacing"),
    "suspended": gettext_lazy("Suspend"),
    "revoked": gettext_lazy("Revoke"),
}


class UnchangedForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("Why the certificate stays as it is"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    decision_number = forms.CharField(label=gettext_lazy("Decision number"), max_length=60, required=False)


class ReportForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("What was reported, and by whom"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


@require_safe
@for_roles(*VIEWERS)
def review_list(request):
    """Open cases by deadline, so that the overdue ones are on top; settled ones on demand."""
    is_settled = request.GET.get("show") == "settled"
    rows = ReviewCase.objects.select_related("certificate", "request__requested_by", "closed_by").defer(
        "certificate__facts_canonical", "certificate__credential", "certificate__credential_jwt"
    )
    rows = rows.filter(closed_at__isnull=not is_settled)
    rows = rows.order_by(F("closed_at").desc()) if is_settled else rows.order_by("deadline_on", "pk")
    today = clock.local_day()
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    for case in page:
        case.days_left = (case.deadline_on - today).days
        case.days_over = -case.days_left
    return render(
        request,
        "certification/issuing/reviews.html",
        {
            "breadcrumbs_items": trail((request.path, _("Review cases"))),
            "header_title": _("Review cases"),
            "header_icon": "view",
            "page": page,
            "is_settled": is_settled,
            "asked": "show=settled" if is_settled else "",
            "overdue": ReviewCase.objects.filter(closed_at__isnull=True, deadline_on__lt=today).count(),
        },
    )


@for_roles(*VIEWERS)
def review(request, case_id: int):
    """One case; with ``?outcome=`` the form that settles it."""
    case = get_object_or_404(
        ReviewCase.objects.select_related(
            "certificate__person__user", "opened_by", "closed_by", "request__requested_by"
        ),
        pk=case_id,
    )
    may_settle = roles.has_role(request.user, *ISSUERS) and not case.closed_at and not case.request_id
    possible = ["no_change", *(kind for kind in revoking.acts_possible(case.certificate) if kind in OUTCOMES)]
    outcome = request.GET.get("outcome", "")
    form = None
    if may_settle and outcome in possible:
        form = _form(outcome, request.POST or None)
        if request.method == "POST" and form.is_valid() and _settle(request, case, outcome, form):
            return redirect("issuing:review", case.pk)
    today = clock.local_day()
    return render(
        request,
        "certification/issuing/review.html",
        {
            "breadcrumbs_items": trail(
                (reverse("issuing:reviews"), _("Review cases")), (request.path, case.certificate.serial)
            ),
            "header_title": _("Review of %(serial)s") % {"serial": case.certificate.serial},
            "header_icon": "view",
            "case": case,
            "certificate": case.certificate,
            "findings": [explain_finding(each) for each in case.findings],
            "days_over": (today - case.deadline_on).days,
            "days_left": (case.deadline_on - today).days,
            "outcomes": [(kind, OUTCOMES[kind]) for kind in possible] if may_settle else [],
            "outcome": outcome,
            "label": OUTCOMES.get(outcome, ""),
            "form": form,
            "consequences": consequences(case.certificate, outcome) if form and outcome != "no_change" else [],
            "is_final": outcome in FINAL,
        },
    )


def _form(outcome: str, data) -> forms.Form:
    if outcome == "no_change":
        return UnchangedForm(data)
    return GroundsForm(outcome, data, initial={"effective_on": clock.local_day()})


def _settle(request, case: ReviewCase, outcome: str, form) -> bool:
    try:
        if outcome == "no_change":
            reviewing.leave_unchanged(case, by=request.user, **form.cleaned_data)
            messages.success(request, _("Settled: the certificate stays as it is."))
        else:
            reviewing.ask_for_act(case, outcome, form.grounds(), by=request.user)
            messages.success(
                request, _("Asked for. The case is settled when another officer or a commission member approves.")
            )
    except (reviewing.ReviewRefused, revoking.ActRefused) as error:
        form.add_error(None, str(error))
        return False
    return True


@for_roles(*ISSUERS)
def report(request, certificate_id):
    """Open a case about something that was reported."""
    found = get_object_or_404(Certificate, pk=certificate_id)
    here = reverse("issuing:certificate", args=[found.pk])
    form = ReportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            case = reviewing.report(found, form.cleaned_data["text"], by=request.user)
        except reviewing.ReviewRefused as error:
            form.add_error(None, str(error))
        else:
            return redirect("issuing:review", case.pk)
    return render(
        request,
        "certification/register/form.html",
        {
            "breadcrumbs_items": trail((here, found.serial), (request.path, _("Open a review case"))),
            "header_title": _("Open a review case: %(serial)s") % {"serial": found.serial},
            "header_icon": "view",
            "form": form,
            "label": _("Open the case"),
            "text": _("The certificate stays as it is until somebody decides."),
            "back": here,
        },
    )
