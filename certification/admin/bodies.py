"""Issuing bodies and who signs for them, in the office: names in every language, and from when until when."""

from django import forms
from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic import IndexView
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets import AdminDateInput

from certification.admin.access import KeptByTheCouncil
from certification.models import IssuingBody, Signatory


class InLanguages(WagtailAdminModelForm):
    """A form whose ``texts`` (a JSON field by language) is one line for each language; the default one is needed."""

    texts = ""
    line_label = gettext_lazy("%(text)s (%(language)s)")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        known = getattr(self.instance, self.texts) or {}
        label = self._meta.model._meta.get_field(self.texts).verbose_name
        for code, language in settings.LANGUAGES:
            self.fields[f"{self.texts}_{code}"] = forms.CharField(
                label=self.line_label % {"text": str(label).capitalize(), "language": language},
                max_length=200,
                required=code == settings.LANGUAGE_CODE,
                initial=known.get(code, ""),
            )

    def save(self, commit=True):
        known = dict(getattr(self.instance, self.texts) or {})
        for code, _language in settings.LANGUAGES:
            known.pop(code, None)
            if said := self.cleaned_data[f"{self.texts}_{code}"]:
                known[code] = said
        setattr(self.instance, self.texts, known)
        return super().save(commit=commit)

    def clean(self):
        cleaned = super().clean()
        first, last = cleaned.get("from_on"), cleaned.get("until_on")
        if first and last and last < first:
            self.add_error("until_on", _("The last day lies before the first. Correct one of them."))
        return cleaned


class BodyForm(InLanguages):
    texts = "names"

    class Meta:
        model = IssuingBody
        fields = ["code", "from_on", "until_on"]
        widgets = {"from_on": AdminDateInput, "until_on": AdminDateInput}
        help_texts = {
            "code": gettext_lazy("Short and lasting, such as COUNCIL. Files of the register name the body by it."),
            "from_on": gettext_lazy("Empty: since always."),
            "until_on": gettext_lazy("The last day. Empty: still competent."),
        }


class SignatoryForm(InLanguages):
    texts = "posts"

    class Meta:
        model = Signatory
        fields = ["body", "name", "position", "from_on", "until_on"]
        labels = {"body": gettext_lazy("Issuing body")}
        widgets = {"from_on": AdminDateInput, "until_on": AdminDateInput}
        help_texts = {
            "position": gettext_lazy("Who stands first on the certificate has 1."),
            "until_on": gettext_lazy(
                "The last day on which this person signs in this post. When somebody else follows, enter the day here "
                "and add the new person; certificates that were issued keep theirs."
            ),
        }


def _day(day) -> str:
    return date_format(day, "SHORT_DATE_FORMAT") if day else ""


class CouncilViewSet(ModelViewSet):
    """What both lists share: kept by officers and administrators, read by others, never deleted."""

    copy_view_enabled = False
    inspect_view_enabled = False
    list_per_page = 50
    form_class: type[InLanguages]

    @property
    def permission_policy(self):
        return KeptByTheCouncil(self.model)

    def get_form_class(self, for_update=False):
        return self.form_class


class BodyViewSet(CouncilViewSet):
    model = IssuingBody
    name = "bodies"
    url_prefix = "register/bodies"
    icon = "home"
    menu_label = gettext_lazy("Issuing bodies")
    form_class = BodyForm
    ordering = ["code"]
    list_display = [
        "code",  # leads to its form for those who may change it
        Column("name", label=gettext_lazy("Name")),
        Column("from_on", label=gettext_lazy("Competent from"), accessor=lambda row: _day(row.from_on)),
        Column("until_on", label=gettext_lazy("Competent until"), accessor=lambda row: _day(row.until_on)),
    ]


class SignatoryIndex(IndexView):
    def get_base_queryset(self):
        return super().get_base_queryset().select_related("body")


class SignatoryViewSet(CouncilViewSet):
    model = Signatory
    name = "signatories"
    url_prefix = "register/signatories"
    icon = "user"
    menu_label = gettext_lazy("Signatories")
    form_class = SignatoryForm
    index_view_class = SignatoryIndex
    list_display = [
        "name",
        Column("post", label=gettext_lazy("Post"), accessor="post"),
        Column("body", label=gettext_lazy("Issuing body"), accessor="body.name"),
        Column("position", label=gettext_lazy("Order")),
        Column("from_on", label=gettext_lazy("From"), accessor=lambda row: _day(row.from_on)),
        Column("until_on", label=gettext_lazy("Until"), accessor=lambda row: _day(row.until_on)),
    ]
