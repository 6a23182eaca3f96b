"""How often certificates are checked: daily counts, and nothing about who asked, from where, or with what."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.kernel.constraints import one_of


class VerificationStat(models.Model):
    """How many checks of one channel ended in one verdict on one day."""

    class Channel(models.TextChoices):
        NUMBER = "number", _("by number")
        ACCESS_CODE = "access_code", _("number and access code")
        SQUARE_CODE = "square_code", _("square code")
        FILE = "file", _("file")
        LIST = "list", _("list")
        PROGRAM = "program", _("by a program")

    class Verdict(models.TextChoices):
        VALID = "valid", _("valid")
        EXPIRED = "expired", _("expired")
        SUSPENDED = "suspended", _("suspended")
        REVOKED = "revoked", _("revoked")
        REPLACED = "replaced", _("replaced")
        NOT_GENUINE = "not_genuine", _("not genuine")
        CANNOT_CHECK = "cannot_check", _("cannot be checked")
        UNKNOWN = "unknown", _("no such certificate")  # an unknown number, or a code that does not fit

    day = models.DateField()
    channel = models.CharField(max_length=11, choices=Channel.choices)
    verdict = models.CharField(max_length=12, choices=Verdict.choices)
    count = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("count of verifications")
        verbose_name_plural = _("counts of verifications")
        ordering = ["day", "channel", "verdict"]
        constraints = [
            models.UniqueConstraint(fields=["day", "channel", "verdict"], name="one_count_per_day_channel_and_verdict"),
            models.CheckConstraint(condition=Q(count__gt=0), name="a_count_of_verifications_counts_something"),
            one_of("channel", ["number", "access_code", "square_code", "file", "list", "program"]),
            one_of(
                "verdict",
                ["valid", "expired", "suspended", "revoked", "replaced", "not_genuine", "cannot_check", "unknown"],
            ),
        ]

    def __str__(self):
        return f"{self.day} {self.channel} {self.verdict}: {self.count}"


class AccessNotice(models.Model):
    """How often a certificate was checked on one day: for its holder, who is told no more than that."""

    certificate = models.ForeignKey(
        "certification.Certificate", on_delete=models.PROTECT, related_name="access_notices"
    )
    day = models.DateField()
    count = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("checks of a certificate on a day")
        verbose_name_plural = _("checks of certificates by day")
        ordering = ["-day"]
        constraints = [
            models.UniqueConstraint(fields=["certificate", "day"], name="one_access_notice_per_certificate_and_day"),
            models.CheckConstraint(condition=Q(count__gt=0), name="an_access_notice_counts_something"),
        ]

    def __str__(self):
        return f"{self.certificate_id} {self.day}: {self.count}"
