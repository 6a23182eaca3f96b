"""Enrolments without a group in the office: who learns at their own pace; enrol, withdraw, enrol again."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from courses.admin.access import ORGANISERS, ForRoles
from courses.admin.participants import WithdrawForm
from courses.admin.planning import OfficeForm
from courses.models import Edition, Enrolment
from courses.operations import enrolling
from lms.people.models import Person

PER_PAGE = 50
# How the list may be narrowed: what is asked for, its words, the rows.
STATES = {
    "": (gettext_lazy("running"), Q(ended_at__isnull=True, completion__isnull=True)),
    "completed": (gettext_lazy("completed"), Q(completion__isnull=False)),
    "withdrawn": (gettext_lazy("withdrawn"), Q(ended_at__isnull=False, completion__isnull=True)),
    "all": (gettext_lazy("all of them"), Q()),
}


def _alone():
    return Enrolment.objects.filter(group__isnull=True).select_related("person", "edition", "completion")


class SelfPaced(ForRoles, WagtailAdminTemplateMixin, TemplateView):
    """Everybody enrolled without a group, with what may be done for each."""

    allowed = ORGANISERS
    template_name = "courses/office/self_paced.html"
    page_title = gettext_lazy("Enrolments without a group")
    header_icon = "user"
    _show_breadcrumbs = True

    def get_context_data(self, **kwargs):
        asked = self.request.GET
        state = asked.get("state", "") if asked.get("state", "") in STATES else ""
        rows = _alone().filter(STATES[state][1])
        if asked.get("programme"):
            rows = rows.filter(programme_code=asked["programme"])
        if asked.get("q"):
            rows = rows.filter(person__in=Person.objects.matching(asked["q"]))
        query = asked.copy()
        query.pop("page", None)
        page = Paginator(rows, PER_PAGE).get_page(asked.get("page"))
        enrolled = set(
            Enrolment.objects.active()
            .filter(person__in=[row.person_id for row in page.object_list])
            .values_list("person_id", "programme_code")
        )
        return super().get_context_data(**kwargs) | {
            "page_of_rows": page,
            "rows": [
                {
                    "enrolment": row,
                    "completion": getattr(row, "completion", None),
                    "is_running": row.ended_at is None,
                    # Who withdrew may come back, unless they have already.
                    "can_return": row.ended_at is not None and (row.person_id, row.programme_code) not in enrolled,
                }
                for row in page.object_list
            ],
            "programmes": _alone().order_by("programme_code").values_list("programme_code", flat=True).distinct(),
            "states": [(key, words) for key, (words, _rows) in STATES.items()],
            "state": state,
            "asked": asked,
            "query": query.urlencode(),
        }


class ForOneAlone(OfficeForm):
    """A form about one enrolment without a group; those in groups are dealt with on the group's page."""

    header_icon = "user"

    def found(self):
        return _alone()

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.enrolment = get_object_or_404(self.found(), pk=kwargs["pk"])
        self.names = {"name": self.enrolment.person.full_name, "programme": self.enrolment.edition.title}

    def form_valid(self, form):
        try:
            said = self.act(form.cleaned_data)
        except enrolling.EnrolmentRefused as refused:
            form.add_error(None, str(refused))
            return self.form_invalid(form)
        messages.success(self.request, said)
        return redirect("self_paced")


class WithdrawAlone(ForOneAlone):
    form_class = WithdrawForm
    submit_label = gettext_lazy("Withdraw")

    def found(self):
        return super().found().filter(ended_at__isnull=True)

    def get_page_title(self):
        return _("Withdraw %(name)s from “%(programme)s”") % self.names

    def act(self, said) -> str:
        enrolling.withdraw(self.enrolment, by=self.request.user, reason=said["reason"])
        return _("%(name)s is withdrawn from “%(programme)s”. What was recorded stays.") % self.names


class EnrolAgain(ForOneAlone):
    """A new registration for the edition that holds today, after a completion or a withdrawal."""

    form_class = forms.Form
    submit_label = gettext_lazy("Enrol again")

    def found(self):
        return super().found().filter(Q(ended_at__isnull=False) | Q(completion__isnull=False))

    def get_page_title(self):
        return _("Enrol %(name)s in “%(programme)s” again") % self.names

    def act(self, said) -> str:
        latest = Edition.objects.filter(programme_code=self.enrolment.programme_code).order_by("-number")[0]
        if self.enrolment.ended_at:
            enrolling.enrol(self.enrolment.person, latest, by=self.request.user)
        else:
            enrolling.enrol_again(self.enrolment, latest, by=self.request.user)
        return _("%(name)s is enrolled in “%(programme)s” again, from the beginning.") % self.names


def urls():
    return [
        path("enrolments/alone/", SelfPaced.as_view(), name="self_paced"),
        path("enrolments/<int:pk>/withdraw-alone/", WithdrawAlone.as_view(), name="withdraw_self_paced"),
        path("enrolments/<int:pk>/again/", EnrolAgain.as_view(), name="enrol_again"),
    ]
