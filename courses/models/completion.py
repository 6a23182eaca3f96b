"""Completion: written once, with the moment the last criterion was met. Recomputing never moves it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models.edition import Frozen
from lms.kernel.constraints import both_or_neither, one_of
from lms.kernel.private_files import private_storage


class WaiverQuerySet(models.QuerySet):
    def running(self):
        """Proposed or granted, neither refused nor withdrawn."""
        return self.filter(ended_at__isnull=True)


class Waiver(models.Model):
    """A criterion somebody was let off, with who, why and on which paper (recognised prior training).

    One person proposes it, another grants it. What was said stays as it was said; every step is a WaiverEvent.
    """

    enrolment = models.ForeignKey("courses.Enrolment", on_delete=models.PROTECT, related_name="waivers")
    kind = models.CharField(max_length=20)  # day, module, assessment, accreditation (that did not hold on the day)
    code = models.CharField(max_length=20)
    reason = models.CharField(_("reason"), max_length=300)
    decision_number = models.CharField(_("decision"), max_length=60, blank=True)
    expires_on = models.DateField(_("ends on"), null=True, blank=True)  # last day to complete with it; empty: no end
    document = models.FileField(_("evidence"), upload_to="waivers/", storage=private_storage, blank=True)
    document_name = models.CharField(max_length=200, blank=True)
    document_sha256 = models.CharField(max_length=64, blank=True)
    proposed_at = models.DateTimeField(_("proposed"), null=True)  # empty: from before two people were asked
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    granted_at = models.DateTimeField(_("granted"), null=True)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(_("ended"), null=True)  # refused or withdrawn

    objects = WaiverQuerySet.as_manager()

    class Meta:
        verbose_name = _("waiver")
        verbose_name_plural = _("waivers")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "kind", "code"],
                condition=models.Q(ended_at__isnull=True),
                name="one_waiver_per_criterion",
            ),
            one_of("kind", ["day", "module", "assessment", "accreditation"]),
            both_or_neither("proposed_at", "proposed_by"),
            both_or_neither("granted_at", "granted_by"),
            models.CheckConstraint(
                condition=models.Q(granted_by__isnull=True)
                | models.Q(proposed_by__isnull=True)
                | ~models.Q(granted_by=models.F("proposed_by")),
                name="a_waiver_takes_two_people",
            ),
        ]

    def __str__(self):
        return f"{self.enrolment_id} {self.kind} {self.code}"


class WaiverEvent(Frozen):
    """What happened to a waiver, in order. Rows are added, never changed."""

    class Kind(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        GRANTED = "granted", _("granted")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")

    waiver = models.ForeignKey(Waiver, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("waiver event")
        verbose_name_plural = _("waiver events")
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["waiver", "kind"], name="each_step_of_a_waiver_once"),
            one_of("kind", ["proposed", "granted", "refused", "withdrawn"]),
        ]

    def __str__(self):
        return f"{self.waiver_id} {self.kind}"


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
