"""Renewals in the office: whose certificates end soon, who was told, who is on the way to a new one."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from certification.admin.access import for_roles
from certification.admin.issuing import VIEWERS, trail
from certification.operations import renewing
from courses import completions
from lms.kernel import clock

PER_PAGE = 50
AHEAD, BEHIND = 180, 90  # days


@require_safe
@for_roles(*VIEWERS)
def renewals(request):
    """Certificates that end within half a year or ended lately and were not renewed, the nearest first."""
    today = clock.local_day()
    rows = (
        renewing.ending(today, days=AHEAD, since=BEHIND)
        .select_related("person")
        .prefetch_related("expiry_notices")
        .defer("facts_canonical", "facts_signature", "credential", "credential_jwt")
    )
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    again = completions.enrolled_again({each.person_id for each in page}, {each.programme_code for each in page})
    for each in page:
        each.days_left = (each.valid_until - today).days
        each.notices = list(each.expiry_notices.all())
        each.is_enrolled_again = (each.person_id, each.programme_code) in again
    return render(
        request,
        "certification/issuing/renewals.html",
        {
            "breadcrumbs_items": trail((request.path, _("Renewals"))),
            "header_title": _("Renewals"),
            "header_icon": "history",
            "page": page,
            "ahead": AHEAD,
            "behind": BEHIND,
            "notices": renewing.NOTICES,
        },
    )
