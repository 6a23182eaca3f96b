"""Delivery: a round of a programme, its groups in their places, and the half-day sessions with venue and zone."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.kernel.clock import wall_moment
from lms.kernel.constraints import both_or_neither, not_before, one_of
from lms.kernel.languages import localized


class Venue(models.Model):
    name = models.CharField(_("name"), max_length=200)
    address = models.CharField(_("address"), max_length=300, blank=True)
    municipality = models.ForeignKey("people.Municipality", on_delete=models.PROTECT, related_name="venues")
    zone = models.CharField(_("time zone"), max_length=40, default="Europe/Belgrade")
    is_demo = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("venue")
        verbose_name_plural = _("venues")
        ordering = ["name"]

    def __str__(self):
        return self.name


class Round(models.Model):
    """One delivery of an edition to several groups, such as REF-2026-1."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    edition = models.ForeignKey("courses.Edition", on_delete=models.PROTECT, related_name="rounds")
    enrolment_closes_on = models.DateField(_("enrolment closes"), null=True, blank=True)  # last day; empty: stays open
    assessments_close_at = models.DateTimeField(_("assessments close"), null=True, blank=True)  # empty: never
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("round")
        verbose_name_plural = _("rounds")
        ordering = ["-created_at", "code"]

    def __str__(self):
        return self.code


class Group(models.Model):
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="groups")
    code = models.CharField(_("code"), max_length=20)  # G3
    municipality = models.ForeignKey("people.Municipality", on_delete=models.PROTECT, related_name="training_groups")
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="sq")
    capacity = models.PositiveIntegerField(_("places"))

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        ordering = ["round", "code"]
        constraints = [models.UniqueConstraint(fields=["round", "code"], name="one_group_per_round_and_code")]

    def __str__(self):
        return f"{self.round.code}/{self.code}"


class GroupTrainer(models.Model):
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="group_trainers")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="trains")

    class Meta:
        verbose_name = _("trainer of a group")
        verbose_name_plural = _("trainers of groups")
        constraints = [models.UniqueConstraint(fields=["group", "person"], name="one_trainer_per_group_and_person")]

    def __str__(self):
        return f"{self.group} · {self.person}"


class SessionQuerySet(models.QuerySet):
    def taking_place(self):
        return self.filter(cancelled_at__isnull=True)


class Session(models.Model):
    """One half of a training day in one group. Wall time and zone are the plan; the moments follow from them."""

    class Half(models.TextChoices):
        AM = "AM", _("morning")
        PM = "PM", _("afternoon")

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="sessions")
    day = models.ForeignKey("courses.EditionDay", on_delete=models.PROTECT, related_name="sessions")
    half = models.CharField(_("half"), max_length=2, choices=Half.choices)
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="sessions")
    on = models.DateField(_("date"))  # the venue's day
    starts = models.TimeField(_("starts"))  # wall time
    ends = models.TimeField(_("ends"))
    zone = models.CharField(_("time zone"), max_length=40, default="Europe/Belgrade")
    starts_at = models.DateTimeField(editable=False)
    ends_at = models.DateTimeField(editable=False)
    roster_opened_at = models.DateTimeField(_("roster opened"), null=True, blank=True)
    roster_opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    cancelled_because = models.CharField(_("cancelled because"), max_length=300, blank=True)
    replaces = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="replaced_by",
        verbose_name=_("replaces"),
    )  # the cancelled session that this one stands for
    sequence = models.PositiveIntegerField(default=0, editable=False)  # grows when time or place change, for calendars

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ["starts_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["group", "day", "half"],
                condition=models.Q(cancelled_at__isnull=True),
                name="one_session_per_group_day_and_half",
            ),
            not_before("ends_at", "starts_at"),
            one_of("half", ["AM", "PM"]),
            both_or_neither("cancelled_at", "cancelled_by"),
        ]

    def __str__(self):
        return self.code

    @property
    def code(self) -> str:
        """Such as REF-2026-1/G3/D4/AM. Needs group, round and day fetched along."""
        return f"{self.group.round.code}/{self.group.code}/{self.day.code}/{self.half}"

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def title(self) -> str:
        return localized(self.day.titles)

    def set_moments(self):
        """Derive the moments from wall time and zone. Raises clock.NoSuchTime in the spring gap."""
        self.starts_at = wall_moment(self.on, self.starts, self.zone)
        self.ends_at = wall_moment(self.on, self.ends, self.zone)

    def save(self, *args, **kwargs):
        self.set_moments()
        super().save(*args, **kwargs)


class DayEquivalence(models.Model):
    """A decision that a training day of another edition counts as a day of this one. Without it, it does not."""

    day = models.ForeignKey("courses.EditionDay", on_delete=models.PROTECT, related_name="counts_elsewhere")
    counts_as = models.ForeignKey("courses.EditionDay", on_delete=models.PROTECT, related_name="equivalents")
    reason = models.CharField(_("reason"), max_length=300)
    decided_at = models.DateTimeField(_("decided"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("equivalent training day")
        verbose_name_plural = _("equivalent training days")
        constraints = [models.UniqueConstraint(fields=["day", "counts_as"], name="one_equivalence_per_pair_of_days")]

    def __str__(self):
        return f"{self.day} → {self.counts_as}"
