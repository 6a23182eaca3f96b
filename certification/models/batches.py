"""Batches: lists of certificates that one person asks for and another approves, their rows, serials and archive."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lms.kernel.constraints import both_or_neither, one_of, somebody_else
from lms.kernel.private_files import private_storage


class SerialSeries(models.Model):
    """The last serial given in a year and programme. Its row is locked while numbers are taken."""

    year = models.PositiveIntegerField()
    programme_code = models.CharField(max_length=20)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["year", "programme_code"], name="one_series_per_year_and_programme")
        ]

    def __str__(self):
        return f"{self.year}-{self.programme_code}"


class IssueBatch(models.Model):
    """A request to issue for a round: the list as it was seen, who asked, who approved, how far it is."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("waiting for approval")
        APPROVED = "approved", _("approved")
        RUNNING = "running", _("being issued")
        PAUSED = "paused", _("paused")
        DONE = "done", _("issued")
        REJECTED = "rejected", _("rejected")

    key = models.UUIDField(default=uuid.uuid4, unique=True)  # idempotency key
    round_code = models.CharField(_("round"), max_length=40, db_index=True)
    group_code = models.CharField(_("group"), max_length=20, blank=True)  # empty: the whole round
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.REQUESTED)
    requested_at = models.DateTimeField(_("requested"))
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("requested by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decision_note = models.CharField(_("note"), max_length=300, blank=True)
    expected_count = models.PositiveIntegerField(_("certificates"))
    # What all its certificates state alike, fixed at approval: {issued_on, issuer, signatories}.
    terms = models.JSONField(default=dict, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)  # of the work that goes on; anew after a pause
    finished_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("issue batch")
        verbose_name_plural = _("issue batches")
        ordering = ["-requested_at", "-id"]
        constraints = [
            both_or_neither("decided_at", "decided_by"),
            both_or_neither("paused_at", "paused_by"),
            somebody_else("decided_by", "requested_by", name="four_eyes_on_every_batch"),
            one_of("state", ["requested", "approved", "running", "paused", "done", "rejected"]),
            models.UniqueConstraint(
                fields=["round_code", "group_code"],
                condition=Q(state="requested"),
                name="one_open_request_per_round_and_group",
            ),
        ]

    def __str__(self):
        return f"{self.round_code} {timezone.localtime(self.requested_at):%d.%m.%Y %H:%M}"


class IssueRow(models.Model):
    """One person in a batch. It ends issued, dropped (no longer due) or failed (can be put right and run again)."""

    class State(models.TextChoices):
        PENDING = "pending", _("waiting")
        ISSUED = "issued", _("issued")
        DROPPED = "dropped", _("no longer due")
        FAILED = "failed", _("failed")

    batch = models.ForeignKey(IssueBatch, on_delete=models.PROTECT, related_name="rows")
    position = models.PositiveIntegerField()  # by place, group, surname in Albanian order
    registration = models.UUIDField()  # of the enrolment
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    serial = models.CharField(max_length=40, blank=True)  # taken at approval
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    error_code = models.CharField(max_length=40, blank=True)
    error_detail = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["batch", "position"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "registration"], name="one_row_per_batch_and_registration"),
            one_of("state", ["pending", "issued", "dropped", "failed"]),
        ]

    def __str__(self):
        return f"{self.batch_id}/{self.position}"


class BatchArchive(models.Model):
    """The documents of a batch in one ZIP, made by the worker when somebody asks. It can always be made again."""

    class State(models.TextChoices):
        MAKING = "making", _("being made")
        READY = "ready", _("ready")
        REFUSED = "refused", _("refused")

    batch = models.OneToOneField(IssueBatch, on_delete=models.PROTECT, related_name="archive")
    state = models.CharField(max_length=8, choices=State.choices, default=State.MAKING)
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    file = models.FileField(upload_to="batch-archives/", storage=private_storage, blank=True)
    count = models.PositiveIntegerField(default=0)  # of certificates in it
    sha256 = models.CharField(max_length=64, blank=True)
    message = models.CharField(max_length=500, blank=True)  # why it was refused

    class Meta:
        constraints = [one_of("state", ["making", "ready", "refused"])]

    def __str__(self):
        return f"{self.batch_id}.zip"
