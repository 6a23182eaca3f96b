"""The life of keys: what one person asked for and another decided, and credentials proved anew after a theft."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from certification.models.two_people import Asked
from lms.kernel.constraints import both_or_neither, one_of, somebody_else


class KeyRequest(Asked):
    """An act upon a key that one person asked for and another must approve before it happens."""

    class Kind(models.TextChoices):
        ACTIVATE = "activate", _("put to use")
        RETIRE = "retire", _("retire")
        COMPROMISE = "compromise", _("declare compromised")

    class State(models.TextChoices):
        REQUESTED = "requested", _("waiting for approval")
        DONE = "done", _("done")
        REJECTED = "rejected", _("rejected")

    key = models.ForeignKey("certification.SigningKey", on_delete=models.PROTECT, related_name="requests")
    kind = models.CharField(_("act"), max_length=10, choices=Kind.choices)
    # Of a compromise: how many entries the log had when the key was last in the right hands; empty: all there are.
    tree_size = models.PositiveBigIntegerField(null=True, blank=True)
    note = models.CharField(_("reason"), max_length=300, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.REQUESTED)

    class Meta:
        verbose_name = _("requested act upon a key")
        verbose_name_plural = _("requested acts upon keys")
        ordering = ["-requested_at", "-id"]
        constraints = [
            both_or_neither("decided_at", "decided_by"),
            somebody_else("decided_by", "requested_by", name="four_eyes_on_every_key"),
            models.UniqueConstraint(fields=["key"], condition=Q(state="requested"), name="one_open_request_per_key"),
            one_of("kind", ["activate", "retire", "compromise"]),
            one_of("state", ["requested", "done", "rejected"]),
        ]

    def __str__(self):
        return f"{self.key_id} {self.kind}"


class RenewedProof(models.Model):
    """A certificate's credential signed anew, because the key under it was stolen: same id, same dates, new proof.

    The issued credential stays as it was; what is handed out from then on is this. Rows are added, never changed.
    """

    certificate = models.ForeignKey(
        "certification.Certificate", on_delete=models.PROTECT, related_name="renewed_proofs"
    )
    key = models.ForeignKey("certification.SigningKey", on_delete=models.PROTECT, related_name="renewed_proofs")
    instead_of = models.ForeignKey("certification.SigningKey", on_delete=models.PROTECT, related_name="+")
    credential = models.BinaryField()
    credential_jwt = models.TextField()
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("renewed proof")
        verbose_name_plural = _("renewed proofs")
        ordering = ["certificate", "made_at"]
        constraints = [
            models.UniqueConstraint(fields=["certificate", "instead_of"], name="one_renewed_proof_per_lost_key"),
        ]

    def __str__(self):
        return f"{self.certificate_id} {self.key_id}"
