"""What scripts add to the pages of verification: a dropped file, the square code's token after #, and the camera."""

from datetime import UTC, date, datetime
from io import BytesIO
from urllib.parse import parse_qs

import pytest
import segno
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from PIL import Image

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


# --- The camera ------------------------------------------------------------------------------------

HERE = "http://localhost:8"  # a browser lends its camera to safe places only
STATIC = settings.BASE_DIR / "static"
SIGNED = f"https://certificates.example/v/HZ1J652JFWKP#{TOKEN}"


def picture(says, size=(640, 480)):
    """A white sheet with the square code of ``says`` in its middle."""
    drawn = BytesIO()
    segno.make(says, error="m").save(drawn, kind="png", scale=5, border=4)
    sheet, code = Image.new("RGB", size, "white"), Image.open(drawn).convert("RGB")
    sheet.paste(code, ((size[0] - code.width) // 2, (size[1] - code.height) // 2))
    return sheet


@pytest.fixture
def before_the_camera(browser_type, browser_type_launch_args, tmp_path):
    """``before_the_camera(says)``: the form of verification in a browser whose camera sees the square code of ``says``."""
    opened, sent = [], []
    with translation.override("en"):
        form = render_to_string("certification/verify/form.html", {"typed": "", "code": ""})

    def serve(route):
        asked = route.request
        path = asked.url.removeprefix(HERE)
        file = STATIC / path.removeprefix("/static/")
        if asked.method == "POST":
            sent.append((path, parse_qs(asked.post_data)))
            route.fulfill(body="<h1>Answered</h1>", content_type="text/html")
        elif path == "/v/":
            route.fulfill(body=form, content_type="text/html; charset=utf-8")
        elif file.is_file():
            route.fulfill(path=file, content_type="text/css" if path.endswith(".css") else "text/javascript")
        else:
            route.fulfill(status=404)

    def visit(says, *, allowed=True):
        frames = BytesIO()
        picture(says).save(frames, "JPEG", quality=85)
        (tmp_path / "camera.mjpeg").write_bytes(frames.getvalue() * 5)
        args = [
            *browser_type_launch_args["args"],
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={tmp_path / 'camera.mjpeg'}",
        ]
        browser = browser_type.launch(**browser_type_launch_args | {"args": args})
        opened.append(browser)
        context = browser.new_context(**DESKTOP, permissions=["camera"] if allowed else [])
        context.route("**/*", serve)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto(f"{HERE}/v/")
        return page, sent

    yield visit
    for browser in opened:
        browser.close()


def scripts_loaded(page):
    return page.evaluate(
        "performance.getEntriesByType('resource').map((each) => each.name).filter((name) => name.includes('vendor/qr'))"
    )


def test_the_camera_reads_the_signed_code_and_hands_it_over_in_a_form(before_the_camera):
    page, sent = before_the_camera(SIGNED)
    assert scripts_loaded(page) == []

    page.get_by_role("button", name="Scan the code with the camera").click()
    page.get_by_role("heading", name="Answered").wait_for()

    assert sent == [("/v/code", {"address": [SIGNED]})]


def test_a_photo_of_a_code_of_numbers_fills_the_form(before_the_camera, tmp_path):
    page, sent = before_the_camera("nothing of ours")
    picture("https://certificates.example/v/HZ1J652JFWKP?c=7K2M9QXD0R").save(tmp_path / "photo.png")

    page.locator("[data-scan-photo]").set_input_files(tmp_path / "photo.png")
    page.get_by_role("heading", name="Answered").wait_for()

    assert sent == [("/v/", {"number": ["HZ1J652JFWKP"], "code": ["7K2M9QXD0R"]})]


def test_a_code_of_something_else_and_a_camera_that_is_refused_are_told(before_the_camera):
    page, sent = before_the_camera("https://elsewhere.example/")
    page.get_by_role("button", name="Scan the code with the camera").click()
    page.get_by_text("This square code is not that of a certificate.").wait_for()
    page.get_by_role("button", name="Stop the camera").click()
    assert page.get_by_role("button", name="Scan the code with the camera").is_visible()

    page, _sent = before_the_camera(SIGNED, allowed=False)
    page.get_by_role("button", name="Scan the code with the camera").click()
    page.get_by_text("The camera was not allowed.").wait_for()

    assert sent == []
