"""Text with a NUL in it is refused at the door: no person types one, and PostgreSQL cannot store or compare it."""

from django.http import HttpResponseBadRequest

NUL = "\x00"


def reads_its_own_body(view):
    """Mark a view that sets the limits of a stranger's files before anything is read, and takes no text."""
    view.reads_its_own_body = True
    return view


class RefuseNul:
    """Answers 400 when the address, a field or a JSON body holds a NUL. Stands after the check of the CSRF token,
    which has read the fields already.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        reads_itself = getattr(view, "reads_its_own_body", False)
        is_sent = not reads_itself and _is_sent(request)
        if NUL in request.path or "%00" in request.META.get("QUERY_STRING", "") or is_sent:
            return HttpResponseBadRequest("A NUL character is not text. Leave it out.", content_type="text/plain")
        return None


def _is_sent(request) -> bool:
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return False
    if request.content_type == "application/json":
        return b"\\u0000" in request.body
    return any(NUL in text for name, values in request.POST.lists() for text in (name, *values))
