"""The register: every licence ever granted, and what happened to it. Ledger rows are added, never changed."""

from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from certification.rules.standing import LicenceStanding, Terms, standing_on
from lms.kernel.constraints import not_before, not_empty, one_of
from lms.kernel.languages import localized
from lms.kernel.private_files import private_storage


class IssuingBodyQuerySet(models.QuerySet):
    def competent_on(self, day):
        """Bodies that may grant and issue on ``day`` (both end days included)."""
        return self.filter(models.Q(from_on__isnull=True) | models.Q(from_on__lte=day)).filter(
            models.Q(until_on__isnull=True) | models.Q(until_on__gte=day)
        )


class IssuingBody(models.Model):
    """A body that grants licences and issues certificates. Its names are data with dates, never text in code."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    names = models.JSONField(_("names"))  # by language
    from_on = models.DateField(_("competent from"), null=True, blank=True)
    until_on = models.DateField(_("competent until"), null=True, blank=True)
    is_demo = models.BooleanField(default=False)

    objects = IssuingBodyQuerySet.as_manager()

    class Meta:
        verbose_name = _("issuing body")
        verbose_name_plural = _("issuing bodies")
        constraints = [not_before("until_on", "from_on")]

    def __str__(self):
        return self.name

    @property
    def name(self) -> str:
        return localized(self.names)


class Signatory(models.Model):
    """Who signs for a body, with the post held in these days."""

    body = models.ForeignKey(IssuingBody, on_delete=models.PROTECT, related_name="signatories")
    name = models.CharField(_("name"), max_length=200)
    posts = models.JSONField(_("post"))  # by language
    position = models.PositiveSmallIntegerField(_("order"), default=1)
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"), null=True, blank=True)  # last day
    is_demo = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("signatory")
        verbose_name_plural = _("signatories")
        ordering = ["body", "position", "id"]
        constraints = [not_before("until_on", "from_on")]

    def __str__(self):
        return self.name

    @property
    def post(self) -> str:
        return localized(self.posts)


# What the words of the register mean to a reader. Another level or category is shown as the register has it.
LEVELS = {"basic": _("basic"), "secondary": _("secondary"), "high": _("high")}
CATEGORIES = {
    "field_professional": _("field professional"),
    "professional_worker": _("professional worker"),
}
STANDINGS = {
    LicenceStanding.VALID: _("valid"),
    LicenceStanding.NOT_YET_VALID: _("not yet valid"),
    LicenceStanding.EXPIRED: _("expired"),
    LicenceStanding.SUSPENDED: _("suspended"),
    LicenceStanding.REVOKED: _("revoked"),
    LicenceStanding.SURRENDERED: _("surrendered"),
}


class LicenceQuerySet(models.QuerySet):
    """The questions ``rules.standing.standing_on`` answers, asked of the database. For today and later."""

    def standing(self, standing: LicenceStanding, day):
        """Licences that stand so on ``day``, by the terms kept beside them."""
        if standing in (LicenceStanding.SUSPENDED, LicenceStanding.REVOKED, LicenceStanding.SURRENDERED):
            return self.filter(state=standing.value, state_from__lte=day)
        in_state = self.filter(models.Q(state="granted") | models.Q(state_from__gt=day))
        if standing is LicenceStanding.NOT_YET_VALID:
            return in_state.filter(valid_from__gt=day)
        begun = in_state.filter(valid_from__lte=day)
        if standing is LicenceStanding.EXPIRED:
            return begun.filter(valid_to__lt=day)
        return begun.filter(models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=day))

    def valid_on(self, day):
        """Licences in force on ``day`` (both end days included)."""
        return self.standing(LicenceStanding.VALID, day)

    def ending_within(self, days: int, day):
        """Licences in force on ``day`` that end at most ``days`` days later."""
        return self.valid_on(day).filter(valid_to__lte=day + timedelta(days=days))


class Licence(models.Model):
    """A licence and the state its ledger folds to. ``standing`` on a day is derived in ``rules.standing``.

    The term and state columns are the fold of ``events``, rewritten by ``operations.registering`` in the same
    transaction as each new event, so that lists of a hundred thousand licences can be filtered by the database.
    """

    class Kind(models.TextChoices):
        WORKER = "worker", _("worker")
        PROVIDER = "provider", _("provider")

    class State(models.TextChoices):
        GRANTED = "granted", _("granted")
        SUSPENDED = "suspended", _("suspended")
        REVOKED = "revoked", _("revoked")
        SURRENDERED = "surrendered", _("surrendered")

    number = models.CharField(_("licence number"), max_length=40)
    body = models.ForeignKey(
        IssuingBody, on_delete=models.PROTECT, related_name="licences", verbose_name=_("issuing body")
    )
    person = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, related_name="licences", verbose_name=_("holder")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.WORKER)
    level = models.CharField(_("licence level"), max_length=40, blank=True)  # data: basic, secondary, high
    category = models.CharField(_("licence category"), max_length=60, blank=True)  # data: field_professional …
    valid_from = models.DateField(_("valid from"))  # first day of the unbroken validity, renewals included
    # First day of the last term, as the register writes it; empty: the unbroken validity is one term.
    term_from = models.DateField(_("term from"), null=True, blank=True)
    valid_to = models.DateField(_("valid until"), null=True, blank=True)  # last valid day; empty: no end
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.GRANTED)
    state_from = models.DateField(_("state since"))

    objects = LicenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("licence")
        verbose_name_plural = _("licences")
        ordering = ["number"]
        indexes = [models.Index(fields=["state", "valid_to"]), models.Index(fields=["number"])]
        constraints = [
            models.UniqueConstraint(fields=["body", "number"], name="one_licence_per_body_and_number"),
            not_before("valid_to", "valid_from"),
            not_empty("number"),
            one_of("state", ["granted", "suspended", "revoked", "surrendered"]),
            one_of("kind", ["worker", "provider"]),
        ]

    def __str__(self):
        return self.number

    @property
    def terms(self) -> Terms:
        """What the ledger adds up to, as the columns have it."""
        return Terms(
            valid_from=self.valid_from,
            term_from=self.term_from or self.valid_from,
            valid_to=self.valid_to,
            state=self.state,
            state_from=self.state_from,
            level=self.level,
            category=self.category,
        )

    @terms.setter
    def terms(self, terms: Terms):
        self.valid_from, self.valid_to = terms.valid_from, terms.valid_to
        self.term_from = terms.term_from
        self.state, self.state_from = terms.state, terms.state_from
        self.level, self.category = terms.level, terms.category

    def standing(self, day: date) -> LicenceStanding:
        """The standing on ``day``, today or later; for the past ask ``holdings.standing_of``."""
        return standing_on(day, self.valid_from, self.valid_to, self.state, self.state_from)

    @property
    def level_label(self) -> str:
        return str(LEVELS.get(self.level, self.level))

    @property
    def category_label(self) -> str:
        return str(CATEGORIES.get(self.category, self.category))


class LicenceEvent(models.Model):
    """One act on a licence: what, effective when, decided under which number, by whom, why."""

    class Kind(models.TextChoices):
        GRANTED = "granted", _("granted")
        RENEWED = "renewed", _("renewed")
        SUSPENDED = "suspended", _("suspended")
        REINSTATED = "reinstated", _("reinstated")
        REVOKED = "revoked", _("revoked")
        SURRENDERED = "surrendered", _("surrendered")
        CORRECTED = "corrected", _("corrected")

    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(_("act"), max_length=12, choices=Kind.choices)
    effective_on = models.DateField(_("effective"))
    valid_from = models.DateField(_("valid from"), null=True, blank=True)  # granted, renewed, corrected
    valid_to = models.DateField(_("valid until"), null=True, blank=True)
    level = models.CharField(_("level"), max_length=40, blank=True)
    category = models.CharField(_("category"), max_length=60, blank=True)
    decision_number = models.CharField(_("decision number"), max_length=60, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    source = models.CharField(_("source"), max_length=100, blank=True)  # office, import of 2026-11-22 …
    recorded_at = models.DateTimeField(_("recorded"))
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("licence event")
        verbose_name_plural = _("licence events")
        ordering = ["id"]
        constraints = [
            not_before("valid_to", "valid_from"),
            one_of("kind", ["granted", "renewed", "suspended", "reinstated", "revoked", "surrendered", "corrected"]),
        ]

    def __str__(self):
        return f"{self.licence_id} {self.kind} {self.effective_on}"


class RegisterImport(models.Model):
    """One file laid before the register: read by the worker, shown as a difference, written on approval."""

    class Kind(models.TextChoices):
        LICENCES = "licences", _("licences")
        PAPERS = "papers", _("certificates on paper")

    class State(models.TextChoices):
        READING = "reading", _("being read")
        READY = "ready", _("ready to be written")
        WRITING = "writing", _("being written")
        DONE = "done", _("written")
        REFUSED = "refused", _("refused")
        CANCELLED = "cancelled", _("cancelled")

    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.LICENCES)  # of lines
    # Holds personal numbers in the clear: never served, and removed when the import ends.
    file = models.FileField(upload_to="register-imports/", storage=private_storage, blank=True)
    body = models.ForeignKey(
        IssuingBody, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("issuing body")
    )
    name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.READING)
    rows_total = models.PositiveIntegerField(null=True)
    rows_read = models.PositiveIntegerField(default=0)
    rows_new = models.PositiveIntegerField(_("new"), default=0)
    rows_changed = models.PositiveIntegerField(_("changed"), default=0)
    rows_same = models.PositiveIntegerField(_("same"), default=0)
    rows_refused = models.PositiveIntegerField(_("refused"), default=0)
    rows_warned = models.PositiveIntegerField(_("with a remark"), default=0)
    rows_handled = models.PositiveIntegerField(default=0)  # of the file, while writing; where a killed worker goes on
    rows_written = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=500, blank=True)
    written_at = models.DateTimeField(null=True)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("register import")
        verbose_name_plural = _("register imports")
        ordering = ["-id"]
        constraints = [one_of("kind", ["licences", "papers"])]

    def __str__(self):
        return self.name


class RegisterImportRow(models.Model):
    """A line that would change something, or that is refused and why, or that has a remark. The rest is counted only."""

    class Outcome(models.TextChoices):
        NEW = "new", _("new")
        CHANGED = "changed", _("changed")
        SAME = "same", _("same")
        REFUSED = "refused", _("refused")

    register_import = models.ForeignKey(RegisterImport, on_delete=models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField(_("line"))
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    licence_number = models.CharField(max_length=120, blank=True)  # or how a certificate on paper is called
    changes = models.JSONField(default=dict)  # {column: [old, new]}; never the personal number itself
    reason = models.CharField(max_length=500, blank=True)
    warnings = models.JSONField(default=list)  # sentences

    class Meta:
        ordering = ["register_import", "line"]
        indexes = [models.Index(fields=["register_import", "outcome", "line"])]
        constraints = [
            one_of("outcome", ["new", "changed", "same", "refused"]),
            models.UniqueConstraint(fields=["register_import", "line"], name="one_row_per_import_and_line"),
        ]

    def __str__(self):
        return f"{self.register_import_id}:{self.line}"
