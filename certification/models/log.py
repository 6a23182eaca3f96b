"""The transparency log and the status lists: what was published, and which keys signed it. Entries are never changed."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.kernel.constraints import one_of


class SigningKey(models.Model):
    """The public half of a key and how it stands; the private half is never here."""

    class Purpose(models.TextChoices):
        CREDENTIAL = "credential", _("credentials")
        STATUS = "status", _("status lists")
        LOG = "log", _("log")
        WITNESS = "witness", _("witness")
        SEAL = "seal", _("seal")

    class State(models.TextChoices):
        PENDING = "pending", _("published, not yet in use")
        ACTIVE = "active", _("in use")
        RETIRED = "retired", _("retired")
        COMPROMISED = "compromised", _("compromised")

    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose.choices)
    kid = models.CharField(_("key"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=200, blank=True)  # of a witness, as its signature lines say it
    public = models.BinaryField()  # 32 raw bytes of Ed25519; of a seal the certificate in DER
    chain = models.BinaryField(default=b"", blank=True)  # of a seal the certificates of its issuers in PEM
    state = models.CharField(_("state"), max_length=11, choices=State.choices, default=State.PENDING)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    active_from = models.DateTimeField(_("in use from"), null=True, blank=True)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)
    compromised_at = models.DateTimeField(_("compromised"), null=True, blank=True)
    # How many entries the log had while the key could still be trusted; what stands before stays good.
    compromised_tree_size = models.PositiveBigIntegerField(null=True, blank=True)
    backend_uri = models.CharField(max_length=200, blank=True)  # where the private half is, as the signer tells it

    class Meta:
        verbose_name = _("key")
        verbose_name_plural = _("keys")
        ordering = ["purpose", "-active_from", "kid"]
        constraints = [
            models.UniqueConstraint(fields=["purpose"], condition=Q(state="active"), name="one_active_key_per_purpose"),
            one_of("purpose", ["credential", "status", "log", "witness", "seal"]),
            one_of("state", ["pending", "active", "retired", "compromised"]),
            models.CheckConstraint(
                condition=Q(state="compromised", compromised_at__isnull=False)
                | (~Q(state="compromised") & Q(compromised_at__isnull=True)),
                name="a_compromised_key_says_since_when",
            ),
        ]

    def __str__(self):
        return self.kid


class StatusList(models.Model):
    """A list of bits as it was published last. Certificates take their places on it at random."""

    number = models.PositiveIntegerField(primary_key=True)  # from 1; part of its address
    purpose = models.CharField(max_length=10, default="revocation")
    size = models.PositiveIntegerField(default=131_072)
    version = models.PositiveIntegerField(default=0)  # how often it was published; 0: never
    published_at = models.DateTimeField(null=True, blank=True)
    content = models.BinaryField(default=b"")  # the signed JSON
    jwt = models.TextField(blank=True)  # the same as vc+jwt

    class Meta:
        verbose_name = _("status list")
        verbose_name_plural = _("status lists")
        ordering = ["number"]
        constraints = [one_of("purpose", ["revocation"])]

    def __str__(self):
        return str(self.number)


class LogHead(models.Model):
    """How long the log is, with the hashes from which it goes on. Its one row is locked by whoever appends."""

    size = models.PositiveBigIntegerField(default=0)
    peaks = models.BinaryField(default=b"")  # merkle.Frontier.peaks, 32 bytes each
    # The log's name, fixed with its first entry: every proof and kit ever given out begins with it.
    origin = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_log_head")]

    def __str__(self):
        return str(self.size)


class LogEntry(models.Model):
    """A leaf of the log. Only ``salt`` may ever be emptied, so that nobody can open the commitment any more."""

    index = models.PositiveBigIntegerField(primary_key=True)  # 0, 1, 2 … without a gap
    entry = models.BinaryField()  # the canonical bytes (formats/log_leaf.py)
    leaf_hash = models.BinaryField()
    certificate = models.ForeignKey(
        "certification.Certificate", on_delete=models.PROTECT, null=True, blank=True, related_name="log_entries"
    )
    op = models.CharField(max_length=10)
    at = models.DateTimeField()
    # Opens the commitment; of an issue it is with the certificate instead.
    salt = models.BinaryField(null=True, blank=True)

    class Meta:
        verbose_name = _("log entry")
        verbose_name_plural = _("log entries")
        ordering = ["index"]
        constraints = [
            one_of("op", ["issue", "suspend", "reinstate", "revoke", "supersede", "erase", "key", "list", "template"]),
            models.UniqueConstraint(
                fields=["certificate"], condition=Q(op="issue"), name="one_issue_leaf_per_certificate"
            ),
        ]

    def __str__(self):
        return f"{self.index} {self.op}"


class LogNode(models.Model):
    """A node over 256 leaves, or over 65,536 and so on: with these a tile of any level is read in one question."""

    level = models.PositiveSmallIntegerField()  # 8, 16, 24 …
    index = models.PositiveBigIntegerField()
    hash = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "index"], name="one_log_node_per_place")]

    def __str__(self):
        return f"{self.level}/{self.index}"


class Checkpoint(models.Model):
    """What the log said of itself when it had ``size`` entries: a signed note."""

    size = models.PositiveBigIntegerField(primary_key=True)
    note = models.TextField()  # as the log signed it; what witnesses add is in Cosignature
    published_at = models.DateTimeField()

    class Meta:
        verbose_name = _("checkpoint")
        verbose_name_plural = _("checkpoints")
        ordering = ["size"]

    def __str__(self):
        return str(self.size)


class Cosignature(models.Model):
    """A witness has seen a checkpoint, found that it follows from the one before, and says when. Never changed."""

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="cosignatures")
    key = models.ForeignKey(SigningKey, on_delete=models.PROTECT, related_name="cosignatures")
    at = models.DateTimeField()  # the moment that the witness has signed with it
    line = models.TextField()  # the signature line of the note, with its newline
    received_at = models.DateTimeField()

    class Meta:
        verbose_name = _("cosignature")
        verbose_name_plural = _("cosignatures")
        ordering = ["checkpoint", "at"]
        constraints = [
            models.UniqueConstraint(fields=["checkpoint", "key"], name="one_cosignature_per_checkpoint_and_key")
        ]

    def __str__(self):
        return f"{self.checkpoint_id} {self.key}"


class Upkeep(models.Model):
    """What was done about the log by the clock or by a command, and what came of it."""

    class Kind(models.TextChoices):
        RECONCILIATION = "reconcile", _("reconciliation")
        MIRROR = "mirror", _("copy for others")
        MAIL = "mail", _("checkpoint sent by mail")

    kind = models.CharField(max_length=9, choices=Kind.choices)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    size = models.PositiveBigIntegerField(default=0)  # of the log, or how many certificates were compared
    findings = models.JSONField(default=list, blank=True)  # sentences; the first few hundred
    found = models.PositiveIntegerField(default=0)  # how many there were

    class Meta:
        verbose_name = _("upkeep of the log")
        verbose_name_plural = _("upkeep of the log")
        ordering = ["-started_at", "-id"]
        indexes = [models.Index(fields=["kind", "-started_at"])]
        constraints = [one_of("kind", ["reconcile", "mirror", "mail"])]

    def __str__(self):
        return f"{self.kind} {self.started_at:%Y-%m-%d %H:%M}"
