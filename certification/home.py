"""What the home page tells of this room: how many people were certified this year, and by whom."""

from django.core.cache import cache

from certification.models import Certificate, IssuingBody
from lms.kernel import clock
from lms.kernel.languages import localized

_KEPT_FOR = 600  # seconds


def section(request) -> dict:
    """``certified_this_year`` (people with a live certificate issued since 1 January) and ``certified_by``."""
    today = clock.local_day()
    found = cache.get(_key(today.year))
    if found is None:
        live = Certificate.objects.filter(issued_on__year=today.year, ended_at__isnull=True)
        body = IssuingBody.objects.competent_on(today).order_by("pk").first()
        found = (live.values("person").distinct().count(), body.names if body else {})
        cache.set(_key(today.year), found, _KEPT_FOR)
    count, names = found
    return {"certified_this_year": count, "certified_by": localized(names)}


def _key(year: int) -> str:
    return f"certification:home:{year}"
