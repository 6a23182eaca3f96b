"""The log at a glance: how it stands, who watches it, what does not agree."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from certification import signing
from certification.admin.access import for_roles
from certification.admin.issuing import HOLDERS_OF_FILES, VIEWERS, trail
from certification.operations import watching
from lms.kernel import queue
from lms.people import roles


@require_safe
@for_roles(*VIEWERS)
def health(request):
    """Every part with its standing; below it the findings of the last comparison, and the keys to hand to others."""
    parts, run = watching.parts(), watching.last_reconciliation()
    return render(
        request,
        "certification/issuing/log.html",
        {
            "breadcrumbs_items": trail((request.path, _("Log"))),
            "header_title": _("Log"),
            "header_icon": "history",
            "parts": parts,
            "worst": next((state for state in (watching.BAD, watching.LOOK) if state in {p.state for p in parts}), ""),
            "run": run,
            "log_keys": [str(key) for key in signing.log_keys()],
            "may_compare": roles.has_role(request.user, *HOLDERS_OF_FILES),
        },
    )


@require_POST
@for_roles(*HOLDERS_OF_FILES)
def compare(request):
    """Have everything compared now and not only at night."""
    queue.enqueue("certification.tasks.reconcile", group="log")
    messages.success(request, _("The comparison has begun; load this page again in a few minutes."))
    return redirect("issuing:log")
