"""Files that verifiers fetch: identity, keys, status lists, log. Anonymous, the same for everyone, free to copy."""

import hashlib
import json

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from certification import published
from certification.formats import checkpoints
from certification.formats.tiles import BadTile
from certification.operations import witnessing
from certification.published import NotPublished
from lms.kernel import rate_limit

_MINUTE, _YEAR = 60, 365 * 24 * 3600
_WITNESS_FAULTS = 10  # a minute and address


def _file(request: HttpRequest, content: bytes, kind: str, *, seconds: int, forever: bool = False) -> HttpResponse:
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    if request.headers.get("If-None-Match") == etag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(content, content_type=kind)
    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={seconds}" + (", immutable" if forever else "")
    response["Access-Control-Allow-Origin"] = "*"  # verifiers in a browser come from anywhere
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _absent(error: Exception) -> HttpResponse:
    response = HttpResponse(f"{error}\n", content_type="text/plain; charset=utf-8", status=404)
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _json(document: dict) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


@require_safe
def did_document(request: HttpRequest) -> HttpResponse:
    return _file(request, _json(published.did_document()), "application/did+json", seconds=10 * _MINUTE)


@require_safe
def key_set(request: HttpRequest) -> HttpResponse:
    return _file(request, _json(published.key_set()), "application/jwk-set+json", seconds=10 * _MINUTE)


@require_safe
def status_list(request: HttpRequest, number: int) -> HttpResponse:
    """The list as a signed credential; as a token to whoever asks for ``application/vc+jwt``."""
    try:
        content, jwt = published.status_list(number)
    except NotPublished as error:
        return _absent(error)
    if "application/vc+jwt" in request.headers.get("Accept", "") and jwt:
        response = _file(request, jwt.encode(), "application/vc+jwt", seconds=5 * _MINUTE)
    else:
        response = _file(request, content, "application/vc+ld+json", seconds=5 * _MINUTE)
    response["Vary"] = "Accept"
    return response


@require_safe
def status_token(request: HttpRequest, number: int) -> HttpResponse:
    try:
        _content, jwt = published.status_list(number)
    except NotPublished as error:
        return _absent(error)
    return _file(request, jwt.encode(), "application/vc+jwt", seconds=5 * _MINUTE)


@require_safe
def credential(request: HttpRequest, certificate_id) -> HttpResponse:
    """The id of a credential leads here: to the form on which whoever holds it can have it checked.

    It says nothing of whether there is one: the id stands in files that are passed on.
    """
    return redirect("verify:form")


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    try:
        note = published.checkpoint()
    except NotPublished as error:
        return _absent(error)
    return _file(request, note.encode(), "text/plain; charset=utf-8", seconds=5)


@csrf_exempt  # what counts is the signature in the body, made with a key that no browser has
@require_POST
def cosignature(request: HttpRequest) -> HttpResponse:
    """A witness hands over a checkpoint that it has cosigned."""
    who = rate_limit.prefix_of(request)
    if rate_limit.is_over("cosignature", who, limit=_WITNESS_FAULTS):
        return _told("Too many cosignatures that could not be taken. Try again in a minute.", 429)
    try:
        body = request.read(checkpoints.MOST_BYTES + 1)
        taken = witnessing.accept(body)
    except witnessing.NotTaken as error:
        rate_limit.count("cosignature", who)
        return _told(str(error), 400)
    return _told("Taken; it is published with the checkpoint." if taken else "It was handed over before.", 200)


def _told(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", content_type="text/plain; charset=utf-8", status=status)


@require_safe
def tile(request: HttpRequest, path: str) -> HttpResponse:
    try:
        content = published.tile(f"tile/{path}")
    except (NotPublished, BadTile) as error:
        return _absent(error)
    return _file(request, content, "application/octet-stream", seconds=_YEAR, forever=True)
