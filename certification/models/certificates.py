"""Certificates: what was issued, in frozen facts and stored bytes. Rows are added, never removed."""

import uuid
from functools import reduce
from operator import or_

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from certification.models.batches import IssueBatch
from certification.models.two_people import Asked
from lms.kernel.constraints import both_or_neither, not_before, one_of, somebody_else
from lms.kernel.languages import localized
from lms.kernel.search_names import spellings


class CertificateQuerySet(models.QuerySet):
    def printed_as(self, words: str):
        """Certificates on which a name with every word of ``words`` is printed, in any spelling or script."""
        found = self
        for forms in spellings(words):
            found = found.filter(reduce(or_, (Q(holder_key__contains=form) for form in forms)))
        return found


class Certificate(models.Model):
    """An award as it was issued. What it says is in ``facts``; the columns repeat what is searched or constrained.

    ``ended_at`` is set once, by the revoking or superseding event in the same transaction; everything else is
    write-once, which the database itself sees to (``write_once``).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    serial = models.CharField(_("serial"), max_length=40, unique=True)  # internal: 2026-REF-000257
    number = models.CharField(_("certificate number"), max_length=12, unique=True)  # public, 10 + 2 check symbols
    access_code_hmac = models.CharField(max_length=64)
    person = models.ForeignKey(
        "people.Person",
        on_delete=models.PROTECT,
        null=True,  # erased
        related_name="certificates",
        verbose_name=_("holder"),
    )
    programme_code = models.CharField(_("programme"), max_length=20)
    registration = models.UUIDField()  # of the enrolment that earned it
    licence = models.ForeignKey(
        "certification.Licence",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="certificates",
        verbose_name=_("licence"),
    )
    batch = models.ForeignKey(IssueBatch, on_delete=models.PROTECT, null=True, blank=True, related_name="certificates")
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    issued_at = models.DateTimeField(_("issued at"))
    issued_on = models.DateField(_("date of issue"))  # the Council's day
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)  # last valid day; empty: for life
    facts = models.JSONField()  # for reading; the bytes below are what counts
    facts_canonical = models.BinaryField()  # RFC 8785
    facts_sha256 = models.CharField(max_length=64)
    facts_signature = models.BinaryField()  # Ed25519 over the canonical bytes
    key_id = models.CharField(max_length=64)
    supersedes = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="superseded_by",
        verbose_name=_("replaces"),
    )
    # After a revocation that was found wrong, which stays: the same award, issued anew by a new decision.
    restores = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="restored_by",
        verbose_name=_("issued anew for"),
    )
    # The award of the cycle before, of the same person and programme. It keeps its own dates.
    renews = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="renewals",
        verbose_name=_("renews"),
    )
    holder_key = models.CharField(max_length=1000, null=True, editable=False)  # the printed name, folded for searching
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)  # revoked or superseded
    # The verifiable credential; certificates of before there were any have none and stay good.
    credential = models.BinaryField(null=True, blank=True)  # JSON with both proofs, as it is attached and downloaded
    credential_jwt = models.TextField(blank=True)
    credential_id = models.CharField(max_length=200, blank=True, db_index=True)
    status_list = models.ForeignKey(
        "certification.StatusList", on_delete=models.PROTECT, null=True, blank=True, related_name="certificates"
    )
    status_index = models.PositiveIntegerField(null=True, blank=True)
    salt = models.BinaryField(null=True, blank=True)  # 16 bytes; opens the log's commitment, emptied when erased
    log_index = models.PositiveBigIntegerField(null=True, blank=True, unique=True)
    # What it said about a person is gone; number, dates and place in the log stay (operations/erasing.py).
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ["-issued_at", "serial"]
        indexes = [models.Index(fields=["person", "programme_code"])]
        constraints = [
            models.UniqueConstraint(
                fields=["registration"],
                condition=Q(ended_at__isnull=True),
                name="one_live_certificate_per_registration",
            ),
            not_before("valid_until", "valid_from"),
            models.UniqueConstraint(fields=["status_list", "status_index"], name="one_certificate_per_status_place"),
            both_or_neither("status_list", "status_index"),
            models.CheckConstraint(
                condition=Q(supersedes__isnull=True) | Q(restores__isnull=True), name="replaces_or_is_issued_anew"
            ),
            models.CheckConstraint(
                condition=Q(status_index__isnull=True) | Q(status_index__lt=131_072), name="status_index_on_its_list"
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=False) | Q(erased_at__isnull=False), name="only_erased_ones_have_no_holder"
            ),
        ]

    def __str__(self):
        return self.serial

    @property
    def grouped_number(self) -> str:
        return "-".join(self.number[start : start + 4] for start in range(0, len(self.number), 4))

    @property
    def title(self) -> str:
        return localized(self.facts["programme"]["titles"]) if self.facts else self.programme_code

    def delete(self, *args, **kwargs):
        raise TypeError(f"Certificate {self.serial} is never deleted; revoke it instead.")


class CertificateEvent(models.Model):
    """What happened to a certificate, in order. Standing on a day is the fold of these rows and the dates."""

    class Kind(models.TextChoices):
        ISSUED = "issued", _("issued")
        SUSPENDED = "suspended", _("suspended")
        REINSTATED = "reinstated", _("reinstated")
        REVOKED = "revoked", _("revoked")
        SUPERSEDED = "superseded", _("replaced")

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="events")
    sequence = models.PositiveIntegerField()
    kind = models.CharField(_("event"), max_length=12, choices=Kind.choices)
    at = models.DateTimeField(_("entered"))
    effective_on = models.DateField(_("effective"))
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reason_code = models.CharField(max_length=40, blank=True)
    public_text = models.JSONField(default=dict, blank=True)  # by language
    internal_note = models.CharField(max_length=500, blank=True)
    decision_number = models.CharField(max_length=60, blank=True)
    log_index = models.PositiveBigIntegerField(null=True, blank=True, unique=True)  # its entry in the log

    class Meta:
        verbose_name = _("certificate event")
        verbose_name_plural = _("certificate events")
        ordering = ["certificate", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["certificate", "sequence"], name="one_event_per_certificate_and_sequence"),
            one_of("kind", ["issued", "suspended", "reinstated", "revoked", "superseded"]),
        ]

    def __str__(self):
        return f"{self.certificate_id} {self.sequence} {self.kind}"


class ActRequest(Asked):
    """An act upon a certificate that one person asked for and another must approve before it happens.

    ``issued`` asks for a new certificate in place of a revoked one; all others act on the certificate itself.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", _("waiting for approval")
        DONE = "done", _("done")
        REJECTED = "rejected", _("rejected")

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="requests")
    kind = models.CharField(_("act"), max_length=12, choices=CertificateEvent.Kind.choices)
    effective_on = models.DateField(_("effective"))
    reason_code = models.CharField(_("reason"), max_length=40)
    public_text = models.JSONField(default=dict, blank=True)  # by language
    internal_note = models.CharField(_("internal note"), max_length=500, blank=True)
    decision_number = models.CharField(_("decision number"), max_length=60, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.REQUESTED)

    class Meta:
        verbose_name = _("requested act")
        verbose_name_plural = _("requested acts")
        ordering = ["-requested_at", "-id"]
        constraints = [
            both_or_neither("decided_at", "decided_by"),
            somebody_else("decided_by", "requested_by", name="four_eyes_on_every_act"),
            models.UniqueConstraint(
                fields=["certificate"], condition=Q(state="requested"), name="one_open_request_per_certificate"
            ),
            one_of("kind", ["suspended", "reinstated", "revoked", "superseded", "issued"]),
            one_of("state", ["requested", "done", "rejected"]),
        ]

    def __str__(self):
        return f"{self.certificate_id} {self.kind}"


class Erasure(Asked):
    """That a certificate's data be erased: one asks, another decides, and the log says that it was done."""

    class Ground(models.TextChoices):
        RETENTION = "retention", _("the time for which it is kept has passed")
        DECISION = "decision", _("a decision orders it")

    class State(models.TextChoices):
        REQUESTED = "requested", _("waiting for approval")
        DONE = "done", _("erased")
        REJECTED = "rejected", _("rejected")

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="erasures")
    ground = models.CharField(_("ground"), max_length=9, choices=Ground.choices)
    decision_number = models.CharField(_("decision number"), max_length=60, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.REQUESTED)
    log_index = models.PositiveBigIntegerField(null=True, blank=True, unique=True)  # its entry in the log

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering = ["-requested_at", "-id"]
        constraints = [
            both_or_neither("decided_at", "decided_by"),
            somebody_else("decided_by", "requested_by", name="four_eyes_on_every_erasure"),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(decided_by__isnull=False, log_index__isnull=False),
                name="an_erasure_is_decided_and_logged",
            ),
            models.CheckConstraint(
                condition=~Q(ground="decision") | ~Q(decision_number=""), name="an_ordered_erasure_names_its_decision"
            ),
            models.UniqueConstraint(
                fields=["certificate"], condition=~Q(state="rejected"), name="one_erasure_per_certificate"
            ),
            one_of("ground", ["retention", "decision"]),
            one_of("state", ["requested", "done", "rejected"]),
        ]

    def __str__(self):
        return f"{self.certificate_id} {self.state}"


class CertificateDocument(models.Model):
    """The PDF as it was made: bytes and hash. A download is these bytes, whatever templates say today."""

    certificate = models.OneToOneField(Certificate, on_delete=models.PROTECT, related_name="document")
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    template_version = models.CharField(max_length=40)
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("certificate document")
        verbose_name_plural = _("certificate documents")
        indexes = [models.Index(fields=["sha256"])]  # whether a file is an issued one is asked by it

    def __str__(self):
        return f"{self.certificate_id}.pdf"


class CertificateDownload(models.Model):
    """Every file of a certificate that was handed out: which form, to whom, when."""

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="downloads")
    form = models.CharField(_("form"), max_length=20)  # pdf, json, jwt, png, svg, tlog-proof, zip
    downloaded_at = models.DateTimeField(_("downloaded"))
    downloaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("download")
        verbose_name_plural = _("downloads")
        ordering = ["-id"]

    def __str__(self):
        return f"{self.certificate_id} {self.form}"


class ExpiryNotice(models.Model):
    """That a holder was told how long a certificate still holds. One row for each notice, so that none is sent twice."""

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="expiry_notices")
    days_before = models.PositiveIntegerField()  # 90 or 30
    sent_at = models.DateTimeField(_("sent"))
    has_address = models.BooleanField(default=True)  # without one, the office tells the holder otherwise

    class Meta:
        verbose_name = _("notice of expiry")
        verbose_name_plural = _("notices of expiry")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["certificate", "days_before"], name="one_expiry_notice_per_certificate_and_day"
            )
        ]

    def __str__(self):
        return f"{self.certificate_id} {self.days_before}"
