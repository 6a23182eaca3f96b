"""Pages about oneself: entering one's name once, and what one may change later."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lms.people.forms import DetailsForm, EnterForm
from lms.people.models import Person
from lms.people.operations import joining


@login_required
@require_http_methods(["GET", "POST"])
def profile(request):
    person = Person.objects.filter(user=request.user).first()
    return _details(request, person) if person else _enter(request)


def _enter(request):
    form = EnterForm(request.POST or None, initial={"language": get_language()})
    if request.method == "POST" and form.is_valid():
        try:
            joining.enter(request.user, by=request.user, **form.cleaned_data)
        except joining.AlreadyJoined as error:
            messages.error(request, str(error))
        return redirect(_onwards(request))
    return render(request, "people/profile_enter.html", {"form": form, "next": request.GET.get("next", "")})


def _details(request, person):
    form = DetailsForm(request.POST or None, initial={"language": person.language, "phone": person.phone})
    if request.method == "POST" and form.is_valid():
        joining.change_details(person, by=request.user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("people:profile")
    return render(request, "people/profile.html", {"form": form, "person": person})


def _onwards(request) -> str:
    """Where the person wanted to go before they were asked for their name; never to another site."""
    wanted = request.POST.get("next", "")
    allowed = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if allowed else "my"
