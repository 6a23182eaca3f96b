"""Forms of the register's office pages. What is possible is decided by operations.registering, not here."""

from django import forms
from django.utils.translation import gettext_lazy as _

from certification.models import IssuingBody, Licence
from certification.models.register import CATEGORIES, LEVELS, STANDINGS
from certification.rules.standing import LicenceStanding
from lms.kernel import clock
from lms.people.models import Municipality, Person

DEFAULT_MONTHS = 36


def _day(label, *, required: bool = True, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        input_formats=["%Y-%m-%d", "%d.%m.%Y"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )


class RegisterFilter(forms.Form):
    """What the list of licences is narrowed by. An unknown value is left out, so that an old link still works."""

    q = forms.CharField(label=_("Name or licence number"), required=False)
    standing = forms.ChoiceField(label=_("Standing today"), required=False)
    level = forms.ChoiceField(label=_("Level"), required=False)
    category = forms.ChoiceField(label=_("Category"), required=False)
    municipality = forms.ModelChoiceField(Municipality.objects.none(), label=_("Municipality"), required=False)
    ending = forms.BooleanField(label=_("Ends within 90 days"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        anything = [("", _("all"))]
        self.fields["standing"].choices = anything + [(key.value, label) for key, label in STANDINGS.items()]
        self.fields["level"].choices = anything + list(LEVELS.items())
        self.fields["category"].choices = anything + list(CATEGORIES.items())
        self.fields["municipality"].queryset = Municipality.objects.filter(country="XK")
        self.fields["municipality"].empty_label = _("all")

    def narrow(self, licences, today):
        """``licences`` as far as they fit what was asked."""
        self.is_valid()
        wanted = self.cleaned_data
        if words := wanted.get("q", "").strip():
            by_number = licences.filter(number__icontains=words)
            by_name = licences.filter(person__in=_persons_matching(words))
            licences = by_number | by_name
        if wanted.get("standing"):
            licences = licences.standing(LicenceStanding(wanted["standing"]), today)
        for column in ("level", "category"):
            if wanted.get(column):
                licences = licences.filter(**{column: wanted[column]})
        if wanted.get("municipality"):
            licences = licences.filter(person__municipality=wanted["municipality"])
        if wanted.get("ending"):
            licences = licences.filter(pk__in=Licence.objects.ending_within(90, today).values("pk"))
        return licences


def _persons_matching(words: str):
    return Licence._meta.get_field("person").related_model.objects.matching(words).order_by().values("pk")


class DecisionForm(forms.Form):
    """What every decision on a licence states."""

    decision_number = forms.CharField(label=_("Decision number"), max_length=60)
    reason = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}), help_text=_("For the file.")
    )


class EffectiveForm(DecisionForm):
    effective_on = _day(_("Takes effect on"))
    field_order = ["effective_on", "decision_number", "reason"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["effective_on"].initial = clock.local_day


class RenewForm(DecisionForm):
    valid_from = _day(
        _("New term begins on"), required=False, help_text=_("Empty: the day after the present last day.")
    )
    months = forms.IntegerField(label=_("For how many months"), min_value=1, max_value=240, initial=DEFAULT_MONTHS)
    field_order = ["valid_from", "months", "decision_number", "reason"]


class CorrectForm(DecisionForm):
    valid_from = _day(_("Valid from"))
    valid_to = _day(_("Valid until"), required=False, help_text=_("The last valid day. Empty: no last day."))
    level = forms.CharField(label=_("Level"), max_length=40, required=False)
    category = forms.CharField(label=_("Category"), max_length=60, required=False)
    field_order = ["valid_from", "valid_to", "level", "category", "decision_number", "reason"]


class GrantForm(DecisionForm):
    number = forms.CharField(label=_("Licence number"), max_length=40)
    body = forms.ModelChoiceField(IssuingBody.objects.none(), label=_("Issuing body"))
    level = forms.CharField(label=_("Level"), max_length=40, required=False)
    category = forms.CharField(label=_("Category"), max_length=60, required=False)
    valid_from = _day(_("Valid from"))
    months = forms.IntegerField(label=_("For how many months"), min_value=1, max_value=240, initial=DEFAULT_MONTHS)
    field_order = ["number", "body", "level", "category", "valid_from", "months", "decision_number", "reason"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        bodies = IssuingBody.objects.competent_on(clock.local_day())
        self.fields["body"].queryset = bodies
        self.fields["body"].initial = bodies.first() if bodies.count() == 1 else None
        self.fields["valid_from"].initial = clock.local_day


class LayForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV (UTF-8) or XLSX."),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
    )
    body = forms.ModelChoiceField(IssuingBody.objects.none(), label=_("Whose register"), empty_label=None)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["body"].queryset = IssuingBody.objects.competent_on(clock.local_day())


class PersonForm(forms.Form):
    given_name = forms.CharField(label=_("Given name"), max_length=200)
    surname = forms.CharField(label=_("Surname"), max_length=200, required=False)
    father_name = forms.CharField(label=_("Father's name"), max_length=200, required=False)


class RenameForm(PersonForm):
    document = forms.CharField(
        label=_("Under which document"), max_length=200, help_text=_("Such as: marriage certificate 12/2026.")
    )


class ReadNumberForm(forms.Form):
    reason = forms.CharField(
        label=_("What do you need it for?"),
        max_length=200,
        help_text=_("Your name, the time and this reason are written down."),
    )


class MergeForm(forms.Form):
    """Which entry is the same person, and how one knows. Whether they can be one is decided by operations.merging."""

    other = forms.ModelChoiceField(
        Person.objects.all(),
        to_field_name="reference",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        label=_("Person reference of the other entry"),
        error_messages={"invalid_choice": _("Nobody has the person reference %(value)s.")},
        help_text=_("Everything that hangs on that entry moves here; it stays, empty."),
    )
    reason = forms.CharField(label=_("How you know that they are one person"), max_length=300)
