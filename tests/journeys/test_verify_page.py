"""What the script adds to the pages of verification: a file that is dropped, and the square code's token after #."""

from datetime import UTC, date, datetime
from urllib.parse import parse_qs

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from certification.rules.validity import Found, Standing
from certification.verification import Verified
from tests.journeys.conftest import DESKTOP

SITE = "http://verify.example"
TOKEN = "A" * 200


def known() -> Verified:
    return Verified(
        number="HZ1J652JFWKP",
        found=Found(Standing.VALID),
        public_text="",
        title="A course",
        initials="Ç. G.",
        issued_on=date(2026, 11, 22),
        first_issued_on=date(2026, 11, 22),
        valid_until=None,
        facts=None,
        licence=None,
        checks=(),
        as_of=datetime(2026, 11, 22, tzinfo=UTC),
        is_demo=False,
    )


@pytest.fixture
def visit(browser):
    """``visit(address)``: a page of ours as a server would send it, and what the browser sends after that."""
    context, sent, faults = browser.new_context(**DESKTOP), [], []
    script = (settings.BASE_DIR / "static/js/verify.js").read_text()
    with translation.override("en"):
        pages = {
            "/v/": render_to_string("certification/verify/form.html", {"typed": "", "code": ""}),
            "/v/HZ1J652JFWKP": render_to_string(
                "certification/verify/certificate.html",
                {"found": known(), "state": "valid", "word": "Valid", "sentence": "It holds.", "checks": ()},
            ),
        }

    def serve(route):
        asked = route.request
        path = asked.url.removeprefix(SITE).partition("#")[0]
        if asked.method == "POST":
            sent.append((path, asked.post_data_buffer))
            route.fulfill(body="<h1>Answered</h1>", content_type="text/html")
        elif "verify" in path and path.endswith(".js"):
            route.fulfill(body=script, content_type="text/javascript")
        elif path in pages:
            route.fulfill(body=pages[path], content_type="text/html")
        else:
            route.fulfill(body="", content_type="text/css" if path.endswith(".css") else "text/javascript")

    context.route("**/*", serve)
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))

    def go(address):
        page.goto(SITE + address)
        return page, sent

    yield go
    context.close()
    assert faults == []


def test_a_dropped_file_is_handed_over_like_a_chosen_one(visit):
    page, sent = visit("/v/")
    assert page.get_by_text("You may also drop the file here.").is_visible()

    page.evaluate(
        """() => {
            const carried = new DataTransfer();
            carried.items.add(new File(["{}"], "credential.json", { type: "application/json" }));
            document.querySelector("form[data-drop]").dispatchEvent(
                new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
        }"""
    )
    page.get_by_role("heading", name="Answered").wait_for()

    [(path, _body)] = sent
    assert path == "/v/file"


def test_what_follows_the_hash_is_handed_over_in_the_body_and_stays_in_no_address(visit):
    page, sent = visit(f"/v/HZ1J652JFWKP#{TOKEN}")
    page.get_by_role("heading", name="Answered").wait_for()

    [(path, body)] = sent
    assert path == "/v/code"
    assert parse_qs(body.decode())["address"] == [f"{SITE}/v/HZ1J652JFWKP#{TOKEN}"]
    assert page.url == f"{SITE}/v/code"


def test_without_a_token_nothing_is_sent(visit):
    page, sent = visit("/v/HZ1J652JFWKP#limits")

    page.get_by_text("Ç. G.").wait_for()
    page.wait_for_timeout(200)

    assert sent == []
