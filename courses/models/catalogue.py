"""What authors write: the catalogue, programmes, modules, lessons, as Wagtail pages.

Records never point at these pages: publishing cuts an edition (``operations.publishing``), and records pin that.
"""

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel, PageChooserPanel
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Orderable, Page, TranslatableMixin
from wagtail.search import index
from wagtail_localize.fields import SynchronizedField, TranslatableField

from courses.blocks.lesson import LessonBlock
from courses.models.approval import Moderated
from courses.models.codes import refuse_unfit_code


class Mode(models.TextChoices):
    ONLINE = "online", _("online")
    WORKSHOP = "workshop", _("workshop")
    MIXED = "mixed", _("online and workshop")


class Audience(models.TextChoices):
    LICENSED_SOCIAL_WORKER = "licensed_social_worker", _("licensed social workers")
    APPLICANT = "applicant_for_licence", _("applicants for a licence")
    DIRECTOR = "director", _("directors")
    MANAGER = "manager", _("managers")
    PLANNER = "planner", _("planners")
    RESIDENTIAL_CARE = "residential_care_staff", _("residential-care staff")
    DAY_CARE = "day_care_staff", _("day-care staff")
    MUNICIPAL = "municipal_staff", _("municipal staff")
    BENEFICIARY = "beneficiary_representative", _("representatives of beneficiaries")


class Topic(models.TextChoices):
    PRINCIPLES = "principles", _("principles and practice")
    STANDARDS = "standards", _("minimum quality standards")
    FAMILIES = "families", _("families")
    CHILDREN = "children", _("children")
    DISABILITY = "disability", _("persons with disabilities")
    OLDER_PERSONS = "older_persons", _("older persons")
    MANAGEMENT = "management", _("management")
    COMMUNITY = "community", _("community and municipality")


# Socket: the view that shows a kind of page plugs in here what the page needs besides itself (progress, seats …).
_shown_with = {}


def shown_with(page_class):
    """Decorator for a view's function ``(page, request) -> dict`` whose result joins the page's template context."""

    def plug(function):
        _shown_with[page_class] = function
        return function

    return plug


class Shown:
    """A page whose template context is completed by the function that plugged itself in for its class."""

    nothing_is_restricted = False  # set by lms.pages.routing where it is known, which saves asking

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        function = _shown_with.get(type(self))
        return context | function(self, request) if function else context

    def get_view_restrictions(self):
        return () if self.nothing_is_restricted else super().get_view_restrictions()


def refuse_code(page):
    """Raise ValidationError when the code of ``page`` cannot stand in an address, or is taken.

    Taken: a page of this kind that is no translation of ``page`` has it already.
    """
    refuse_unfit_code(page.code, "code")
    twin = type(page).objects.filter(code=page.code).exclude(translation_key=page.translation_key).first()
    if twin:
        raise ValidationError(
            {
                "code": _("The code %(code)s is taken by “%(title)s”. Choose another.")
                % {"code": page.code, "title": twin.title}
            }
        )


class AccreditedForm(WagtailAdminPageForm):
    """The editor's form of what a body may accredit: its dates make sense."""

    def clean(self):
        cleaned = super().clean()
        first, last = cleaned.get("accredited_from"), cleaned.get("accredited_until")
        if first and last and last < first:
            self.add_error("accredited_until", _("The last day lies before the first. Correct one of them."))
        if cleaned.get("accreditation_status") == "accredited" and not (first and cleaned.get("accreditation_body")):
            self.add_error(
                "accreditation_status",
                _("What is accredited names the body and the first day. Fill them in, or choose “submitted”."),
            )
        return cleaned


class ProgrammeForm(AccreditedForm):
    """The editor's form: lists of known values are ticked, not typed."""

    audiences = forms.MultipleChoiceField(
        label=_("For whom"), choices=Audience.choices, widget=forms.CheckboxSelectMultiple, required=False
    )
    topics = forms.MultipleChoiceField(
        label=_("Topics"), choices=Topic.choices, widget=forms.CheckboxSelectMultiple, required=False
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages of delivery"),
        choices=settings.LANGUAGES,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


class Accredited(models.Model):
    """What a body decided about a programme or a module, with its days. Each has its own; both must hold."""

    accreditation_status = models.CharField(
        _("accreditation"),
        max_length=20,
        choices=[
            ("none", _("not submitted")),
            ("submitted", _("submitted")),
            ("accredited", _("accredited")),
            ("refused", _("refused")),
            ("withdrawn", _("withdrawn")),
        ],
        default="none",
    )
    accreditation_body = models.CharField(_("accrediting body"), max_length=200, blank=True)
    accreditation_number = models.CharField(_("accreditation number"), max_length=60, blank=True)
    accredited_from = models.DateField(_("accredited from"), null=True, blank=True)
    accredited_until = models.DateField(_("accredited until"), null=True, blank=True)  # last day

    accreditation_panels = [
        MultiFieldPanel(
            [
                FieldPanel("accreditation_status"),
                FieldPanel("accreditation_body"),
                FieldPanel("accreditation_number"),
                FieldRowPanel([FieldPanel("accredited_from"), FieldPanel("accredited_until")]),
            ],
            heading=_("Accreditation"),
        ),
    ]

    class Meta:
        abstract = True


class CatalogueIndexPage(Shown, Moderated, Page):
    introduction = RichTextField(_("introduction"), blank=True)

    parent_page_types = ["pages.HomePage"]
    subpage_types = ["courses.ProgrammePage", "courses.ModulePage"]
    template = "courses/catalogue_index_page.html"
    max_count_per_parent = 1
    content_panels = [*Page.content_panels, FieldPanel("introduction")]

    class Meta:
        verbose_name = _("catalogue")


class ProgrammePage(Shown, Moderated, Accredited, Page):
    """A curriculum: training days in workshops and modules of lessons, with a rule for completing it."""

    code = models.CharField(
        _("code"),
        max_length=20,
        help_text=_(
            "Short and lasting, such as REF. It stands in rounds and records and is the same in all languages."
        ),
    )
    summary = models.TextField(_("summary"), help_text=_("One or two sentences: what this is and for whom."))
    about = RichTextField(_("about"), blank=True)
    mode = models.CharField(_("mode"), max_length=10, choices=Mode.choices)
    hours = models.DecimalField(
        _("hours"), max_digits=6, decimal_places=2, help_text=_("Of the whole programme; printed on the certificate.")
    )
    audiences = models.JSONField(_("audiences"), default=list, blank=True)  # of Audience
    topics = models.JSONField(_("topics"), default=list, blank=True)  # of Topic
    languages = models.JSONField(_("languages of delivery"), default=list, blank=True)
    is_open = models.BooleanField(
        _("open to everybody"),
        default=False,
        help_text=_("People enrol themselves; otherwise an organiser enrols them."),
    )
    needs_licence = models.BooleanField(
        _("only for licence holders"),
        default=False,
        help_text=_("Asked on the day of enrolling. Losing the licence later ends nobody's training."),
    )
    licence_in_force = models.BooleanField(
        _("the certificate needs a licence in force"),
        default=False,
        help_text=_("Asked on the day of issuing the certificate."),
    )
    valid_months = models.PositiveIntegerField(
        _("certificate valid for months"), null=True, blank=True, help_text=_("Empty: for life.")
    )
    needs_all_days = models.BooleanField(_("all training days must be attended"), default=True)
    needs_all_modules = models.BooleanField(_("all modules must be completed"), default=True)
    needs_assessments = models.BooleanField(_("all assessments must be passed"), default=True)
    is_demo = models.BooleanField(_("demonstration values"), default=False)

    parent_page_types = ["courses.CatalogueIndexPage"]
    subpage_types = []
    template = "courses/programme_page.html"

    base_form_class = ProgrammeForm
    content_panels = [
        *Page.content_panels,
        FieldRowPanel([FieldPanel("code"), FieldPanel("mode"), FieldPanel("hours")]),
        FieldPanel("summary"),
        FieldPanel("about"),
        FieldRowPanel([FieldPanel("audiences"), FieldPanel("topics"), FieldPanel("languages")]),
        InlinePanel("outcomes", heading=_("Learning outcomes"), label=_("outcome")),
        InlinePanel("training_days", heading=_("Training days"), label=_("training day")),
        InlinePanel("programme_modules", heading=_("Modules"), label=_("module")),
        MultiFieldPanel(
            [FieldPanel("needs_all_days"), FieldPanel("needs_all_modules"), FieldPanel("needs_assessments")],
            heading=_("Completed when"),
            help_text=_("Everything ticked is needed, all of it. A programme that needs nothing cannot be completed."),
        ),
        MultiFieldPanel(
            [
                FieldPanel("is_open"),
                FieldPanel("needs_licence"),
                FieldPanel("licence_in_force"),
                FieldPanel("valid_months"),
            ],
            heading=_("Enrolment and certificate"),
        ),
        *Accredited.accreditation_panels,
    ]
    search_fields = [
        *Page.search_fields,
        index.SearchField("summary"),
        index.SearchField("about"),
        index.FilterField("code"),
    ]
    override_translatable_fields = [SynchronizedField("code"), TranslatableField("summary"), TranslatableField("about")]

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")

    def clean(self):
        super().clean()
        refuse_code(self)


class ProgrammeOutcome(TranslatableMixin, Orderable):
    page = ParentalKey(ProgrammePage, on_delete=models.CASCADE, related_name="outcomes")
    text = models.CharField(_("what a participant can do afterwards"), max_length=500)

    class Meta(TranslatableMixin.Meta, Orderable.Meta):
        verbose_name = _("learning outcome")

    def __str__(self):
        return self.text


class TrainingDay(TranslatableMixin, Orderable):
    page = ParentalKey(ProgrammePage, on_delete=models.CASCADE, related_name="training_days")
    code = models.CharField(_("code"), max_length=10, help_text=_("D1, D2 …; stays the same in every language."))
    workshop = models.CharField(_("workshop"), max_length=10, blank=True)
    title = models.CharField(_("title"), max_length=200)
    activities = models.CharField(_("what is done"), max_length=500, blank=True)
    hours = models.DecimalField(_("hours"), max_digits=5, decimal_places=2, default=6)

    panels = [
        FieldRowPanel([FieldPanel("code"), FieldPanel("workshop"), FieldPanel("hours")]),
        FieldPanel("title"),
        FieldPanel("activities"),
    ]
    override_translatable_fields = [SynchronizedField("code"), SynchronizedField("workshop")]

    class Meta(TranslatableMixin.Meta, Orderable.Meta):
        verbose_name = _("training day")

    def __str__(self):
        return f"{self.code} {self.title}"

    def clean(self):
        super().clean()
        refuse_unfit_code(self.code, "code")


class ProgrammeModule(Orderable):
    page = ParentalKey(ProgrammePage, on_delete=models.CASCADE, related_name="programme_modules")
    module = models.ForeignKey(
        "courses.ModulePage", on_delete=models.PROTECT, related_name="+", verbose_name=_("module")
    )

    panels = [PageChooserPanel("module", "courses.ModulePage")]

    def __str__(self):
        return str(self.module)


class ModulePage(Shown, Moderated, Accredited, Page):
    code = models.CharField(_("code"), max_length=20)
    summary = models.TextField(_("summary"), blank=True)
    hours = models.DecimalField(_("hours"), max_digits=5, decimal_places=2)

    parent_page_types = ["courses.CatalogueIndexPage"]
    subpage_types = ["courses.LessonPage"]
    template = "courses/module_page.html"
    base_form_class = AccreditedForm
    content_panels = [
        *Page.content_panels,
        FieldRowPanel([FieldPanel("code"), FieldPanel("hours")]),
        FieldPanel("summary"),
        InlinePanel("outcomes", heading=_("Learning outcomes"), label=_("outcome")),
        *Accredited.accreditation_panels,
    ]
    search_fields = [*Page.search_fields, index.SearchField("summary")]
    override_translatable_fields = [SynchronizedField("code")]

    class Meta:
        verbose_name = _("module")
        verbose_name_plural = _("modules")

    def clean(self):
        super().clean()
        refuse_code(self)


class ModuleOutcome(TranslatableMixin, Orderable):
    page = ParentalKey(ModulePage, on_delete=models.CASCADE, related_name="outcomes")
    code = models.CharField(_("code"), max_length=20, blank=True)
    text = models.CharField(_("what a participant can do afterwards"), max_length=500)
    override_translatable_fields = [SynchronizedField("code")]

    class Meta(TranslatableMixin.Meta, Orderable.Meta):
        verbose_name = _("learning outcome")

    def __str__(self):
        return self.text


class LessonPage(Shown, Moderated, Page):
    code = models.CharField(_("code"), max_length=20)
    summary = models.TextField(_("summary"), blank=True)
    minutes = models.PositiveIntegerField(_("minutes"), help_text=_("How long a careful reader needs."))
    is_preview = models.BooleanField(
        _("open to everybody"),
        default=False,
        help_text=_("People who are not enrolled may read this lesson, to see what the module is like."),
    )
    body = StreamField(LessonBlock(), verbose_name=_("lesson"), blank=True)

    parent_page_types = ["courses.ModulePage"]
    subpage_types = []
    template = "courses/lesson_page.html"
    content_panels = [
        *Page.content_panels,
        FieldRowPanel([FieldPanel("code"), FieldPanel("minutes"), FieldPanel("is_preview")]),
        FieldPanel("summary"),
        FieldPanel("body"),
    ]
    search_fields = [*Page.search_fields, index.SearchField("summary"), index.SearchField("body")]
    override_translatable_fields = [SynchronizedField("code")]

    class Meta:
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")

    def clean(self):
        super().clean()
        refuse_code(self)
