"""The forms of rounds and venues, and what of a round or group stays once people or sessions hang on it."""

from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.widgets import AdminDateInput

from courses.admin.codes import tidy_code
from courses.models import Enrolment, Round, Session, Venue

_FIRST_ZONES = ("Europe/Belgrade", "Europe/Tirane")


def fix(form, name: str, groups) -> None:
    """Make the field ``name`` of ``form`` unchangeable when anybody or any session belongs to one of ``groups``.

    Enrolments, sessions and lists of certificates rest on it.
    """
    if Enrolment.objects.filter(group__in=groups).exists() or Session.objects.filter(group__in=groups).exists():
        form.fields[name].disabled = True
        form.fields[name].help_text = gettext_lazy("Stays as it is: people are enrolled or sessions are planned.")


class RoundForm(WagtailAdminModelForm):
    class Meta:
        model = Round
        fields = ["code", "edition", "enrolment_closes_on"]
        widgets = {"enrolment_closes_on": AdminDateInput}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in ("code", "edition"):
                fix(self, name, self.instance.groups.all())

    def clean_code(self):
        return tidy_code(self.cleaned_data["code"])


class VenueForm(WagtailAdminModelForm):
    zone = forms.ChoiceField(label=gettext_lazy("Time zone"))

    class Meta:
        model = Venue
        fields = ["name", "address", "municipality", "zone"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        first = list(dict.fromkeys([settings.TIME_ZONE, *_FIRST_ZONES]))
        others = sorted(zone for zone in available_timezones() - set(first) if "/" in zone)
        self.fields["zone"].choices = [(zone, zone) for zone in [*first, *others]]
