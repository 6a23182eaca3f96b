"""Planning in the office: a whole training day at once, and a session cancelled or replaced."""

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.widgets import AdminDateInput, AdminTimeInput

from courses.admin.access import ORGANISERS, ForRoles
from courses.models import EditionDay, Group, Session, Venue
from courses.operations import scheduling
from lms.people.models import Person


class PlanDayForm(forms.Form):
    """Both halves of a training day at once."""

    group = forms.ModelChoiceField(label=gettext_lazy("Group"), queryset=Group.objects.select_related("round"))
    day = forms.ModelChoiceField(
        label=gettext_lazy("Training day"), queryset=EditionDay.objects.select_related("edition")
    )
    on = forms.DateField(label=gettext_lazy("Date"), widget=AdminDateInput)
    venue = forms.ModelChoiceField(label=gettext_lazy("Venue"), queryset=Venue.objects.all())
    am_starts = forms.TimeField(label=gettext_lazy("Morning starts"), initial="09:00", widget=AdminTimeInput)
    am_ends = forms.TimeField(label=gettext_lazy("Morning ends"), initial="12:00", widget=AdminTimeInput)
    pm_starts = forms.TimeField(label=gettext_lazy("Afternoon starts"), initial="13:00", widget=AdminTimeInput)
    pm_ends = forms.TimeField(label=gettext_lazy("Afternoon ends"), initial="16:00", widget=AdminTimeInput)


class CancelForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy(
            "Everybody enrolled can read it. Marks made so far stay to be seen and count for nothing."
        ),
    )
    on = forms.DateField(
        label=gettext_lazy("Held instead on"),
        required=False,
        widget=AdminDateInput,
        help_text=gettext_lazy("Leave it empty when nothing replaces the session yet."),
    )
    starts = forms.TimeField(label=gettext_lazy("Starts"), required=False, widget=AdminTimeInput)
    ends = forms.TimeField(label=gettext_lazy("Ends"), required=False, widget=AdminTimeInput)
    venue = forms.ModelChoiceField(label=gettext_lazy("Venue"), queryset=Venue.objects.all(), required=False)


class OfficeForm(ForRoles, WagtailAdminTemplateMixin, FormView):
    """A single form on an office page."""

    allowed = ORGANISERS
    template_name = "courses/office/form.html"
    header_icon = "date"
    _show_breadcrumbs = True
    submit_label = ""

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"submit_label": self.submit_label}


class PlanDayView(OfficeForm):
    form_class = PlanDayForm
    page_title = gettext_lazy("Plan a training day")
    submit_label = gettext_lazy("Plan morning and afternoon")

    def form_valid(self, form):
        said = form.cleaned_data
        try:
            am, _pm = scheduling.plan_workshop(
                said["group"],
                said["day"],
                said["on"],
                said["venue"],
                am=(said["am_starts"], said["am_ends"]),
                pm=(said["pm_starts"], said["pm_ends"]),
                by=self.request.user,
            )
        except scheduling.SchedulingError as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        trainers = Person.objects.filter(trains__group=said["group"])
        for clash in scheduling.clashes_of(trainers):
            if clash.first.on == said["on"]:
                messages.warning(
                    self.request,
                    _("%(trainer)s is planned on %(date)s in %(first)s and %(second)s at once.")
                    % {
                        "trainer": clash.trainer,
                        "date": f"{said['on']:%d.%m.%Y}",
                        "first": clash.first.group,
                        "second": clash.second.group,
                    },
                )
        messages.success(self.request, _("%(day)s of %(group)s is planned.") % {"day": am.day.code, "group": am.group})
        return redirect("sessions:index")


class CancelSessionView(OfficeForm):
    form_class = CancelForm
    submit_label = gettext_lazy("Cancel this session")

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.session = get_object_or_404(
            Session.objects.taking_place().select_related("group__round", "day", "venue"), pk=kwargs["pk"]
        )

    def get_page_title(self):
        return _("Cancel or replace %(session)s") % {"session": self.session.code}

    def get_initial(self):
        return {"starts": self.session.starts, "ends": self.session.ends, "venue": self.session.venue}

    def form_valid(self, form):
        said = form.cleaned_data
        try:
            if said["on"]:
                scheduling.replace(
                    self.session,
                    by=self.request.user,
                    reason=said["reason"],
                    on=said["on"],
                    starts=said["starts"] or self.session.starts,
                    ends=said["ends"] or self.session.ends,
                    venue=said["venue"] or self.session.venue,
                )
            else:
                scheduling.cancel(self.session, by=self.request.user, reason=said["reason"])
        except scheduling.SchedulingError as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        messages.success(self.request, _("%(session)s is cancelled.") % {"session": self.session.code})
        return redirect("sessions:index")


def urls():
    return [
        path("sessions/plan-day/", PlanDayView.as_view(), name="plan_day"),
        path("sessions/<int:pk>/cancel/", CancelSessionView.as_view(), name="cancel_session"),
    ]
