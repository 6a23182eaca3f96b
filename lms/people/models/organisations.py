"""Places and employers. Employment is dated: a report asks who was staff on a day."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.kernel.constraints import not_before, one_of
from lms.kernel.languages import localized


class Municipality(models.Model):
    """A municipality by country and key; never matched by name alone, since names repeat across countries."""

    key = models.CharField(_("key"), max_length=60, unique=True)  # XK-19, AL-klos
    country = models.CharField(_("country"), max_length=2)
    code = models.CharField(_("code"), max_length=10, blank=True)
    names = models.JSONField(_("names"), default=dict)  # by language
    name_definite = models.CharField(_("definite name"), max_length=100, blank=True)
    search_key = models.CharField(max_length=400, editable=False)

    class Meta:
        verbose_name = _("municipality")
        verbose_name_plural = _("municipalities")
        ordering = ["country", "key"]

    def __str__(self):
        return self.name

    @property
    def name(self) -> str:
        return localized(self.names)


class Organisation(models.Model):
    class Kind(models.TextChoices):
        CSW = "csw", _("Centre for Social Work")
        NGO = "ngo", _("non-governmental organisation")
        PRIVATE = "private", _("private provider")
        RESIDENTIAL = "residential", _("residential care")
        DAY_CARE = "day_care", _("day-care centre")
        MUNICIPALITY = "municipality", _("municipality")
        MINISTRY = "ministry", _("ministry")
        COUNCIL = "council", _("Council")
        INSPECTION = "inspection", _("inspection")

    code = models.CharField(_("code"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    names = models.JSONField(_("names"), default=dict)
    municipality = models.ForeignKey(
        Municipality, on_delete=models.PROTECT, null=True, blank=True, related_name="organisations"
    )

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["code"]
        constraints = [
            one_of(
                "kind",
                [
                    "csw",
                    "ngo",
                    "private",
                    "residential",
                    "day_care",
                    "municipality",
                    "ministry",
                    "council",
                    "inspection",
                ],
            )
        ]

    def __str__(self):
        return self.name

    @property
    def name(self) -> str:
        return localized(self.names)


class EmploymentQuerySet(models.QuerySet):
    def on(self, day):
        """Employments that hold on ``day`` (both end days included)."""
        return self.filter(models.Q(from_on__isnull=True) | models.Q(from_on__lte=day)).filter(
            models.Q(until_on__isnull=True) | models.Q(until_on__gte=day)
        )


class Employment(models.Model):
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="employments")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="employments")
    position = models.CharField(_("position"), max_length=60, blank=True)
    from_on = models.DateField(_("from"), null=True, blank=True)  # empty: since before our records
    until_on = models.DateField(_("until"), null=True, blank=True)  # last day; empty: still

    objects = EmploymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("employment")
        verbose_name_plural = _("employments")
        constraints = [not_before("until_on", "from_on")]

    def __str__(self):
        return f"{self.person} · {self.organisation}"


class Representative(models.Model):
    """A user who acts for an organisation: nominates its staff and sees them, for the time they are staff."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="represents")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="representatives")
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("representative")
        verbose_name_plural = _("representatives")
        constraints = [not_before("until_on", "from_on")]

    def __str__(self):
        return f"{self.user} · {self.organisation}"
