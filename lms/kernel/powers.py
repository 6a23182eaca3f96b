"""What a page may ask of a browser: neither camera nor microphone nor place, unless the page itself says otherwise."""

_HEADER = "Permissions-Policy"
_NOTHING = "camera=(), microphone=(), geolocation=()"
_CAMERA = "camera=(self), microphone=(), geolocation=()"


def with_camera(response):
    """``response`` for a page that reads square codes with the camera."""
    response[_HEADER] = _CAMERA
    return response


class NoPowers:
    """Adds Permissions-Policy to every answer that has none of its own."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault(_HEADER, _NOTHING)
        return response
