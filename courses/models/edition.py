"""Editions: what was published on a day, frozen. Enrolments pin one, and records refer to nothing younger.

Rows here are written once, by ``operations.publishing``, and never changed: the page they were cut from may be
rewritten, unpublished or deleted without moving anything that anybody earned.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.kernel.languages import localized


class Frozen(models.Model):
    """A row that is written once. Saving it again or deleting it is refused."""

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise TypeError(f"{self._meta.verbose_name} {self.pk} is frozen; publish a new edition instead.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError(f"{self._meta.verbose_name} {self.pk} is frozen and stays.")


class Edition(Frozen):
    programme_code = models.CharField(_("programme"), max_length=20)
    number = models.PositiveIntegerField(_("edition"))  # 1, 2, 3 … within the programme
    page_key = models.UUIDField()  # translation key of the programme page it was cut from; no foreign key on purpose
    published_at = models.DateTimeField(_("published"))
    titles = models.JSONField(_("titles"))  # by language
    summaries = models.JSONField(_("summaries"), default=dict)
    outcomes = models.JSONField(_("outcomes"), default=list)  # [{language: text}, …]
    hours = models.DecimalField(_("hours"), max_digits=6, decimal_places=2)
    mode = models.CharField(_("mode"), max_length=10)  # online, workshop, mixed
    languages = models.JSONField(_("languages"), default=list)
    audiences = models.JSONField(_("audiences"), default=list)
    is_open = models.BooleanField(_("open to everybody"), default=False)  # a person may enrol without an organiser
    needs_licence = models.BooleanField(_("needs a licence"), default=False)
    licence_in_force = models.BooleanField(_("certificate needs a licence in force"), default=False)
    valid_months = models.PositiveIntegerField(_("certificate valid, months"), null=True)  # empty: for life
    accreditation = models.JSONField(_("accreditation"), default=dict)  # {status, body, number, from, to}, as it stood
    # What must be met, all of it: {"days": ["D1", …], "modules": ["SW-M1", …], "assessments": ["SW-M1", …]}, and
    # "accreditation": ["SW-M5", …] where something was published as accredited: it must hold on the days of the evidence.
    rule = models.JSONField(_("completion rule"))
    facts_sha256 = models.CharField(max_length=64)
    is_demo = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        ordering = ["programme_code", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["programme_code", "number"], name="one_edition_per_programme_and_number")
        ]

    def __str__(self):
        return f"{self.programme_code} · {self.number}"

    @property
    def title(self) -> str:
        return localized(self.titles)


class EditionDay(Frozen):
    """One required training day, delivered as two half-day sessions in some group."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="days")
    code = models.CharField(max_length=10)  # D1
    workshop = models.CharField(max_length=10, blank=True)  # W1
    position = models.PositiveIntegerField()
    titles = models.JSONField()
    hours = models.DecimalField(max_digits=5, decimal_places=2)

    class Meta:
        ordering = ["edition", "position"]
        constraints = [models.UniqueConstraint(fields=["edition", "code"], name="one_day_per_edition_and_code")]

    def __str__(self):
        return f"{self.edition} {self.code}"

    @property
    def title(self) -> str:
        return localized(self.titles)


class EditionModule(Frozen):
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="modules")
    code = models.CharField(max_length=20)  # SW-M1
    page_key = models.UUIDField()
    position = models.PositiveIntegerField()
    titles = models.JSONField()
    hours = models.DecimalField(max_digits=5, decimal_places=2)
    accreditation = models.JSONField(default=dict)  # the module's own, as an edition has it; {}: nothing is claimed

    class Meta:
        ordering = ["edition", "position"]
        constraints = [models.UniqueConstraint(fields=["edition", "code"], name="one_module_per_edition_and_code")]

    def __str__(self):
        return f"{self.edition} {self.code}"

    @property
    def title(self) -> str:
        return localized(self.titles)


class EditionLesson(Frozen):
    module = models.ForeignKey(EditionModule, on_delete=models.PROTECT, related_name="lessons")
    code = models.CharField(max_length=20)  # M1-L1
    page_key = models.UUIDField()
    position = models.PositiveIntegerField()
    titles = models.JSONField()
    minutes = models.PositiveIntegerField()

    class Meta:
        ordering = ["module", "position"]
        constraints = [models.UniqueConstraint(fields=["module", "code"], name="one_lesson_per_module_and_code")]

    def __str__(self):
        return f"{self.module} {self.code}"

    @property
    def title(self) -> str:
        return localized(self.titles)


class EditionAssessment(Frozen):
    """An assessment as it stood: how many questions, from which versions, under which conditions."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="assessments")
    code = models.CharField(max_length=20)
    module_code = models.CharField(max_length=20, blank=True)
    position = models.PositiveIntegerField()
    titles = models.JSONField()
    questions_per_attempt = models.PositiveIntegerField()
    pass_mark = models.DecimalField(max_digits=5, decimal_places=2)  # percent
    attempts_allowed = models.PositiveIntegerField()
    minutes = models.PositiveIntegerField(null=True)  # time limit; empty: none
    pool = models.JSONField(default=list)  # ids of the question versions to draw from

    class Meta:
        ordering = ["edition", "position"]
        constraints = [models.UniqueConstraint(fields=["edition", "code"], name="one_assessment_per_edition_and_code")]

    def __str__(self):
        return f"{self.edition} {self.code}"

    @property
    def title(self) -> str:
        return localized(self.titles)
