"""Who: users, persons, organisations, roles."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    name = "lms.people"
    label = "people"
    verbose_name = _("People")

    def ready(self):
        from lms.people import receivers  # noqa: F401 - connects them
        from lms.people.roles import create_groups

        post_migrate.connect(create_groups, sender=self)
