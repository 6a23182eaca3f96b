"""Rounds, groups, sessions and venues in the office: planned, moved, cancelled and replaced; never deleted."""

from django import forms
from django.db import transaction
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import ModelChoiceFilter
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import IndexView
from wagtail.admin.viewsets.base import ViewSetGroup
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets import AdminDateInput, AdminTimeInput

from courses.admin.access import ORGANISERS, ByRole
from courses.admin.codes import tidy_code
from courses.admin.delivery_forms import RoundForm, VenueForm, fix
from courses.models import EditionDay, Group, GroupTrainer, Round, Session, Venue
from courses.operations import scheduling
from lms.people import roles
from lms.people.models import Person


def day_of(day) -> str:
    """A date as it is written here; empty when there is none."""
    return date_format(day, "d.m.Y") if day else ""


def possible_trainers():
    """Persons with a trainer's account, and whoever trains a group already."""
    return (
        Person.objects.filter(Q(user__groups__name=roles.TRAINER) | Q(trains__isnull=False))
        .distinct()
        .order_by("surname", "given_name", "pk")
    )


class WorkColumn(TitleColumn):
    """A link for those who work in the groups; who only reads the lists sees the words."""

    def get_link_url(self, instance, parent_context):
        works_here = roles.has_role(parent_context["request"].user, *ORGANISERS)
        return super().get_link_url(instance, parent_context) if works_here else None


class GroupForm(WagtailAdminModelForm):
    trainers = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Trainers"),
        queryset=Person.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("They take the attendance of this group and see nobody else’s."),
    )

    class Meta:
        model = Group
        fields = ["round", "code", "municipality", "language", "capacity", "trainers"]
        help_texts = {
            "code": gettext_lazy("Short, such as G3. Together with the round it names the group: REF-2026-1/G3."),
            "capacity": gettext_lazy("How many people the room holds. Guests who make up a day count too."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["trainers"].queryset = possible_trainers()
        if self.instance.pk:
            self.initial["trainers"] = list(self.instance.group_trainers.values_list("person", flat=True))
            for name in ("round", "code"):
                fix(self, name, [self.instance])

    def clean_code(self):
        return tidy_code(self.cleaned_data["code"])

    @transaction.atomic
    def save(self, commit=True):
        group = super().save(commit=commit)
        chosen = set(self.cleaned_data["trainers"])
        GroupTrainer.objects.filter(group=group).exclude(person__in=chosen).delete()
        for person in chosen:
            GroupTrainer.objects.get_or_create(group=group, person=person)
        return group


class SessionForm(WagtailAdminModelForm):
    class Meta:
        model = Session
        fields = ["group", "day", "half", "on", "starts", "ends", "venue"]
        widgets = {"on": AdminDateInput, "starts": AdminTimeInput, "ends": AdminTimeInput}
        help_texts = {
            "day": gettext_lazy("A training day of the same edition as the group’s round."),
            "starts": gettext_lazy("What the clock at the venue shows."),
            "venue": gettext_lazy("Its time zone becomes the session’s."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["group"].queryset = Group.objects.select_related("round")
        self.fields["day"].queryset = EditionDay.objects.select_related("edition")
        if self.instance.pk:  # what a session is stays; when and where it is may change
            for name in ("group", "day", "half"):
                self.fields[name].disabled = True

    def clean(self):
        cleaned = super().clean()
        if not self.errors:
            try:
                self._operate(check_only=True)
            except scheduling.SchedulingError as error:
                raise forms.ValidationError(str(error)) from None
        return cleaned

    def save(self, commit=True):
        return self._operate(check_only=False)

    def _operate(self, *, check_only):
        """Plan or move the session; with ``check_only`` everything is taken back again."""
        said = self.cleaned_data
        moment = {name: said[name] for name in ("on", "starts", "ends", "venue")}
        with transaction.atomic():
            if self.instance.pk:
                session = scheduling.move(self.instance, by=self.for_user, **moment)
            else:
                session = scheduling.plan_session(said["group"], said["day"], said["half"], by=self.for_user, **moment)
            if check_only:
                transaction.set_rollback(True)
        return session

    def _post_clean(self):
        """The operation is the judge; the model's own checks would want the moments that it derives."""


class NewestFirst(IndexView):
    """Lists that fetch what their rows show."""

    along: tuple[str, ...] = ()

    def get_base_queryset(self):
        return super().get_base_queryset().select_related(*self.along)


class RoundIndex(NewestFirst):
    along = ("edition",)

    def get_base_queryset(self):
        return super().get_base_queryset().annotate(group_count=Count("groups"))


class GroupIndex(NewestFirst):
    along = ("round", "municipality")

    def get_base_queryset(self):
        members = Count("enrolments", filter=Q(enrolments__ended_at__isnull=True))
        return super().get_base_queryset().annotate(members=members)


class SessionIndex(NewestFirst):
    along = ("group__round", "day", "venue")


class VenueIndex(NewestFirst):
    along = ("municipality",)


class SessionFilter(WagtailFilterSet):
    group = ModelChoiceFilter(label=gettext_lazy("Group"), queryset=Group.objects.select_related("round"))

    class Meta:
        model = Session
        fields = {"group__round": ["exact"], "on": ["gte", "lte"], "venue": ["exact"]}


class GroupFilter(WagtailFilterSet):
    class Meta:
        model = Group
        fields = ["round", "municipality", "language"]


class DeliveryViewSet(ModelViewSet):
    """What all lists of delivery share."""

    copy_view_enabled = False
    inspect_view_enabled = False
    list_per_page = 50

    @property
    def permission_policy(self):
        return ByRole(self.model)


class RoundViewSet(DeliveryViewSet):
    model = Round
    name = "rounds"
    icon = "date"
    menu_label = gettext_lazy("Rounds")
    index_view_class = RoundIndex
    search_fields = ["code", "edition__programme_code"]
    list_filter = ["edition"]
    list_display = [
        WorkColumn("code", label=gettext_lazy("Round"), get_url=lambda row: reverse("rounds:edit", args=[row.pk])),
        Column("programme", label=gettext_lazy("Programme"), accessor="edition.title"),
        Column("group_count", label=gettext_lazy("Groups")),
        Column(
            "enrolment_closes_on",
            label=gettext_lazy("Enrolment closes"),
            accessor=lambda row: day_of(row.enrolment_closes_on),
        ),
    ]

    def get_form_class(self, for_update=False):
        return RoundForm


class GroupViewSet(DeliveryViewSet):
    model = Group
    name = "training-groups"  # Wagtail’s page of roles stands at groups/
    icon = "group"
    menu_label = gettext_lazy("Groups")
    index_view_class = GroupIndex
    filterset_class = GroupFilter
    search_fields = ["code", "round__code"]
    list_display = [
        WorkColumn(
            "__str__",
            label=gettext_lazy("Group"),
            get_url=lambda row: reverse("training-groups:edit", args=[row.pk]),
        ),
        Column("municipality", label=gettext_lazy("Place")),
        WorkColumn(
            "members",
            label=gettext_lazy("Enrolled"),
            get_url=lambda row: reverse("participants", args=[row.pk]),
        ),
        Column("capacity", label=gettext_lazy("Places")),
        WorkColumn(
            "board",
            label=gettext_lazy("Attendance"),
            accessor=lambda row: _("Board"),
            get_url=lambda row: reverse("courses:teaching-group", args=[row.pk]),
        ),
    ]

    def get_form_class(self, for_update=False):
        return GroupForm


class SessionViewSet(DeliveryViewSet):
    model = Session
    name = "sessions"
    icon = "calendar-alt"
    menu_label = gettext_lazy("Sessions")
    index_view_class = SessionIndex
    filterset_class = SessionFilter
    ordering = ["-starts_at"]
    search_fields = ["group__code", "group__round__code", "day__code"]
    list_display = [
        WorkColumn("code", label=gettext_lazy("Session"), get_url=lambda row: reverse("sessions:edit", args=[row.pk])),
        Column("on", label=gettext_lazy("Date"), accessor=lambda row: day_of(row.on), sort_key="on"),
        Column("starts", label=gettext_lazy("Starts")),
        Column("venue", label=gettext_lazy("Venue")),
        WorkColumn(
            "roll_call",
            label=gettext_lazy("Attendance"),
            accessor=lambda row: _("Sheet"),
            get_url=lambda row: reverse("courses:session", args=[row.pk]),
        ),
        WorkColumn(
            "cancel",
            label=gettext_lazy("Change of plan"),
            accessor=lambda row: _("cancelled") if row.cancelled_at else _("Cancel or replace"),
            get_url=lambda row: None if row.cancelled_at else reverse("cancel_session", args=[row.pk]),
        ),
    ]

    def get_form_class(self, for_update=False):
        return SessionForm


class VenueViewSet(DeliveryViewSet):
    model = Venue
    name = "venues"
    icon = "home"
    menu_label = gettext_lazy("Venues")
    index_view_class = VenueIndex
    search_fields = ["name", "municipality__search_key"]
    list_display = [
        WorkColumn("name", label=gettext_lazy("Venue"), get_url=lambda row: reverse("venues:edit", args=[row.pk])),
        Column("municipality", label=gettext_lazy("Municipality")),
        Column("zone", label=gettext_lazy("Time zone")),
    ]

    def get_form_class(self, for_update=False):
        return VenueForm


class DeliveryGroup(ViewSetGroup):
    menu_label = gettext_lazy("Delivery")
    menu_icon = "date"
    menu_order = 220
    items = (RoundViewSet, GroupViewSet, SessionViewSet, VenueViewSet)
