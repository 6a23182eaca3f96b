"""The public page on which somebody hands over a file, a credential or a square code and is told what it is worth.

Like the page by number it needs no account and no script, and keeps nothing: the file is read into memory, examined and
forgotten; the log says how long it took and how it ended, never what it was.
"""

from django.conf import settings
from django.core.files.uploadhandler import MemoryFileUploadHandler, StopUpload
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from certification import answers
from certification.operations import counting, examining
from certification.operations.examining import Examined
from certification.views.verification import guarded, told, too_many
from lms.kernel import rate_limit
from lms.kernel.nul import reads_its_own_body
from lms.kernel.powers import with_camera

PURPOSE = "examine"
_AROUND_A_FILE = 16 * 1024  # bytes of a form beside its file


class InMemory(MemoryFileUploadHandler):
    """Keeps what is sent in memory and off every disk, and stops at the size of the largest file we read."""

    most = examining.MAX_FILE

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None):
        self.activated = True
        self.received = 0

    def receive_data_chunk(self, raw_data, start):
        self.received += len(raw_data)
        if self.received > self.most:
            raise StopUpload(connection_reset=True)
        return super().receive_data_chunk(raw_data, start)


@reads_its_own_body  # its size is known, and its way into memory set, before anything is read
@csrf_exempt  # as the form for a number: it changes nothing, and its visitor has no session
@require_http_methods(["GET", "HEAD", "POST"])
def examine(request: HttpRequest) -> HttpResponse:
    """What the file in the form is worth. An address without a file leads back to the form."""
    if request.method != "POST":
        return redirect("verify:form")
    who = rate_limit.prefix_of(request)
    if rate_limit.is_over(PURPOSE, who, limit=settings.VERIFY_FILES_PER_MINUTE):
        return too_many(request)
    rate_limit.count(PURPOSE, who)
    if int(request.META.get("CONTENT_LENGTH") or 0) > examining.MAX_FILE + _AROUND_A_FILE:
        return _refused(request, _too_large(), 413)
    request.upload_handlers = [InMemory(request)]
    file = request.FILES.get("file")
    if file is None:
        return _refused(request, _("Choose a file first: a PDF, a credential (JSON or JWT) or a badge (PNG or SVG)."))
    try:
        examined = examining.examine(file.read())
    except examining.TooLarge:
        return _refused(request, _too_large(), 413)
    except examining.Busy:
        return _refused(request, _("Many files are being examined at the moment. Try again in a few seconds."), 503)
    response = shown(request, examined)
    counting.count_after(response, counting.Channel.FILE, examined.verdict, examined.found)
    return response


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """What the square code is worth whose whole address, with what follows #, stands in the field ``address``.

    A browser never sends what follows # by itself; the page does, in the body of a form, so that it is in no log.
    """
    if request.method != "POST":
        return redirect("verify:form")
    who = rate_limit.prefix_of(request)
    if rate_limit.is_over(PURPOSE, who, limit=settings.VERIFY_FILES_PER_MINUTE):
        return too_many(request)
    rate_limit.count(PURPOSE, who)
    examined = examining.examine_address(request.POST.get("address", "").strip()[:2000])
    response = shown(request, examined)
    counting.count_after(response, counting.Channel.SQUARE_CODE, examined.verdict, examined.found)
    return response


def shown(request: HttpRequest, examined: Examined) -> HttpResponse:
    """The page about what was examined; 200 whatever the answer is, because an answer was asked for."""
    context = {
        "examined": examined,
        "state": answers.state(examined.verdict),
        "word": answers.word(examined.verdict),
        "sentence": answers.sentence_on(examined),
        "checks": answers.lines(examined.checks, examined.found),
        "claimed": examined.claimed,
    }
    if examined.found is None:
        return guarded(render(request, "certification/verify/not_ours.html", context))
    if examined.why == "other_file":
        context["recorded"] = answers.word(examined.found.verdict)
    return guarded(render(request, "certification/verify/examined.html", told(examined.found) | context))


def _too_large() -> str:
    return _("The file is larger than 10 MB. No certificate of ours is: choose the file you were given.")


def _refused(request: HttpRequest, error: str, status: int = 400) -> HttpResponse:
    context = {"typed": "", "code": "", "file_error": error}
    return with_camera(guarded(render(request, "certification/verify/form.html", context, status=status)))
