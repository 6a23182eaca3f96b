"""From a completion to a certificate anyone can verify, tied to a licence."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class CertificationConfig(AppConfig):
    name = "certification"
    verbose_name = _("Certification")

    def ready(self):
        from certification import receivers  # noqa: F401 - connects the signals
        from certification.models import write_once

        pre_migrate.connect(write_once.remove_before_migrating, sender=self)
        post_migrate.connect(write_once.install_after_migrating, sender=self)
