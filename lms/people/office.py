"""Accounts in the office: an administrator creates them, switches them off and gives roles.

Nobody sees or sets a password here: a new person chooses one through "Forgot your password?". Being a superuser is
not a role and cannot be given in the browser.
"""

from allauth.account.models import EmailAddress
from django import forms
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from wagtail.users.forms import UserCreationForm, UserEditForm
from wagtail.users.views.users import UserViewSet as WagtailUserViewSet

from lms.people import roles
from lms.people.models import User


class RolesField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, group):
        return roles.LABELS.get(group.name, group.name)


class AccountForm(forms.ModelForm):
    """What the two forms below share."""

    first_name = None
    last_name = None
    is_superuser = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].required = True
        self.fields["groups"] = RolesField(
            label=_("Roles"),
            queryset=Group.objects.filter(name__in=roles.LABELS).order_by("name"),
            widget=forms.CheckboxSelectMultiple,
            required=False,
            help_text=_("What this person may do. Trainers of a group and representatives are named elsewhere."),
        )

    @property
    def account_fields(self):
        return [self[name] for name in ("email", "name", "language", "is_active") if name in self.fields]

    def clean_email(self):
        email = self.cleaned_data["email"].lower()
        if User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("Another account has this e-mail address. Open that account instead."))
        return email

    @transaction.atomic
    def save(self, commit=True):
        user = super().save(commit)
        if commit and "email" in self.changed_data:
            # An address that the office wrote is not proved yet: it is confirmed at the next sign-in.
            EmailAddress.objects.filter(user=user, primary=True).delete()
            EmailAddress.objects.update_or_create(
                user=user, email=user.email, defaults={"primary": True, "verified": False}
            )
        return user


class CreateAccountForm(AccountForm, UserCreationForm):
    class Meta:
        model = User
        fields = ["email", "name", "language", "groups"]

    def save(self, commit=True):
        self.instance.set_unusable_password()
        return super().save(commit)


class EditAccountForm(AccountForm, UserEditForm):
    def __init__(self, *args, **kwargs):
        self._editing_self = kwargs.pop("editing_self", False)
        super().__init__(*args, **kwargs)
        if self._editing_self:
            # Nobody locks themselves out or gives themselves a role.
            del self.fields["is_active"]
            self.fields["groups"].disabled = True

    class Meta:
        model = User
        fields = ["email", "name", "language", "is_active", "groups"]


class UserViewSet(WagtailUserViewSet):
    def get_form_class(self, for_update=False):
        return EditAccountForm if for_update else CreateAccountForm
