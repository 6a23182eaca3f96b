"""The question bank. A question is an identity; what it says is a version, and attempts pin versions."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models.edition import Frozen
from lms.kernel.constraints import one_of
from lms.kernel.languages import localized


class Question(models.Model):
    code = models.CharField(_("code"), max_length=40, unique=True)  # M1-Q01
    module_code = models.CharField(_("module"), max_length=20, db_index=True)
    outcome = models.CharField(_("learning outcome"), max_length=20, blank=True)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["code"]

    def __str__(self):
        return self.code


class QuestionVersion(Frozen):
    """What a question says. Texts are by language; options keep their key in every language and version."""

    class Kind(models.TextChoices):
        SINGLE = "single", _("one answer")
        MULTIPLE = "multiple", _("several answers")

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    vignettes = models.JSONField(default=dict, blank=True)
    stems = models.JSONField()
    options = models.JSONField()  # [{"key": "a", "correct": true, "texts": {language: text}}, …]
    rationales = models.JSONField(default=dict, blank=True)
    difficulty = models.PositiveSmallIntegerField(default=2)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("question version")
        verbose_name_plural = _("question versions")
        ordering = ["question", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["question", "number"], name="one_version_per_question_and_number"),
            one_of("kind", ["single", "multiple"]),
        ]

    def __str__(self):
        return f"{self.question} · {self.number}"

    @property
    def correct_keys(self) -> frozenset[str]:
        return frozenset(option["key"] for option in self.options if option["correct"])

    @property
    def stem(self) -> str:
        return localized(self.stems)

    @property
    def vignette(self) -> str:
        return localized(self.vignettes)

    @property
    def rationale(self) -> str:
        return localized(self.rationales)


class Assessment(models.Model):
    """An assessment as authors set it. Publishing a programme freezes it into the edition."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    module_code = models.CharField(_("questions from module"), max_length=20)
    titles = models.JSONField(_("titles"), default=dict)
    questions_per_attempt = models.PositiveIntegerField(_("questions per attempt"), default=10)
    pass_mark = models.DecimalField(_("pass mark, per cent"), max_digits=5, decimal_places=2, default=70)
    attempts_allowed = models.PositiveIntegerField(_("attempts"), default=3)
    minutes = models.PositiveIntegerField(_("time limit, minutes"), null=True, blank=True)

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        ordering = ["code"]

    def __str__(self):
        return self.code

    @property
    def title(self) -> str:
        return localized(self.titles)
