"""The verifier that a browser keeps: the kit's page at an address of ours, which goes on working without a network.

It is the same page as in the kit, with its keys and lists inside, so that it answers alike. A service worker whose scope
is this folder alone keeps it, and asks for a newer copy whenever there is a network; the page itself says how old it is
and turns to «cannot check» after 30 days.
"""

import hashlib
import json

from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from certification.formats.kit import archive
from certification.formats.kit import trust as trusts
from certification.operations import mirroring
from certification.operations.mirroring import NothingToExport
from lms.kernel import clock
from lms.kernel.powers import with_camera

_SECONDS = 600  # within this time everybody gets the same page


def kept() -> archive.Kept:
    return archive.Kept(
        manifest=reverse("verify:offline_manifest"),
        icon=static("img/favicon.svg"),
        script=static("js/offline.js"),
        reader=static("js/square-code.js"),
        decoder=static("vendor/qr/decode.js"),
        worker=reverse("verify:offline_worker"),
    )


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The page. 404 as long as nothing was issued that it could verify."""
    content = cache.get("certification.offline")
    if content is None:
        try:
            content = archive.page(trusts.document(mirroring.trust(clock.now())), kept=kept())
        except NothingToExport as error:
            raise Http404(str(error)) from None
        cache.set("certification.offline", content, _SECONDS)
    response = HttpResponse(content)
    response["Cache-Control"] = "public, no-cache"
    response["Referrer-Policy"] = "no-referrer"
    return with_camera(response)


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker: another one, and so fetched anew, whenever a file that it keeps is another."""
    known = kept()
    # The decoder asks for its second half by its plain name.
    half = f"{settings.STATIC_URL}vendor/qr/index.js"
    files = [reverse("verify:offline"), known.manifest, known.icon, known.script, known.reader, known.decoder, half]
    context = {
        "version": hashlib.sha256(json.dumps(files).encode()).hexdigest()[:12],
        "files": json.dumps(files),
        "page": files[0],
    }
    response = render(request, "certification/verify/worker.js", context, content_type="text/javascript")
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    here = reverse("verify:offline")
    told = {
        "name": _("Dëshmi: verify without a network"),
        "short_name": _("Verify"),
        "start_url": here,
        "scope": here,
        "display": "standalone",
        "background_color": "#faf8f4",
        "theme_color": "#0a5468",
        "icons": [{"src": static("img/favicon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}],
    }
    response = HttpResponse(json.dumps(told, ensure_ascii=False), content_type="application/manifest+json")
    response["Cache-Control"] = "no-cache"
    return response
