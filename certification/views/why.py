"""Why a certificate can be believed, in plain words, and the kit with which nobody needs to believe us."""

import logging

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from certification import signing
from certification.formats import did
from certification.models import Checkpoint, LogEntry, SigningKey
from certification.operations import mirroring
from certification.operations.mirroring import NothingToExport
from lms.kernel import clock

log = logging.getLogger(__name__)

# A kit says itself when it was made; within this time everybody gets the same.
_KIT_SECONDS = 600


@require_safe
def why(request: HttpRequest) -> HttpResponse:
    """The explanation with the figures of this very moment: how long the log is, which keys sign."""
    newest = Checkpoint.objects.order_by("-size").first()
    context = {
        "checkpoint": newest,
        "issued": LogEntry.objects.filter(op="issue").count() if newest else 0,
        "has_witness": SigningKey.objects.filter(purpose="witness", state="active").exists(),
        "keys": [
            {
                "id": key.id.rpartition("#")[2],
                "words": SigningKey.State(key.state.value).label,
                "multikey": did.multikey(key.public),
            }
            for key in signing.published_keys()
        ],
    }
    return render(request, "certification/verify/why.html", context)


@require_safe
def kit(request: HttpRequest) -> HttpResponse:
    """The kit as one archive. 404 as long as nothing was issued that it could verify."""
    content = cache.get("certification.kit")
    if content is None:
        try:
            content = mirroring.kit()
        except NothingToExport as error:
            raise Http404(str(error)) from None
        except signing.CannotSign as error:
            log.error("No kit can be made: %s", error)
            return HttpResponse(status=503, headers={"Retry-After": "300"})
        cache.set("certification.kit", content, _KIT_SECONDS)
    response = HttpResponse(content, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="deshmi-kit-{clock.local_day():%Y-%m-%d}.zip"'
    response["Cache-Control"] = f"public, max-age={_KIT_SECONDS}"
    response["Access-Control-Allow-Origin"] = "*"
    return response
