"""The kit's page in a browser that has no network: a stranger opens it from a disk and gives it files."""

import io
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import segno
from django.conf import settings
from django.test import RequestFactory
from django.urls import reverse
from playwright.sync_api import expect

from certification.formats.kit import archive
from certification.formats.kit import trust as trusts
from certification.views import offline
from tests.certification.formats.kit import samples
from tests.journeys.conftest import DESKTOP, PHONE, axe, copy_of_demo, environment_for, manage, tab_to
from tests.journeys.pages import ROLES, certificates_by_standing

STATIC = settings.BASE_DIR / "static"
WORDS = {
    "valid": ["E vlefshme", "Важи", "Važi", "Valid"],
    "revoked": ["E revokuar", "Поништено", "Poništeno", "Revoked"],
    "not_genuine": ["Jo e vërtetë", "Није изворно", "Nije izvorno", "Not genuine"],
}


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    """The kit and some certificates on a disk."""
    folder = tmp_path_factory.mktemp("kit")
    with zipfile.ZipFile(io.BytesIO(archive.build(samples.trust(), samples.STATUS))) as packed:
        packed.extractall(folder)
    folder = folder / archive.FOLDER
    with ThreadPoolExecutor(1) as apart:  # the browser's loop runs in this thread, and sealing needs one of its own
        (folder / "certificate.pdf").write_bytes(apart.submit(samples.pdf).result())
    (folder / "certificate.json").write_bytes(samples.as_json())
    (folder / "revoked.jwt").write_text(samples.as_jwt(samples.REVOKED))
    (folder / "badge.png").write_bytes(samples.badge_png())
    (folder / "badge.svg").write_bytes(samples.badge_svg())
    (folder / "forged.json").write_bytes(samples.as_json().replace(b"Gjergjaj", b"Gashi"))
    return folder


@pytest.fixture
def open_kit(browser, kit):
    """``open_kit()``: the page opened from the disk, an hour after the kit was made, with no network at all."""
    contexts, faults = [], []

    def open_one(device=DESKTOP, *, now=samples.NOW, language="en"):
        context = browser.new_context(offline=True, locale=language, **device)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.on("request", lambda asked: faults.append(asked.url) if not asked.url.startswith("file:") else None)
        page.clock.set_fixed_time(now)
        page.goto((kit / "verify.html").as_uri())
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert faults == []


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("certificate.pdf", "valid"),
        ("certificate.json", "valid"),
        ("badge.png", "valid"),
        ("badge.svg", "valid"),
        ("revoked.jwt", "revoked"),
        ("forged.json", "not_genuine"),
        ("README.en.txt", "cannot_check"),
    ],
)
def test_a_file_is_judged_without_network(open_kit, kit, name, verdict):
    page = open_kit()

    page.locator("#file").set_input_files(kit / name)

    expect(page.locator("#answer")).to_have_attribute("data-verdict", verdict)


def test_the_answer_is_given_in_four_languages(open_kit, kit):
    page = open_kit()

    for name, verdict in (("certificate.pdf", "valid"), ("revoked.jwt", "revoked"), ("forged.json", "not_genuine")):
        page.locator("#file").set_input_files(kit / name)
        expect(page.locator("#answer")).to_have_attribute("data-verdict", verdict)
        found = []
        for language in ("Shqip", "Српски", "Srpski", "English"):
            page.get_by_role("button", name=language, exact=True).click()
            found.append(page.locator("#answer h2").inner_text()[2:])
        assert found == WORDS[verdict]
    assert page.evaluate("document.documentElement.lang") == "en"


def test_what_the_square_code_says_is_judged_by_keyboard_alone(open_kit):
    page = open_kit()

    tab_to(page, "Or paste what the square code says")
    page.keyboard.type(samples.address())
    page.keyboard.press("Enter")

    expect(page.locator("#answer")).to_have_attribute("data-verdict", "valid")
    expect(page.locator("#answer dl")).to_contain_text("Çlirim Gjergjaj")
    expect(page.locator("#answer dl")).to_contain_text("31.12.2028")
    expect(page.locator("#answer")).to_be_focused()


def test_after_thirty_days_the_kit_says_that_it_cannot_check(open_kit, kit):
    page = open_kit(now=samples.MADE.replace(month=12, day=23))

    page.locator("#file").set_input_files(kit / "certificate.pdf")

    expect(page.locator("#answer")).to_have_attribute("data-verdict", "cannot_check")
    expect(page.locator("#answer")).to_contain_text("older than 30 days")
    expect(page.locator("#answer")).to_contain_text("As known on 22.11.2026.")


def test_the_answer_before_is_gone_while_the_next_file_is_examined(open_kit, kit):
    page = open_kit()
    page.locator("#file").set_input_files(kit / "certificate.pdf")
    expect(page.locator("#answer")).to_have_attribute("data-verdict", "valid")

    # An examination that takes its time, so that what stands there meanwhile can be seen.
    page.evaluate(
        """() => {
            const examine = globalThis.deshmi.examine;
            globalThis.deshmi.examine = async (...given) => {
                await new Promise((done) => { globalThis.goOn = done; });
                return examine(...given);
            };
        }"""
    )
    page.locator("#file").set_input_files(kit / "revoked.jwt")

    expect(page.locator("#answer")).to_have_text("Checking …")
    assert page.locator("#answer").get_attribute("data-verdict") is None
    page.evaluate("globalThis.goOn()")
    expect(page.locator("#answer")).to_have_attribute("data-verdict", "revoked")


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_page_is_accessible_and_fits(open_kit, kit, device):
    page = open_kit(device)

    axe(page)
    page.locator("#file").set_input_files(kit / "certificate.pdf")
    expect(page.locator("#answer")).to_have_attribute("data-verdict", "valid")

    axe(page)
    expect(page.locator("#too_old")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= device["viewport"]["width"]


def test_the_page_may_reach_nobody_even_with_a_network(browser, kit):
    """The policy forbids what a missing network would only hide."""
    context = browser.new_context()
    page = context.new_page()
    page.goto((kit / "verify.html").as_uri())

    refused = page.evaluate(
        """async () => {
            const found = [];
            document.addEventListener("securitypolicyviolation", (event) => found.push(event.effectiveDirective));
            await fetch("https://deshmi.example.org/").catch(() => null);
            const script = document.createElement("script");
            script.textContent = "globalThis.wasRun = true";
            document.head.append(script);
            await new Promise((done) => setTimeout(done, 100));
            return found;
        }"""
    )

    assert refused == ["connect-src", "script-src-elem"]
    assert page.evaluate("globalThis.wasRun") is None
    context.close()


def test_certificates_of_the_demonstration_are_judged_offline(demo_database, browser, open_page, sign_in, tmp_path):
    """The whole road: what the site exports, in a browser that has no network, says what the site says."""
    officer = open_page(DESKTOP)
    sign_in(officer, ROLES["officer"][0])
    numbers = certificates_by_standing(officer)
    # Under the address for which it was issued, which is not that of the stack.
    environment = environment_for(tmp_path, copy_of_demo(demo_database, tmp_path))
    manage(environment, "export_mirror", str(tmp_path / "mirror"))
    kit = next((tmp_path / "mirror").glob("*/v/kit.zip"))
    assert "The log is what was signed." in manage(environment, "audit_log", "--mirror", str(kit.parent.parent))
    assert "agree with what was signed" in manage(environment, "reconcile")
    with zipfile.ZipFile(kit) as packed:
        packed.extractall(tmp_path)
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto((tmp_path / archive.FOLDER / "verify.html").as_uri())

    verdicts = {"valid": "valid", "suspended": "suspended", "superseded": "replaced", "revoked": "revoked"}
    for standing, verdict in verdicts.items():
        manage(environment, "export_certificate", numbers[standing], str(tmp_path / standing))
        page.locator("#file").set_input_files(next((tmp_path / standing).glob("*.pdf")))
        expect(page.locator("#answer")).to_have_attribute("data-verdict", verdict)
        expect(page.locator("#answer dl")).to_be_visible()
        expect(page.locator("#answer li").nth(1)).to_contain_text("It stands in the public log")
    context.close()


@pytest.fixture
def site():
    """The addresses of the offline verifier, answered by our own views and files under the trust of the samples."""
    asked = RequestFactory().get("/")
    pages = {
        "/v/kit/": ("text/html; charset=utf-8", archive.page(trusts.document(samples.trust()), kept=offline.kept())),
        reverse("verify:offline_worker"): ("text/javascript", offline.worker(asked).content.decode()),
        reverse("verify:offline_manifest"): ("application/manifest+json", offline.manifest(asked).content.decode()),
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            file = STATIC / self.path.removeprefix(settings.STATIC_URL)
            kind, content = pages.get(self.path, ("", ""))
            if not kind and file.is_file():
                kind = "text/javascript" if file.suffix == ".js" else "image/svg+xml"
                content = file.read_text()
            self.send_response(200 if kind else 404)
            self.send_header("Content-Type", kind or "text/plain")
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *said):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.server_close()


def test_the_verifier_stays_on_the_device_and_works_without_network(browser, site, kit, tmp_path):
    """One visit, then the site is gone: keys, lists, scripts and the decoder of square codes are all there."""
    segno.make(samples.address(), error="m").save(tmp_path / "photo.png", scale=6, border=6)
    context = browser.new_context(locale="en")
    page = context.new_page()
    page.clock.set_fixed_time(samples.NOW)
    address = f"http://127.0.0.1:{site.server_port}/v/kit/"
    page.goto(address)
    page.get_by_text("Kept on this device").wait_for()

    site.shutdown()
    context.set_offline(True)
    page.goto(address)
    expect(page.get_by_text("Without network. As of 22.11.2026.")).to_be_visible()
    page.locator("#file").set_input_files(kit / "certificate.pdf")
    expect(page.locator("#answer")).to_have_attribute("data-verdict", "valid")
    page.locator(".photo input").set_input_files(tmp_path / "photo.png")
    expect(page.locator("#address")).to_have_value(samples.address())
    expect(page.locator("#answer")).to_have_attribute("data-verdict", "valid")

    page.clock.set_fixed_time(samples.MADE + timedelta(days=31))
    page.goto(address)
    page.locator("#file").set_input_files(kit / "certificate.pdf")
    expect(page.locator("#answer")).to_have_attribute("data-verdict", "cannot_check")
    context.close()
