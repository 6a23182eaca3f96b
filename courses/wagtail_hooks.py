"""What this room adds to the office. Registration only; the views are in courses/admin/."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from courses.admin import (
    access,
    attendance,
    catalogue,
    completions,
    delivery,
    enrolments,
    participants,
    planning,
    questions,
    self_paced,
    waivers,
)
from lms.people import roles


class MenuItemForRoles(MenuItem):
    """A menu entry shown to users with one of ``allowed`` roles."""

    def __init__(self, *args, allowed, **kwargs):
        self.allowed = allowed
        super().__init__(*args, **kwargs)

    def is_shown(self, request):
        return roles.has_role(request.user, *self.allowed)


@hooks.register("register_admin_viewset")
def editions():
    return catalogue.EditionViewSet()


hooks.register("after_publish_page", catalogue.say_what_publishing_did)


@hooks.register("register_admin_viewset")
def rounds_groups_sessions_venues():
    return delivery.DeliveryGroup()


@hooks.register("register_admin_urls")
def approvals_planning_and_attendance():
    return [*catalogue.urls(), *planning.urls(), *attendance.urls()]


@hooks.register("register_admin_menu_item")
def attendance_menu():
    return MenuItemForRoles(
        _("Attendance"), reverse("courses:attendance-report"), icon_name="table", order=230, allowed=access.READERS
    )


@hooks.register("register_admin_menu_item")
def plan_day_menu():
    return MenuItemForRoles(
        _("Plan a training day"), reverse("plan_day"), icon_name="date", order=225, allowed=access.ORGANISERS
    )


@hooks.register("register_admin_urls")
def questions_and_completions():
    return [*questions.urls(), *completions.urls()]


@hooks.register("register_admin_menu_item")
def questions_menu():
    return MenuItemForRoles(
        _("Questions"), reverse("questions"), icon_name="help", order=210, allowed=questions.READERS
    )


@hooks.register("register_admin_menu_item")
def completions_menu():
    return MenuItemForRoles(
        _("Completions"), reverse("completions"), icon_name="success", order=240, allowed=access.READERS
    )


@hooks.register("register_admin_urls")
def lists_of_participants():
    return [*enrolments.urls(), *participants.urls(), *self_paced.urls(), *waivers.urls()]


@hooks.register("register_admin_menu_item")
def self_paced_menu():
    return MenuItemForRoles(
        _("Without a group"),
        reverse("self_paced"),
        icon_name="user",
        order=227,
        allowed=access.ORGANISERS,
    )


@hooks.register("register_admin_menu_item")
def waivers_menu():
    return MenuItemForRoles(_("Waivers"), reverse("waivers"), icon_name="check", order=241, allowed=access.READERS)


@hooks.register("register_admin_menu_item")
def import_enrolments_menu():
    return MenuItemForRoles(
        _("Enrol a list"), reverse("import_enrolments"), icon_name="upload", order=226, allowed=access.ORGANISERS
    )


@hooks.register("register_admin_menu_item")
def import_attendance_menu():
    return MenuItemForRoles(
        _("Import attendance"), reverse("import_attendance"), icon_name="upload", order=231, allowed=access.ORGANISERS
    )
