"""Programmes in the office: which editions were cut, and what publishing a page did."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.panels import FieldPanel
from wagtail.admin.ui.tables import BooleanColumn, Column
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.models import Page
from wagtail.permission_policies.base import BasePermissionPolicy

from courses.models import Edition, LessonPage, ModulePage, ProgrammePage
from courses.operations import publishing
from lms.people import roles
from lms.people.models import User

READERS = (
    roles.COURSE_AUTHOR,
    roles.ORGANISER,
    roles.COUNCIL_OFFICER,
    roles.COMMISSION_MEMBER,
    roles.INSPECTOR,
    roles.ADMINISTRATOR,
)


class ReadOnly(BasePermissionPolicy):
    """People of some roles may look; nobody may add, change or delete: editions are cut by publishing."""

    def user_has_permission(self, user, action):
        return action == "view" and roles.has_role(user, *READERS)

    def user_has_any_permission(self, user, actions):
        return any(self.user_has_permission(user, action) for action in actions)

    def users_with_any_permission(self, actions):
        readers = User.objects.filter(is_active=True).filter(Q(groups__name__in=READERS) | Q(is_superuser=True))
        return readers.distinct() if "view" in actions else User.objects.none()


class EditionViewSet(ModelViewSet):
    model = Edition
    name = "editions"
    icon = "openquote"
    menu_label = gettext_lazy("Programmes")
    menu_order = 210
    add_to_admin_menu = True
    inspect_view_enabled = True
    copy_view_enabled = False
    permission_policy = ReadOnly(Edition)
    form_fields = ["programme_code", "number"]
    panels = [FieldPanel("programme_code", read_only=True), FieldPanel("number", read_only=True)]
    ordering = ["programme_code", "-number"]
    list_per_page = 50
    search_fields = ["programme_code"]
    list_filter = ["programme_code", "mode", "is_open"]
    list_display = [
        Column("__str__", label=gettext_lazy("Edition"), accessor="__str__"),
        Column("title", label=gettext_lazy("Title"), accessor="title"),
        Column("published_at", label=gettext_lazy("Published"), sort_key="published_at"),
        Column("hours", label=gettext_lazy("Hours"), sort_key="hours"),
        BooleanColumn("is_open", label=gettext_lazy("Open to everybody")),
    ]
    inspect_view_fields = [
        "programme_code",
        "number",
        "published_at",
        "title",
        "hours",
        "mode",
        "is_open",
        "needs_licence",
        "licence_in_force",
        "valid_months",
        "rule",
        "accreditation",
        "facts_sha256",
    ]


def say_what_publishing_did(request, page):
    """After publishing in the office: which edition holds now, or why there is none and what to do."""
    _say(request, page.specific, publishing.cut_editions_with_page)


def _say(request, page, editions_of):
    if not isinstance(page, (ProgrammePage, ModulePage, LessonPage)) or page.alias_of_id:
        return
    try:
        editions = editions_of(page)
    except publishing.PublishRefused as refused:
        messages.warning(
            request,
            _("The page is published, but the programme cannot be offered like this: %(reason)s")
            % {"reason": str(refused)},
        )
        return
    for edition in editions:
        messages.info(
            request,
            _("Enrolments from now on are for edition %(number)d of %(code)s.")
            % {"number": edition.number, "code": edition.programme_code},
        )


def approved(request, page_id: int):
    """After an approval: which edition holds now, said on the start page. It was cut when the page was published."""
    if not roles.has_role(request.user, *READERS):
        raise PermissionDenied
    _say(request, get_object_or_404(Page, pk=page_id, live=True).specific, publishing.editions_with_page)
    return redirect("wagtailadmin_home")


def urls():
    return [path("catalogue/approved/<int:page_id>/", approved, name="page_approved")]
