"""Time stamps (RFC 3161) from a service on the network: the one thing that issuing ever asks of another server.

Only a digest is sent. The answer is taken for what it is when its signature is checked by readers; here only that it is
an answer to this question. Whatever goes wrong is a NoTimeStamp.
"""

import asyncio
import http.client
import ssl
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from asn1crypto import tsp
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError

_SECONDS = 10
_LONGEST = 64 * 1024  # bytes of an answer


class NoTimeStamp(RuntimeError):
    """The service did not confirm the time; the text says why."""


class HttpTimeStamper(TimeStamper):
    """Asks the service at ``address`` (https, or http in a network of one's own). Never follows it elsewhere."""

    def __init__(self, address: str):
        super().__init__(include_nonce=True)
        if urlsplit(address).scheme not in ("http", "https"):
            raise ValueError(f"SEAL_TSA_URL is {address!r}; give the http(s) address of a time-stamp service.")
        self._address = address

    async def async_timestamp(self, message_digest, md_algorithm):
        try:
            return await super().async_timestamp(message_digest, md_algorithm)
        except (TimestampRequestError, ValueError, TypeError, KeyError) as error:
            raise NoTimeStamp(f"The time-stamp service answered with something else: {error}") from error

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        return await asyncio.to_thread(self._asked, req.dump())

    def _asked(self, content: bytes) -> tsp.TimeStampResp:
        request = urllib.request.Request(  # noqa: S310 - the scheme was looked at
            self._address,
            data=content,
            headers={"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"},
        )
        opener = urllib.request.build_opener(_StayHere, urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=_SECONDS) as answer:
                kind, found = answer.headers.get_content_type(), answer.read(_LONGEST + 1)
        except (OSError, urllib.error.URLError, http.client.HTTPException, ssl.SSLError) as error:
            raise NoTimeStamp(f"The time-stamp service does not answer: {error}") from error
        if kind != "application/timestamp-reply" or len(found) > _LONGEST:
            raise NoTimeStamp(f"The time-stamp service answered with {kind} of {len(found)} bytes.")
        return tsp.TimeStampResp.load(found)


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req, fp, code, msg, headers, newurl):
        return None
