"""Review cases: what came to light about a certificate after its issue, until when it is to be settled, what came of it.

A case changes nothing by itself. The certificate stands as it stood until somebody decides.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from certification.models.certificates import ActRequest, Certificate
from lms.kernel.constraints import both_or_neither, one_of


class ReviewCase(models.Model):
    class Cause(models.TextChoices):
        EVIDENCE = "evidence", _("the evidence changed")
        ACCREDITATION = "accreditation", _("the accreditation was withdrawn")
        MERGE = "merge", _("two persons were merged")
        REPORTED = "reported", _("reported to the office")

    class Outcome(models.TextChoices):
        NO_CHANGE = "no_change", _("stays as it is")
        SUPERSEDED = "superseded", _("replaced")
        SUSPENDED = "suspended", _("suspended")
        REVOKED = "revoked", _("revoked")

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="reviews")
    cause = models.CharField(_("cause"), max_length=13, choices=Cause.choices)
    # What was found, as it was then: [{"kind", "code", "reason"}, …], or {"text"} of what was reported.
    findings = models.JSONField(default=list)
    fingerprint = models.CharField(max_length=64)  # of the findings: what was settled once is not opened again
    opened_at = models.DateTimeField(_("opened"))
    # Empty: found by comparing certificates with their evidence.
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    deadline_on = models.DateField(_("to be settled by"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    decision_number = models.CharField(_("decision number"), max_length=60, blank=True)
    # The act that was asked for as the outcome; the case is closed when somebody else approves it.
    request = models.OneToOneField(ActRequest, on_delete=models.PROTECT, null=True, blank=True, related_name="review")
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("review case")
        verbose_name_plural = _("review cases")
        ordering = ["deadline_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["certificate", "cause"],
                condition=Q(closed_at__isnull=True),
                name="one_open_review_per_certificate_and_cause",
            ),
            both_or_neither("closed_at", "closed_by"),
            models.CheckConstraint(condition=Q(closed_at__isnull=True) | ~Q(outcome=""), name="closed_with_an_outcome"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(outcome="no_change") | Q(request__isnull=False),
                name="an_act_closes_only_with_its_request",
            ),
            one_of("cause", ["evidence", "accreditation", "merge", "reported"]),
            one_of("outcome", ["", "no_change", "superseded", "suspended", "revoked"]),
        ]

    def __str__(self):
        return f"{self.certificate_id} {self.cause} {self.deadline_on}"
