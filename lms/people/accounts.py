"""How accounts behave: mail goes through the queue, a new account speaks the language it was made in."""

from functools import wraps

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.sites.shortcuts import get_current_site
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from lms.kernel import mail
from lms.people.models import Person


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": _(
            "Too many attempts to sign in. Wait five minutes, or choose a new password with “Forgot your password?”."
        ),
        "email_password_mismatch": _("The e-mail address and the password do not belong together."),
        "invalid_login": _("The e-mail address and the password do not belong together."),
        "rate_limited": _("Too many requests at once. Wait a few minutes and try again."),
    }

    def send_mail(self, template_prefix, email, context):
        request = allauth_context.request
        known = {"request": request, "email": email, "current_site": get_current_site(request)}
        mail.send(self.render_mail(template_prefix, email, known | context))

    def save_user(self, request, user, form, commit=True):
        user.language = translation.get_language() or settings.LANGUAGE_CODE
        return super().save_user(request, user, form, commit)

    def is_open_for_signup(self, request):
        return True


def needs_person(view):
    """Decorator: the reader is signed in and has a person; who has none yet is asked for their name first."""

    @login_required
    @wraps(view)
    def checked(request, *args, **kwargs):
        if not Person.objects.filter(user=request.user).exists():
            return redirect(f"{reverse('people:profile')}?{urlencode({'next': request.get_full_path()})}")
        return view(request, *args, **kwargs)

    return checked
