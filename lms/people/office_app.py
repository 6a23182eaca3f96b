"""Wagtail's users in the office, with our forms."""

from wagtail.users.apps import WagtailUsersAppConfig


class OfficeUsersConfig(WagtailUsersAppConfig):
    user_viewset = "lms.people.office.UserViewSet"
