"""Attendance: an append-only ledger of marks. The current mark is the one that no other supersedes."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from lms.kernel.constraints import both_or_neither, one_of
from lms.kernel.private_files import private_storage


class RosterEntry(models.Model):
    """Who stood on the sheet when the session was opened. Later transfers do not alter it."""

    session = models.ForeignKey("courses.Session", on_delete=models.PROTECT, related_name="roster")
    enrolment = models.ForeignKey("courses.Enrolment", on_delete=models.PROTECT, related_name="roster_entries")
    position = models.PositiveIntegerField()
    added_late = models.BooleanField(_("added after opening"), default=False)  # late enrolment, walk-in or make-up

    class Meta:
        verbose_name = _("roster entry")
        verbose_name_plural = _("roster entries")
        ordering = ["session", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["session", "enrolment"], name="one_roster_entry_per_session_and_enrolment")
        ]

    def __str__(self):
        return f"{self.session_id} {self.enrolment_id}"


class MarkQuerySet(models.QuerySet):
    def current(self):
        """Only the marks that hold now: nothing supersedes them."""
        return self.filter(~Exists(AttendanceMark.objects.filter(supersedes=OuterRef("pk"))))


class AttendanceMark(models.Model):
    """One statement about one person in one session. Corrections are new rows that supersede the old one.

    No row at all, or a current row ``unmarked``, both mean: nobody has said anything yet. That is not absence.
    """

    class Value(models.TextChoices):
        UNMARKED = "unmarked", _("not marked")
        PRESENT = "present", _("present")
        LATE = "late", _("late")
        LEFT_EARLY = "left_early", _("left early")
        ABSENT = "absent", _("absent")
        EXCUSED = "excused", _("excused")

    class Source(models.TextChoices):
        ROLL_CALL = "roll_call", _("roll call")
        IMPORT = "import", _("import")
        PAPER = "paper", _("entered from paper")
        AMENDMENT = "amendment", _("amendment")

    session = models.ForeignKey("courses.Session", on_delete=models.PROTECT, related_name="marks")
    enrolment = models.ForeignKey("courses.Enrolment", on_delete=models.PROTECT, related_name="marks")
    value = models.CharField(_("mark"), max_length=12, choices=Value.choices)
    minutes_late = models.PositiveIntegerField(_("minutes late"), default=0)
    minutes_early = models.PositiveIntegerField(_("minutes left early"), default=0)
    remark = models.CharField(_("remark"), max_length=300, blank=True)
    source = models.CharField(_("source"), max_length=12, choices=Source.choices)
    policy_version = models.CharField(max_length=20)  # of rules.punctuality, as it was when the mark was made
    recorded_at = models.DateTimeField(_("recorded"))
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    captured_at = models.DateTimeField(_("captured on the device"), null=True, blank=True)
    client_id = models.UUIDField(null=True, blank=True, unique=True)  # replaying the same tap is a no-op
    supersedes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="superseded_by")
    reason = models.CharField(_("reason for the change"), max_length=300, blank=True)

    objects = MarkQuerySet.as_manager()

    class Meta:
        verbose_name = _("attendance mark")
        verbose_name_plural = _("attendance marks")
        ordering = ["id"]
        indexes = [models.Index(fields=["enrolment", "session"])]
        constraints = [
            one_of("value", ["unmarked", "present", "late", "left_early", "absent", "excused"]),
            # Two people marking at once: the second finds the first mark taken and must look again.
            models.UniqueConstraint(
                fields=["session", "enrolment"],
                condition=models.Q(supersedes__isnull=True),
                name="one_first_mark_per_session_and_enrolment",
            ),
        ]

    def __str__(self):
        return f"{self.session_id} {self.enrolment_id} {self.value}"


class AttendanceImport(models.Model):
    """One file of marks laid before the ledger: shown as a difference, written by a person.

    The file is deleted when it is written or put away; its hash is kept.
    """

    file = models.FileField(_("file"), upload_to="attendance-imports/", storage=private_storage)
    name = models.CharField(_("file name"), max_length=200)
    sha256 = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField(_("uploaded"))
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(_("written"), null=True, blank=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    rows_new = models.PositiveIntegerField(_("new"), default=0)
    rows_changed = models.PositiveIntegerField(_("changed"), default=0)
    rows_same = models.PositiveIntegerField(_("same"), default=0)

    class Meta:
        verbose_name = _("attendance import")
        verbose_name_plural = _("attendance imports")
        ordering = ["-id"]
        constraints = [both_or_neither("written_at", "written_by")]

    def __str__(self):
        return self.name
