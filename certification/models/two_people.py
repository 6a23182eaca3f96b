"""What one person asks for and another decides."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Asked(models.Model):
    """Who asked and who decided, each with the moment. The row adds its state, and that nobody decides alone."""

    requested_at = models.DateTimeField(_("requested"))
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        abstract = True
