"""Completion: written once, with the moment the last criterion was met. Recomputing never moves it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models.edition import Frozen
from lms.kernel.constraints import one_of


class Waiver(models.Model):
    """A criterion somebody was let off, with who, why and on which paper (recognised prior training)."""

    enrolment = models.ForeignKey("courses.Enrolment", on_delete=models.PROTECT, related_name="waivers")
    kind = models.CharField(max_length=20)  # day, module, assessment, accreditation (that did not hold on the day)
    code = models.CharField(max_length=20)
    reason = models.CharField(_("reason"), max_length=300)
    decision_number = models.CharField(_("decision"), max_length=60, blank=True)
    granted_at = models.DateTimeField()
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("waiver")
        verbose_name_plural = _("waivers")
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "kind", "code"], name="one_waiver_per_criterion"),
            one_of("kind", ["day", "module", "assessment", "accreditation"]),
        ]

    def __str__(self):
        return f"{self.enrolment_id} {self.kind} {self.code}"


class Completion(Frozen):
    enrolment = models.OneToOneField("courses.Enrolment", on_delete=models.PROTECT, related_name="completion")
    completed_at = models.DateTimeField(_("completed"))  # evidence time: when the last criterion was met
    completed_on = models.DateField(_("completed on"))  # that moment's day at the venue, else of the installation
    evidence = models.JSONField()  # [{"kind": "day", "code": "D1", "at": iso, "ids": […], "where": …}, …]
    rule = models.JSONField()  # as it was when it was met
    recorded_at = models.DateTimeField(_("recorded"))

    class Meta:
        verbose_name = _("completion")
        verbose_name_plural = _("completions")
        ordering = ["-completed_at", "id"]

    def __str__(self):
        return f"{self.enrolment_id} {self.completed_on}"
