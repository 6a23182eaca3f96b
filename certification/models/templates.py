"""Templates of certificates: what the Council composes, version by version, and prints of an award in other languages."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from certification.models.certificates import Certificate
from certification.models.register import Signatory
from certification.rules.look import ACCENT, INK, LAYOUT, Look
from lms.kernel.constraints import both_or_neither, one_of, somebody_else


class TemplateVersion(models.Model):
    """One version of the template of a programme, or of all that have none. Once approved the database keeps it."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        REQUESTED = "requested", _("waiting for approval")
        APPROVED = "approved", _("approved")

    programme_code = models.CharField(_("programme"), max_length=20, blank=True)  # empty: every programme
    number = models.PositiveIntegerField(_("version"))  # 1, 2, 3 … of this programme
    texts = models.JSONField(_("wording"), default=dict, blank=True)  # by key of look.WORDED and language
    accent = models.CharField(_("colour of headings and ornament"), max_length=7, default=ACCENT)
    ink = models.CharField(_("colour of the text"), max_length=7, default=INK)
    logo = models.BinaryField(default=b"", blank=True)  # PNG, drawn anew by formats.pictures, as the other pictures
    seal = models.BinaryField(default=b"", blank=True)
    first_signatory = models.ForeignKey(
        Signatory,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who signs on the left"),
    )
    first_signature = models.BinaryField(default=b"", blank=True)
    second_signatory = models.ForeignKey(
        Signatory,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who signs on the right"),
    )
    second_signature = models.BinaryField(default=b"", blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.DRAFT)
    made_at = models.DateTimeField(_("composed"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("composed by")
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("approved by"),
    )
    # Of an approved version: from when it is used, the hash that certificates name, its entry in the log.
    from_on = models.DateField(_("in use from"), null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    log_index = models.PositiveBigIntegerField(null=True, blank=True, unique=True)

    class Meta:
        verbose_name = _("certificate template")
        verbose_name_plural = _("certificate templates")
        ordering = ["programme_code", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["programme_code", "number"], name="one_template_per_programme_and_number"),
            one_of("state", ["draft", "requested", "approved"]),
            both_or_neither("approved_at", "approved_by"),
            both_or_neither("approved_at", "from_on"),
            somebody_else("approved_by", "made_by", name="four_eyes_on_every_template"),
            models.CheckConstraint(
                condition=Q(state="approved", approved_at__isnull=False) & ~Q(sha256="")
                | (~Q(state="approved") & Q(approved_at__isnull=True, sha256="")),
                name="an_approved_template_has_its_hash",
            ),
        ]

    def __str__(self):
        return f"{self.programme_code or LAYOUT} {self.number}"

    @property
    def look(self) -> Look:
        signers = (
            (self.first_signatory_id, self.first_signature),
            (self.second_signatory_id, self.second_signature),
        )
        return Look(
            texts=self.texts,
            accent=self.accent,
            ink=self.ink,
            logo=bytes(self.logo),
            seal=bytes(self.seal),
            signers=tuple((signatory, bytes(picture)) for signatory, picture in signers if signatory),
        )


class CertificatePrint(models.Model):
    """The document of an award once more, in another language: its own bytes and hash, the same award and number."""

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="prints")
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveIntegerField()
    template_version = models.CharField(max_length=64)  # hash of the look
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("print in another language")
        verbose_name_plural = _("prints in other languages")
        ordering = ["certificate", "made_at"]
        constraints = [
            models.UniqueConstraint(fields=["certificate", "language"], name="one_print_per_certificate_and_language")
        ]

    def __str__(self):
        return f"{self.certificate_id}.{self.language}.pdf"
