"""What a person says about themselves."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class EnterForm(forms.Form):
    given_name = forms.CharField(
        label=_("Given name"),
        max_length=200,
        help_text=_("As in your identity card: this is how it will stand on a certificate."),
        widget=forms.TextInput({"autocomplete": "given-name"}),
    )
    surname = forms.CharField(
        label=_("Surname"), max_length=200, widget=forms.TextInput({"autocomplete": "family-name"})
    )
    father_name = forms.CharField(
        label=_("Father's name"),
        max_length=200,
        required=False,
        help_text=_("Tells people with the same name apart."),
    )
    language = forms.ChoiceField(label=_("Language of your documents and messages"), choices=settings.LANGUAGES)


class DetailsForm(forms.Form):
    language = forms.ChoiceField(label=_("Language of your documents and messages"), choices=settings.LANGUAGES)
    phone = forms.RegexField(
        label=_("Telephone"),
        regex=r"^\+?[0-9 ()/.-]{5,40}$",
        max_length=40,
        required=False,
        help_text=_("Only your organiser and trainer see it, to reach you when a date changes."),
        error_messages={"invalid": _("Write the number with digits, for example +383 44 123 456.")},
        widget=forms.TextInput({"autocomplete": "tel", "inputmode": "tel"}),
    )
