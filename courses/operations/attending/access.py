"""Who may see and mark which groups: a trainer the own ones, the office all of them."""

from courses.models import Group, Session
from lms.people import roles

OFFICE = (roles.ORGANISER, roles.COUNCIL_OFFICER, roles.ADMINISTRATOR)


def works_in_every_group(user) -> bool:
    """May ``user`` work in groups that are not the own ones?"""
    return roles.has_role(user, *OFFICE)


def groups_of(user):
    """The groups whose attendance ``user`` may see and take."""
    if works_in_every_group(user):
        return Group.objects.all()
    if not user.is_authenticated or not user.is_active:
        return Group.objects.none()
    return Group.objects.filter(group_trainers__person__user=user)


def sessions_of(user):
    """The sessions of those groups, cancelled ones included."""
    if works_in_every_group(user):
        return Session.objects.all()
    return Session.objects.filter(group__in=groups_of(user))


def may_mark(user, session) -> bool:
    """May ``user`` take the attendance of ``session``?"""
    return works_in_every_group(user) or groups_of(user).filter(pk=session.group_id).exists()
