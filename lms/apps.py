"""The roof as a Django app: system checks, commands that know every room, office branding."""

from django.apps import AppConfig


class LmsConfig(AppConfig):
    name = "lms"
    label = "lms"

    def ready(self):
        from lms import checks  # noqa: F401 - registers the system checks
