"""Time stamps from a real service on the network (RFC 3161), and what happens when it fails."""

import asyncio
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from asn1crypto import tsp

from certification import signing
from certification.formats import sealed_file, time_stamps
from certification.models import Certificate, LogEntry
from lms.kernel import clock
from tests.certification.factories import issued_certificate
from tests.certification.formats.test_sealing import AT, demonstration, sealed, stamp_root, stamper, unsealed


class Service:
    """A time-stamp authority on this machine; ``broken`` says how it fails."""

    def __init__(self):
        service, self.asked, self.broken, self.moment = self, 0, "", AT

        class Answering(BaseHTTPRequestHandler):
            def do_POST(self):
                content = self.rfile.read(int(self.headers["Content-Length"]))
                service.asked += 1
                if service.broken == "elsewhere":
                    self.send_response(302)
                    self.send_header("Location", f"{service.address}other")
                    self.end_headers()
                    return
                answer = b"<h1>Sorry</h1>"
                if not service.broken:
                    stamping = stamper(service.moment).async_request_tsa_response(tsp.TimeStampReq.load(content))
                    answer = asyncio.run(stamping).dump()
                self.send_response(200)
                kind = "text/html" if service.broken == "a page" else "application/timestamp-reply"
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self.address = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def service():
    running = Service()
    yield running
    running.close()


@pytest.mark.once
def test_the_seal_carries_what_the_service_confirmed(service):
    content = sealed(timestamper=time_stamps.HttpTimeStamper(service.address))

    verdict = sealed_file.verify_seal(content, roots=[stamp_root(), *demonstration().key().chain], at=AT)
    assert (verdict.sound, verdict.stamped_at, service.asked) == (True, AT, 1)


@pytest.mark.once
@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("a page", "answered with text/html"),
        ("nonsense", "answered with something else"),
        ("elsewhere", "does not answer: HTTP Error 302"),
    ],
)
def test_what_is_no_time_stamp_is_told(service, broken, said):
    service.broken = broken

    with pytest.raises(time_stamps.NoTimeStamp, match=said):
        sealed(timestamper=time_stamps.HttpTimeStamper(service.address))


@pytest.mark.once
def test_an_address_that_is_none_is_refused():
    with pytest.raises(ValueError, match="SEAL_TSA_URL is 'file:///etc/passwd'"):
        time_stamps.HttpTimeStamper("file:///etc/passwd")


@pytest.mark.django_db
def test_without_the_service_issuing_waits_or_goes_on_as_it_was_set(service, settings):
    settings.SEAL_TSA_URL, service.broken, service.moment = service.address, "a page", clock.now()
    with pytest.raises(signing.CannotSign, match="The time-stamp service answered with text/html"):
        issued_certificate()
    assert (Certificate.objects.count(), LogEntry.objects.filter(op="issue").count()) == (0, 0)
    assert "text/html" in signing.time_stamps_failed()["why"]

    settings.SEAL_TSA_FALLBACK = True
    assert stamped_at(signing.seal(unsealed(), at=clock.now(), reason="x", location="y")) is None
    service.broken = ""
    assert stamped_at(signing.seal(unsealed(), at=clock.now(), reason="x", location="y")) is not None


def stamped_at(content):
    roots = [stamp_root(), *signing.seal_key().chain]
    return sealed_file.verify_seal(content, roots=roots, at=clock.now()).stamped_at
