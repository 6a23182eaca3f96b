"""Progress: which lessons of an enrolment were opened and done, and where one left off."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.kernel.constraints import not_before


class LessonProgress(models.Model):
    enrolment = models.ForeignKey("courses.Enrolment", on_delete=models.PROTECT, related_name="lesson_progress")
    lesson_key = models.UUIDField()  # translation key of the lesson page, as pinned in the edition
    lesson_code = models.CharField(max_length=20)
    opened_at = models.DateTimeField(_("first opened"))
    last_seen_at = models.DateTimeField(_("last read"))
    done_at = models.DateTimeField(_("done"), null=True, blank=True)  # set once, never moved

    class Meta:
        verbose_name = _("lesson progress")
        verbose_name_plural = _("lesson progress")
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "lesson_key"], name="one_progress_per_enrolment_and_lesson"),
            not_before("done_at", "opened_at"),
        ]

    def __str__(self):
        return f"{self.enrolment_id} {self.lesson_code}"
