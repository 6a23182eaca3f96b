"""The Council's desk: certificates found by what one has in hand, and one of them with everything that is known of it."""

from datetime import date

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from certification.admin.access import for_roles
from certification.admin.acts import ACTS, acts_possible, consequences
from certification.admin.issuing import DECIDERS, HOLDERS_OF_FILES, ISSUERS, VIEWERS, trail
from certification.models import ActRequest, Certificate, Erasure, Licence
from certification.operations import revoking
from certification.rules import numbering
from certification.rules.validity import Found, Standing
from certification.verification import standing_of
from lms.kernel import clock
from lms.people import roles
from lms.people.models import Person

PER_PAGE = 50
SHOWN_DOWNLOADS = 20
STANDINGS = {
    Standing.VALID: gettext_lazy("valid"),
    Standing.EXPIRED: gettext_lazy("expired"),
    Standing.SUSPENDED: gettext_lazy("suspended"),
    Standing.REVOKED: gettext_lazy("revoked"),
    Standing.SUPERSEDED: gettext_lazy("replaced"),
}
FORMS = ("json", "jwt", "png", "svg", "tlog-proof")
_NOT_READ = ("facts_canonical", "facts_signature", "credential", "credential_jwt")


def matching(words: str):
    """Certificates with this number, serial or licence number, or of a holder so called, today or as printed."""
    licensed = Licence.objects.filter(number__iexact=words)
    return (
        Certificate.objects.filter(number=numbering.normalise(words))
        | Certificate.objects.filter(serial__iexact=words)
        | Certificate.objects.filter(person__in=licensed.values("person"))
        | Certificate.objects.filter(person__in=Person.objects.matching(words).values("pk"))
        | Certificate.objects.printed_as(words)
    )


@require_safe
@for_roles(*VIEWERS)
def certificate_list(request):
    """Certificates by number, serial, licence number or holder's name."""
    words = request.GET.get("q", "").strip()
    found = (matching(words) if words else Certificate.objects.all()).prefetch_related("events").defer(*_NOT_READ)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    for each in page:
        standing = standing_of(each).standing
        each.standing, each.standing_word = standing.value, STANDINGS[standing]
    asked = request.GET.copy()
    asked.pop("page", None)
    return render(
        request,
        "certification/issuing/certificates.html",
        {
            "breadcrumbs_items": trail((request.path, _("All certificates"))),
            "header_title": _("All certificates"),
            "header_icon": "clipboard-list",
            "page": page,
            "words": words,
            "asked": asked.urlencode(),
        },
    )


@require_safe
@for_roles(*VIEWERS)
def certificate(request, certificate_id):
    """One certificate: how it stands, what it says, where it comes from, what happened, who had its file."""
    found = get_object_or_404(
        Certificate.objects.select_related("person", "licence", "batch", "supersedes", "restores", "renews", "document")
        .defer(*_NOT_READ, "document__content")
        .prefetch_related("events__actor", "events__approver"),
        pk=certificate_id,
    )
    standing = standing_of(found)
    open_requests = found.requests.filter(state=ActRequest.State.REQUESTED).select_related("requested_by")
    asked = None if found.erased_at else open_requests.first()
    return render(
        request,
        "certification/issuing/certificate.html",
        {
            "breadcrumbs_items": trail(
                (reverse("issuing:certificates"), _("All certificates")), (request.path, found.serial)
            ),
            "header_title": found.serial,
            "header_icon": "clipboard-list",
            "certificate": found,
            "completed_on": date.fromisoformat(found.facts["completion"]["on"]) if found.facts else None,
            "standing": standing.standing.value,
            "standing_word": STANDINGS[standing.standing],
            "at_a_glance": _at_a_glance(found, standing),
            "events": found.events.all(),
            "prints": found.prints.defer("content").select_related("made_by"),
            "other_languages": [each for each in settings.LANGUAGES if each[0] != found.language],
            "reasons": revoking.REASONS,
            "lineage": _lineage(found),
            "open": asked,
            "open_label": ACTS.get(asked.kind) if asked else "",
            "consequences": consequences(found, asked.kind, asked.effective_on) if asked else [],
            "reviews": found.reviews.order_by("closed_at", "deadline_on"),
            "acts": acts_possible(found),
            "forms": FORMS if found.credential_id and not found.erased_at else (),
            "downloads": found.downloads.select_related("downloaded_by")[:SHOWN_DOWNLOADS],
            "today": clock.local_day(),
            "erasure": found.erasures.exclude(state=Erasure.State.REJECTED).select_related("requested_by").first(),
            "may_ask": roles.has_role(request.user, *ISSUERS),
            "may_decide": roles.has_role(request.user, *DECIDERS),
            "may_download": roles.has_role(request.user, *HOLDERS_OF_FILES),
        },
    )


def _at_a_glance(found: Certificate, standing: Found) -> str:
    """How it stands today as one sentence."""
    since = date_format(standing.since, "SHORT_DATE_FORMAT") if standing.since else ""
    until = date_format(found.valid_until, "SHORT_DATE_FORMAT") if found.valid_until else ""
    sentence = {
        Standing.VALID: _("Holds today, until %(until)s.") if until else _("Holds today and does not expire."),
        Standing.EXPIRED: _("Its last valid day was %(until)s."),
        Standing.SUSPENDED: _("Suspended since %(since)s. It may be reinstated by a decision."),
        Standing.REVOKED: _("Revoked with effect from %(since)s, which is final."),
        Standing.SUPERSEDED: _("Replaced on %(since)s, which is final."),
    }[standing.standing]
    return sentence % {"since": since, "until": until}


def _lineage(found: Certificate) -> list[tuple[str, Certificate]]:
    """The certificates it is tied to, each with how, the older ones first. One query beside the ones it came with."""
    after = Certificate.objects.filter(Q(supersedes=found) | Q(restores=found) | Q(renews=found))
    tied = [
        (_("Renews"), found.renews),
        (_("Replaces"), found.supersedes),
        (_("Issued anew for"), found.restores),
    ]
    for each in after.only("serial", "issued_on", "supersedes", "restores", "renews").order_by("issued_at"):
        how = (
            _("Replaced by")
            if each.supersedes_id == found.pk
            else _("Issued anew as")
            if each.restores_id == found.pk
            else _("Renewed by")
        )
        tied.append((how, each))
    return [(how, each) for how, each in tied if each is not None]


@require_safe
@for_roles(*VIEWERS)
def by_serial(request, serial: str):
    return redirect("issuing:certificate", get_object_or_404(Certificate.objects.only("pk"), serial=serial).pk)
