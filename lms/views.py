"""Pages that show both rooms at once, and the office's door."""

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lms import my_page
from lms.people.models import Person


@require_safe
@login_required
def my(request):
    """My learning, my workshops, my certificates, my licence, in one view."""
    person = Person.objects.filter(user=request.user).first()
    if person is None:
        return redirect(f"{reverse('people:profile')}?next={request.path}")
    return render(request, "my/my.html", {"person": person, "my": my_page.of(person)})


@never_cache
def office_login(request):
    """Where the office sends whom it does not let in: to sign in, or, signed in without a role there, to a refusal.

    Signing in would send them straight back to the office, and so on for ever.
    """
    if not request.user.is_authenticated:
        return redirect_to_login(request.GET.get("next") or reverse("wagtailadmin_home"))
    if request.user.has_perm("wagtailadmin.access_admin"):
        return redirect("wagtailadmin_home")
    raise PermissionDenied
