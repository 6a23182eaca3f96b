"""The kernel as a Django app, so that its migrations (cache table) and commands are found."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class KernelConfig(AppConfig):
    name = "lms.kernel"
    label = "kernel"

    def ready(self):
        from lms.kernel import schedules

        # Sent once per app that has models; the queue's own app is the one whose tables this needs.
        post_migrate.connect(schedules.ensure, sender=apps.get_app_config("django_q"), dispatch_uid="schedules")
