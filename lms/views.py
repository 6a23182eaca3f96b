"""Pages that show both rooms at once."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.urls import reverse
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
