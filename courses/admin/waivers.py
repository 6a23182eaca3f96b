"""Waivers in the office: proposed for somebody's enrolment, granted or refused by somebody else, withdrawn with a reason."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.widgets import AdminDateInput

from courses.admin.access import DECIDERS, ForRoles
from courses.admin.planning import OfficeForm
from courses.explanations import explain, explain_exemption
from courses.models import Enrolment, Waiver
from courses.operations import waiving
from courses.rules.completion import Who
from lms.people import roles
from lms.people.models import Person

PER_PAGE = 50
# How the list may be narrowed: what is asked for, its words, the rows.
STATES = {
    "": (gettext_lazy("to be decided"), {"granted_at__isnull": True, "ended_at__isnull": True}),
    "granted": (gettext_lazy("granted"), {"granted_at__isnull": False, "ended_at__isnull": True}),
    "over": (gettext_lazy("refused or withdrawn"), {"ended_at__isnull": False}),
    "all": (gettext_lazy("all of them"), {}),
}


def _waivers():
    return Waiver.objects.select_related(
        "enrolment__person", "enrolment__edition", "enrolment__group__round", "proposed_by", "granted_by"
    )


class WaiverList(ForRoles, WagtailAdminTemplateMixin, TemplateView):
    template_name = "courses/office/waivers.html"
    page_title = gettext_lazy("Waivers")
    header_icon = "check"
    _show_breadcrumbs = True

    def get_context_data(self, **kwargs):
        asked = self.request.GET
        state = asked.get("state", "") if asked.get("state", "") in STATES else ""
        rows = _waivers().filter(**STATES[state][1])
        if asked.get("q"):
            rows = rows.filter(enrolment__person__in=Person.objects.matching(asked["q"]))
        query = asked.copy()
        query.pop("page", None)
        page = Paginator(rows, PER_PAGE).get_page(asked.get("page"))
        return super().get_context_data(**kwargs) | {
            "page_of_rows": page,
            "rows": [(row, explain_exemption(said, Who.COUNCIL)) for row, said in waiving.described(page.object_list)],
            "states": [(key, words) for key, (words, _narrowing) in STATES.items()],
            "state": state,
            "asked": asked,
            "query": query.urlencode(),
        }


class ProposeForm(forms.Form):
    criterion = forms.ChoiceField(label=gettext_lazy("What is to be waived"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("The learner and the office can read it; it stays with the enrolment for good."),
    )
    decision_number = forms.CharField(
        label=gettext_lazy("Decision number"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Needed where training was not accredited on its day."),
    )
    expires_on = forms.DateField(
        label=gettext_lazy("Ends on"),
        required=False,
        widget=AdminDateInput,
        help_text=gettext_lazy("The last day to complete the programme with it. Leave it empty when it has no end."),
    )
    document = forms.FileField(
        label=gettext_lazy("Evidence"),
        required=False,
        help_text=gettext_lazy("The paper it rests on: PDF, JPEG or PNG, at most 10 MB. Only the office can open it."),
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )

    def __init__(self, *args, criteria, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["criterion"].choices = [(f"{gap.kind}:{gap.code}", explain(gap, Who.ORGANISER)) for gap in criteria]


class Propose(OfficeForm):
    """Propose a waiver for one running enrolment. Ended and completed ones do not exist here."""

    form_class = ProposeForm
    submit_label = gettext_lazy("Propose the waiver")
    header_icon = "check"

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        running = Enrolment.objects.active().filter(completion__isnull=True)
        self.enrolment = get_object_or_404(running.select_related("person", "edition"), pk=kwargs["pk"])

    def get_page_title(self):
        return _("Waiver for %(name)s in “%(programme)s”") % {
            "name": self.enrolment.person.full_name,
            "programme": self.enrolment.edition.title,
        }

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"criteria": waiving.open_criteria(self.enrolment)}

    def form_valid(self, form):
        said = form.cleaned_data
        kind, _colon, code = said["criterion"].partition(":")
        file = said["document"]
        if file and file.size > waiving.MOST_BYTES:  # before it is read into memory
            form.add_error("document", _("The file is larger than 10 MB. Scan it with fewer dots, or in grey."))
            return self.form_invalid(form)
        try:
            waiver = waiving.propose(
                self.enrolment,
                kind,
                code,
                by=self.request.user,
                reason=said["reason"],
                decision_number=said["decision_number"],
                expires_on=said["expires_on"],
                document=(file.name, file.read()) if file else None,
            )
        except waiving.WaiverRefused as refused:
            form.add_error("document" if isinstance(refused, waiving.WrongDocument) else None, str(refused))
            return self.form_invalid(form)
        messages.success(self.request, _("The waiver is proposed. Somebody else decides on it."))
        return redirect("waiver", pk=waiver.pk)


class WaiverView(ForRoles, WagtailAdminTemplateMixin, TemplateView):
    """One waiver with its history. POST grants, refuses or withdraws it."""

    template_name = "courses/office/waiver.html"
    header_icon = "check"
    _show_breadcrumbs = True

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.waiver = get_object_or_404(_waivers(), pk=kwargs["pk"])

    def get_page_title(self):
        return _("Waiver for %(name)s") % {"name": self.waiver.enrolment.person.full_name}

    def get_context_data(self, **kwargs):
        waiver, user = self.waiver, self.request.user
        ((_waiver, said),) = waiving.described([waiver])
        is_own = waiver.enrolment.person.user_id == user.pk
        may_decide = roles.has_role(user, *DECIDERS) and not is_own
        is_waiting = not waiver.granted_at and not waiver.ended_at
        return super().get_context_data(**kwargs) | {
            "waiver": waiver,
            "sentence": explain_exemption(said, Who.COUNCIL),
            "events": waiver.events.select_related("by"),
            "can_grant": is_waiting and may_decide and waiver.proposed_by_id != user.pk,
            "can_refuse": is_waiting and not is_own and (may_decide or waiver.proposed_by_id == user.pk),
            "can_withdraw": bool(waiver.granted_at) and not waiver.ended_at and may_decide,
            "waits_for_another": is_waiting and waiver.proposed_by_id == user.pk,
        }

    def post(self, request, *args, **kwargs):
        answer, reason = request.POST.get("answer"), request.POST.get("reason", "").strip()
        takes_back = answer == "refuse" and self.waiver.proposed_by_id == request.user.pk
        if not takes_back and not roles.has_role(request.user, *DECIDERS):
            messages.error(request, _("A Council officer or a commission member decides on waivers."))
        elif answer in ("refuse", "withdraw") and not reason:
            messages.error(request, _("Give the reason: the learner and the office will read it."))
        else:
            try:
                self._answer(answer, reason)
            except waiving.WaiverRefused as refused:
                messages.error(request, str(refused))
        return redirect("waiver", pk=self.waiver.pk)

    def _answer(self, answer, reason):
        by = self.request.user
        if answer == "grant":
            waiving.grant(self.waiver, by=by)
            messages.success(self.request, _("Granted. If nothing else is missing, the completion follows in minutes."))
        elif answer == "refuse":
            waiving.refuse(self.waiver, by=by, reason=reason)
            messages.success(self.request, _("The proposal is refused."))
        elif answer == "withdraw":
            waiving.withdraw(self.waiver, by=by, reason=reason)
            messages.success(
                self.request,
                _("Withdrawn. A completion that rests on it stays, and is listed under “Changed evidence”."),
            )


class WaiverDocument(ForRoles, TemplateView):
    """The paper a waiver rests on, as a download."""

    @method_decorator(require_safe)
    def dispatch(self, request, *args, **kwargs):
        return super().dispatch(request, *args, **kwargs)

    def get(self, request, *args, **kwargs):
        waiver = get_object_or_404(Waiver.objects.exclude(document=""), pk=kwargs["pk"])
        try:
            file = waiver.document.open("rb")
        except FileNotFoundError:
            raise Http404 from None
        return FileResponse(
            file, as_attachment=True, filename=waiver.document_name, content_type="application/octet-stream"
        )


def urls():
    return [
        path("waivers/", WaiverList.as_view(), name="waivers"),
        path("waivers/<int:pk>/", WaiverView.as_view(), name="waiver"),
        path("waivers/<int:pk>/document/", WaiverDocument.as_view(), name="waiver_document"),
        path("enrolments/<int:pk>/waive/", Propose.as_view(), name="propose_waiver"),
    ]
