"""That two entries turned out to be one person: which one went on, what was moved to it, and by whom."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lms.kernel.constraints import both_or_neither


class PersonMerge(models.Model):
    """The entry that was taken up stays, empty, so that its reference still leads somewhere and it can be split again."""

    survivor = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="merges")
    absorbed = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="merged_into")
    moved = models.JSONField(default=dict)  # by model, the keys of the rows that were moved: what a split moves back
    reason = models.CharField(_("why"), max_length=300)
    merged_at = models.DateTimeField(_("merged"))
    merged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    split_at = models.DateTimeField(_("split again"), null=True, blank=True)
    split_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("merge of two persons")
        verbose_name_plural = _("merges of persons")
        ordering = ["-id"]
        constraints = [
            both_or_neither("split_at", "split_by"),
            models.UniqueConstraint(
                fields=["absorbed"], condition=Q(split_at__isnull=True), name="merged_into_one_person_at_a_time"
            ),
            models.CheckConstraint(condition=~Q(survivor=F("absorbed")), name="nobody_is_merged_with_themselves"),
        ]

    def __str__(self):
        return f"{self.absorbed_id} → {self.survivor_id}"
