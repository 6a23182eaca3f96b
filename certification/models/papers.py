"""Certificates on paper from before this register: what they say, who compared them with what, who entered them.

They are no certificates of ours in the strict sense: nothing about them is signed and none stands in the log.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.kernel.constraints import both_or_neither, not_before, not_empty
from lms.kernel.search_names import fold


def paper_key(text: str) -> str:
    """How a series or a number is compared: plain letters and digits, without blanks, marks and leading zeros.

    >>> paper_key("A-0 12"), paper_key("а 12/b"), paper_key("000")
    ('a12', 'a12b', '0')
    """
    plain = "".join(fold(text).split())
    letters = plain.rstrip("0123456789")
    digits = plain[len(letters) :]
    return letters + (digits.lstrip("0") or digits[-1:])


class PaperCertificate(models.Model):
    """One paper certificate. Series, number and year together name it: numbers were given anew each year and place.

    ``*_key`` are the same texts as they are compared: folded, so that blanks, capitals and hyphens do not matter.
    """

    series = models.CharField(_("series"), max_length=40, blank=True)  # as printed; empty: without a series
    number = models.CharField(_("number"), max_length=40)
    year = models.PositiveIntegerField(_("year"))
    series_key = models.CharField(max_length=40, blank=True, editable=False)
    number_key = models.CharField(max_length=40, editable=False)
    holder = models.CharField(_("holder, as printed"), max_length=200)
    holder_key = models.CharField(max_length=1000, editable=False)
    person = models.ForeignKey(
        "people.Person",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="paper_certificates",
        verbose_name=_("person"),
    )
    award = models.CharField(_("award"), max_length=300)
    hours = models.CharField(_("hours"), max_length=20, blank=True)
    issuer = models.CharField(_("issued by"), max_length=200, blank=True)
    issued_on = models.DateField(_("date of issue"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)  # empty: none is printed
    checked_by = models.CharField(_("checked by"), max_length=200)  # name and post; shown to verifiers
    checked_on = models.DateField(_("checked on"))
    checked_against = models.CharField(_("compared with"), max_length=200)  # the original, a register book, a copy
    source = models.CharField(max_length=200, blank=True)  # the file it came with
    is_demo = models.BooleanField(default=False)
    entered_at = models.DateTimeField(_("entered"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("entered by")
    )
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_reason = models.CharField(_("why"), max_length=300, null=True, blank=True)  # empty until it is set, once

    class Meta:
        verbose_name = _("certificate on paper")
        verbose_name_plural = _("certificates on paper")
        ordering = ["-year", "series_key", "number_key"]
        constraints = [
            models.UniqueConstraint(
                fields=["series_key", "number_key", "year"],
                condition=Q(withdrawn_at__isnull=True),
                name="one_paper_per_series_number_and_year",
            ),
            both_or_neither("withdrawn_at", "withdrawn_by"),
            not_before("valid_until", "issued_on"),
            not_empty("number_key"),
            not_empty("holder"),
            not_empty("checked_by"),
        ]

    def __str__(self):
        return self.label

    @property
    def label(self) -> str:
        """As people write it: A 12/2019."""
        return f"{self.series} {self.number}/{self.year}".strip()

    @property
    def initials(self) -> str:
        return " ".join(f"{part[0]}." for part in self.holder.split())
