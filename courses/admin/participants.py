"""The participants of a group in the office, and what an organiser does for one of them: move, or withdraw."""

from django import forms
from django.contrib import messages
from django.db.models import Count, F, Q
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from courses.admin.access import ORGANISERS, ForRoles
from courses.admin.planning import OfficeForm
from courses.models import Enrolment, Group
from courses.operations import enrolling


class Participants(ForRoles, WagtailAdminTemplateMixin, TemplateView):
    """Everybody enrolled in a group today, with what may be done for each."""

    allowed = ORGANISERS
    template_name = "courses/office/participants.html"
    header_icon = "group"
    _show_breadcrumbs = True

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.group = get_object_or_404(Group.objects.select_related("round__edition"), pk=kwargs["pk"])

    def get_page_title(self):
        return _("Participants of %(group)s") % {"group": self.group}

    def get_context_data(self, **kwargs):
        rows = Enrolment.objects.active().filter(group=self.group).select_related("person", "completion")
        return super().get_context_data(**kwargs) | {
            "group": self.group,
            "rows": [
                (row, hasattr(row, "completion"))
                for row in rows.order_by("person__surname", "person__given_name", "person")
            ],
        }


class GroupChoice(forms.ModelChoiceField):
    def label_from_instance(self, group):
        return _("%(group)s, %(place)s: %(taken)d of %(places)d places taken") % {
            "group": group,
            "place": group.municipality,
            "taken": group.taken,
            "places": group.capacity,
        }


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=300, help_text=gettext_lazy("Stays with the enrolment for good.")
    )


class MoveForm(WithdrawForm):
    group = GroupChoice(label=gettext_lazy("To group"), queryset=Group.objects.none())
    field_order = ["group", "reason"]

    def __init__(self, *args, enrolment, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["group"].queryset = (
            Group.objects.filter(round__edition=enrolment.edition_id)
            .exclude(pk=enrolment.group_id)
            .annotate(taken=Count("enrolments", filter=Q(enrolments__ended_at__isnull=True)))
            .select_related("round", "municipality")
            .order_by(F("round").desc(), "code")
        )


class ForOne(OfficeForm):
    """A form about one running enrolment in a group. Ended ones do not exist here."""

    header_icon = "user"

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        found = Enrolment.objects.active().filter(group__isnull=False)
        self.enrolment = get_object_or_404(found.select_related("person", "edition", "group__round"), pk=kwargs["pk"])
        self.names = {"name": self.enrolment.person.full_name, "group": self.enrolment.group}

    def form_valid(self, form):
        try:
            said = self.act(form.cleaned_data)
        except enrolling.EnrolmentRefused as refused:
            form.add_error(None, str(refused))
            return self.form_invalid(form)
        messages.success(self.request, said)
        return redirect("participants", pk=self.names["group"].pk)


class Move(ForOne):
    form_class = MoveForm
    submit_label = gettext_lazy("Move to this group")

    def get_page_title(self):
        return _("Move %(name)s from %(group)s") % self.names

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"enrolment": self.enrolment}

    def act(self, said) -> str:
        enrolling.move(self.enrolment, said["group"], by=self.request.user, reason=said["reason"])
        return _("%(name)s is in group %(group)s now.") % (self.names | {"group": said["group"]})


class Withdraw(ForOne):
    form_class = WithdrawForm
    submit_label = gettext_lazy("Withdraw")

    def get_page_title(self):
        return _("Withdraw %(name)s from %(group)s") % self.names

    def act(self, said) -> str:
        enrolling.withdraw(self.enrolment, by=self.request.user, reason=said["reason"])
        return _("%(name)s is withdrawn from %(group)s. What was recorded stays.") % self.names


def urls():
    return [
        path("training-groups/<int:pk>/participants/", Participants.as_view(), name="participants"),
        path("enrolments/<int:pk>/move/", Move.as_view(), name="move_enrolment"),
        path("enrolments/<int:pk>/withdraw/", Withdraw.as_view(), name="withdraw_enrolment"),
    ]
