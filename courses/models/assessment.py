"""Attempts: questions, versions, option order and deadline are fixed at the start; the server keeps the time."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.kernel.constraints import one_of


class Attempt(models.Model):
    class State(models.TextChoices):
        IN_PROGRESS = "in_progress", _("in progress")
        SUBMITTED = "submitted", _("submitted")
        GRADED = "graded", _("graded")
        ABANDONED = "abandoned", _("abandoned")
        VOIDED = "voided", _("voided")

    enrolment = models.ForeignKey("courses.Enrolment", on_delete=models.PROTECT, related_name="attempts")
    assessment = models.ForeignKey("courses.EditionAssessment", on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField(_("attempt"))
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.IN_PROGRESS)
    started_at = models.DateTimeField(_("started"))
    deadline_at = models.DateTimeField(_("deadline"), null=True, blank=True)  # empty: no limit
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    points = models.DecimalField(_("points"), max_digits=8, decimal_places=4, null=True, blank=True)
    points_possible = models.DecimalField(max_digits=8, decimal_places=4)
    percent = models.DecimalField(_("result, per cent"), max_digits=8, decimal_places=4, null=True, blank=True)
    passed = models.BooleanField(_("passed"), null=True, blank=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["enrolment", "assessment", "number"]
        indexes = [
            models.Index(
                fields=["deadline_at"], condition=models.Q(state="in_progress"), name="attempts_open_by_deadline"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "assessment", "number"], name="one_attempt_per_enrolment_assessment_and_number"
            ),
            models.UniqueConstraint(
                fields=["enrolment", "assessment"],
                condition=models.Q(state="in_progress"),
                name="one_open_attempt_per_enrolment_and_assessment",
            ),
            one_of("state", ["in_progress", "submitted", "graded", "abandoned", "voided"]),
        ]

    def __str__(self):
        return f"{self.enrolment_id} {self.assessment_id} {self.number}"


class AttemptItem(models.Model):
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="items")
    slot = models.PositiveIntegerField()  # 1 …
    version = models.ForeignKey("courses.QuestionVersion", on_delete=models.PROTECT, related_name="items")
    option_order = models.JSONField()  # keys as shown
    answer = models.JSONField(default=list)  # chosen keys
    sequence = models.PositiveIntegerField(default=0)  # of the last save taken; an older one is refused
    saved_at = models.DateTimeField(null=True, blank=True)
    mark = models.DecimalField(max_digits=6, decimal_places=4, null=True, blank=True)  # 0 … 1

    class Meta:
        verbose_name = _("attempt item")
        verbose_name_plural = _("attempt items")
        ordering = ["attempt", "slot"]
        constraints = [models.UniqueConstraint(fields=["attempt", "slot"], name="one_item_per_attempt_and_slot")]

    def __str__(self):
        return f"{self.attempt_id} {self.slot}"


class LateAnswers(models.Model):
    """What arrived after the grace period. It does not count; it is kept so that a dispute can be looked into."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="late_answers")
    received_at = models.DateTimeField(_("received"))
    answers = models.JSONField()  # {slot: chosen keys}

    class Meta:
        verbose_name = _("late answers")
        verbose_name_plural = _("late answers")
        ordering = ["attempt", "received_at"]

    def __str__(self):
        return f"{self.attempt_id} {self.received_at:%H:%M:%S}"
