"""Enrolment: one registration of a person for one edition. Everything the person does for it hangs on it.

Ending an enrolment deletes nothing; enrolling again makes a new registration that starts clean.
"""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.kernel.constraints import both_or_neither, one_of
from lms.kernel.private_files import private_storage


class EnrolmentQuerySet(models.QuerySet):
    def active(self):
        return self.filter(ended_at__isnull=True)


class Enrolment(models.Model):
    class Source(models.TextChoices):
        SELF = "self", _("enrolled themselves")
        ORGANISER = "organiser", _("by an organiser")
        IMPORT = "import", _("by import")
        WALK_IN = "walk_in", _("walk-in")

    registration = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="enrolments")
    edition = models.ForeignKey("courses.Edition", on_delete=models.PROTECT, related_name="enrolments")
    programme_code = models.CharField(max_length=20, editable=False)  # the edition's; here for the constraint below
    group = models.ForeignKey(
        "courses.Group", on_delete=models.PROTECT, null=True, blank=True, related_name="enrolments"
    )
    source = models.CharField(_("how"), max_length=10, choices=Source.choices)
    enrolled_at = models.DateTimeField(_("enrolled"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)  # withdrawn, or closed by a new registration

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        ordering = ["-enrolled_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "programme_code"],
                condition=models.Q(ended_at__isnull=True),
                name="one_active_enrolment_per_person_and_programme",
            ),
            one_of("source", ["self", "organiser", "import", "walk_in"]),
        ]

    def __str__(self):
        return f"{self.person} · {self.edition}"

    def save(self, *args, **kwargs):
        self.programme_code = self.edition.programme_code
        super().save(*args, **kwargs)


class EnrolmentEvent(models.Model):
    """What happened to an enrolment, in order. Rows are added, never changed."""

    class Kind(models.TextChoices):
        ENROLLED = "enrolled", _("enrolled")
        MOVED = "moved", _("moved to another group")
        WITHDRAWN = "withdrawn", _("withdrawn")
        CLOSED = "closed", _("closed by a new registration")

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    group = models.ForeignKey("courses.Group", on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )  # empty: the system

    class Meta:
        ordering = ["at", "id"]
        verbose_name = _("enrolment event")
        verbose_name_plural = _("enrolment events")

    def __str__(self):
        return f"{self.enrolment_id} {self.kind}"


class EnrolmentImport(models.Model):
    """One list of participants laid before the groups of a round: looked at, then written by a person.

    The file is deleted when it is written or put away; its hash is kept.
    """

    round = models.ForeignKey("courses.Round", on_delete=models.PROTECT, related_name="+", verbose_name=_("round"))
    file = models.FileField(_("file"), upload_to="enrolment-imports/", storage=private_storage, blank=True)
    name = models.CharField(_("file name"), max_length=200)
    sha256 = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField(_("uploaded"))
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(_("written"), null=True, blank=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    persons_entered = models.PositiveIntegerField(_("persons entered"), default=0)
    persons_enrolled = models.PositiveIntegerField(_("persons enrolled"), default=0)
    persons_already = models.PositiveIntegerField(_("enrolled already"), default=0)

    class Meta:
        verbose_name = _("list of participants")
        verbose_name_plural = _("lists of participants")
        ordering = ["-id"]
        constraints = [both_or_neither("written_at", "written_by")]

    def __str__(self):
        return self.name
