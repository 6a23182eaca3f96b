"""Roles: what a user may be, given by an administrator in the office as membership of a group.

Being a trainer of a group, a representative of an organisation or the holder of a licence are facts with their
own rows; the roles here say what one may do at all.
"""

from collections.abc import Iterable

from django.contrib.auth import get_user_model
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.utils.translation import gettext_lazy as _

from lms.kernel.prepared import Prepared, Slot

TRAINER = "trainer"
COURSE_AUTHOR = "course_author"
ORGANISER = "organiser"
COUNCIL_OFFICER = "council_officer"
COMMISSION_MEMBER = "commission_member"
INSPECTOR = "inspector"
ADMINISTRATOR = "administrator"

LABELS = {
    TRAINER: _("Trainer"),
    COURSE_AUTHOR: _("Course author"),
    ORGANISER: _("Organiser"),
    COUNCIL_OFFICER: _("Council officer"),
    COMMISSION_MEMBER: _("Commission member"),
    INSPECTOR: _("Inspector"),
    ADMINISTRATOR: _("Administrator"),
}
# Roles that work in the office (Wagtail); a trainer works on the teaching pages.
OFFICE_ROLES = {COURSE_AUTHOR, ORGANISER, COUNCIL_OFFICER, COMMISSION_MEMBER, INSPECTOR, ADMINISTRATOR}
# Roles that must sign in with a second factor.
SECOND_FACTOR_ROLES = {COUNCIL_OFFICER, COMMISSION_MEMBER, ADMINISTRATOR}

_groups_of = Prepared(lambda: Group.objects.filter(user__id=Slot(get_user_model(), "id")).values_list("name"))


def roles_of(user) -> frozenset[str]:
    """The roles of ``user``, read once per request; an anonymous or inactive user has none. Superusers have all."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    if user.is_superuser:
        return frozenset(LABELS)
    known = getattr(user, "_roles", None)
    if known is None:
        known = lay_beside(user, [name for (name,) in _groups_of(id=user.pk)])
    return known


def lay_beside(user, groups: Iterable[str | None]) -> frozenset[str]:
    """Remember with ``user`` which roles follow from the names of their ``groups``."""
    user._roles = frozenset(LABELS).intersection(groups)
    return user._roles


def has_role(user, *roles: str) -> bool:
    """Does ``user`` have any of ``roles``?"""
    return not roles_of(user).isdisjoint(roles)


def needs_second_factor(user) -> bool:
    return has_role(user, *SECOND_FACTOR_ROLES)


def create_groups(sender, **kwargs):
    """After migrating: one group per role, and the office door for those who work there. Safe to repeat."""
    create_permissions(sender, verbosity=0)  # this signal may reach us before Django's own receiver has made them
    office = Permission.objects.filter(content_type__app_label="wagtailadmin", codename="access_admin").first()
    for role in LABELS:
        group, _created = Group.objects.get_or_create(name=role)
        if office and role in OFFICE_ROLES:
            group.permissions.add(office)
        if role == ADMINISTRATOR:
            group.permissions.add(
                *Permission.objects.filter(content_type__app_label="people", codename__in=["add_user", "change_user"])
            )
