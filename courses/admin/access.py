"""Who does what with the records of this room in the office: by role, and nothing is ever deleted there."""

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from wagtail.permission_policies.base import BasePermissionPolicy

from lms.people import roles
from lms.people.models import User

ORGANISERS = (roles.ORGANISER, roles.COUNCIL_OFFICER, roles.ADMINISTRATOR)
DECIDERS = (roles.COUNCIL_OFFICER, roles.COMMISSION_MEMBER)
READERS = (*ORGANISERS, roles.INSPECTOR, roles.COMMISSION_MEMBER)


class ByRole(BasePermissionPolicy):
    """Readers view, organisers also add and change. Delivered things are cancelled, not deleted."""

    def user_has_permission(self, user, action):
        if action in ("add", "change"):
            return roles.has_role(user, *ORGANISERS)
        return action == "view" and roles.has_role(user, *READERS)

    def user_has_any_permission(self, user, actions):
        return any(self.user_has_permission(user, action) for action in actions)

    def users_with_any_permission(self, actions):
        names = ORGANISERS if {"add", "change"} & set(actions) else READERS if "view" in actions else ()
        users = User.objects.filter(is_active=True).filter(Q(groups__name__in=names) | Q(is_superuser=True))
        return users.distinct() if names else User.objects.none()


class ForRoles:
    """An office page for users who have one of ``allowed`` roles; others are refused. Its title ends the breadcrumb."""

    allowed = READERS

    def dispatch(self, request, *args, **kwargs):
        if not roles.has_role(request.user, *self.allowed):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self):
        return [*super().get_breadcrumbs_items(), {"url": "", "label": self.get_page_title()}]
