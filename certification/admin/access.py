"""Who may do what on the Council's office pages: looking is for officers, the commission, administrators and inspectors."""

from functools import wraps

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from wagtail.permission_policies.base import BasePermissionPolicy

from lms.people import roles
from lms.people.models import User

READERS = (roles.COUNCIL_OFFICER, roles.COMMISSION_MEMBER, roles.ADMINISTRATOR, roles.INSPECTOR)
KEEPERS = (roles.COUNCIL_OFFICER, roles.ADMINISTRATOR)


def for_roles(*allowed: str):
    """Decorator for a view: users of these roles only; others are told they may not."""

    def decorate(view):
        @wraps(view)
        def checked(request, *args, **kwargs):
            if not roles.has_role(request.user, *allowed):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return checked

    return decorate


def may_keep(user) -> bool:
    """May ``user`` change the register? The commission and inspectors only look."""
    return roles.has_role(user, *KEEPERS)


class KeptByTheCouncil(BasePermissionPolicy):
    """Lists that officers and administrators keep and the Council's other roles read. Nothing is deleted."""

    def user_has_permission(self, user, action):
        if action in ("add", "change"):
            return may_keep(user)
        return action == "view" and roles.has_role(user, *READERS)

    def user_has_any_permission(self, user, actions):
        return any(self.user_has_permission(user, action) for action in actions)

    def users_with_any_permission(self, actions):
        names = KEEPERS if {"add", "change"} & set(actions) else READERS if "view" in actions else ()
        users = User.objects.filter(is_active=True).filter(Q(groups__name__in=names) | Q(is_superuser=True))
        return users.distinct() if names else User.objects.none()
