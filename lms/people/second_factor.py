"""Council officers and administrators sign in with a second factor; until they have one, everything leads there."""

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from lms.people.roles import needs_second_factor

# Recovery codes stand in for a lost factor; they are not one.
_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
_OPEN = ("account_", "mfa_", "socialaccount_", "healthz", "readyz")


class SecondFactorMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if not settings.REQUIRE_SECOND_FACTOR or not request.user.is_authenticated:
            return None
        name = request.resolver_match.url_name or ""
        if name.startswith(_OPEN) or not needs_second_factor(request.user):
            return None
        # Asked each time, not remembered in the session: a factor that is removed stops counting everywhere at once.
        if is_mfa_enabled(request.user, _FACTORS):
            return None
        messages.warning(
            request,
            _("Your role needs a second factor at sign-in. Add an authenticator app or a passkey, then go on."),
        )
        return redirect("mfa_index")
