"""From the last roll call to a stranger's phone: the story the demo leaves to its visitor, in two languages."""

import io
import json
import re

import pypdfium2
import pytest
import zxingcpp
from playwright.sync_api import expect

from tests.journeys.conftest import PHONE, RunningStack, axe, copy_of_demo

TRAINER, OFFICER, COMMISSION = "demo20@example.org", "demo22@example.org", "demo26@example.org"
WORKER = "demo03@example.org"  # Mërgim Xhemajli of group G6, whose licence ran out on the way
ROUND = "REF-2026-1"


@pytest.fixture(scope="module", params=["en", "sr"])
def stack(request, tmp_path_factory, demo_database):
    """A stack for each language: the half-day of G6 can be marked once."""
    folder = tmp_path_factory.mktemp("road")
    with RunningStack(folder, copy_of_demo(demo_database, folder)) as running:
        assert running.wait_until_ready() == "ok"
        running.language = request.param
        yield running


def test_from_the_last_roll_call_to_a_strangers_phone(stack, open_page, sign_in):
    language = stack.language

    # The trainer takes the last roll call on a phone: one late, one tap taken back, the rest present.
    page = open_page(PHONE, language=language)
    sign_in(page, TRAINER)
    page.goto(f"/{language}/learn/teach/")
    page.locator("a[href*='/roll-call/']").first.click()
    axe(page)
    rows = page.locator(".rc-row")
    assert rows.count() == 46
    rows.nth(0).locator("input[value=late]").check(force=True)
    rows.nth(1).locator("input[value=absent]").check(force=True)
    page.locator("[data-undo]").click()
    page.locator("[data-rest]").click()
    expect(page.locator("[data-tally=unmarked] > span")).to_have_text("0")
    expect(page.locator("[data-tally=late] > span")).to_have_text("1")
    page.wait_for_load_state("networkidle")
    page.reload()
    expect(page.locator("[data-tally=present] > span")).to_have_text("45")
    axe(page)

    # The officer looks at who is ready and asks; she cannot approve her own list.
    page = open_page(language=language)
    sign_in(page, OFFICER)
    page.goto(f"/office/certificates/rounds/{ROUND}/?group=G6")
    deadline = 30
    while page.locator("#ready .iss-count").inner_text() != "43" and deadline:
        page.wait_for_timeout(500)  # completions are recorded by the worker
        page.reload()
        deadline -= 1
    expect(page.locator("#ready .iss-count")).to_have_text("43")
    expect(page.locator("#not-ready .iss-count")).to_have_text("3")
    axe(page, only="main")
    with page.expect_navigation():
        page.locator("form.reg-bar button").click()
    batch = page.url
    expect(page.locator(".iss-approve")).to_have_count(0)

    # A commission member approves by typing the number, and watches.
    page = open_page(language=language)
    sign_in(page, COMMISSION)
    page.goto(batch)
    axe(page, only="main")
    page.locator("#count").fill("43")
    page.locator(".iss-approve button").click()
    expect(page.locator(".reg-counts strong").first).to_have_text("43", timeout=60_000)
    axe(page, only="main")

    # The worker downloads twice and gets the same bytes.
    page = open_page(PHONE, language=language)
    sign_in(page, WORKER)
    page.goto(f"/{language}/my/")
    address = page.locator("a[href$='/document']").first.get_attribute("href")
    first, second = (page.request.get(address).body() for _time in range(2))
    assert first == second
    document = pypdfium2.PdfDocument(io.BytesIO(first))
    assert len(document) == 1
    words = document[0].get_textpage().get_text_range()
    assert "Mërgim Xhemajli" in words

    # A stranger scans the code on the paper, then types the number, then mistypes it.
    codes = zxingcpp.read_barcodes(document[0].render(scale=150 / 72).to_pil())
    scanned = codes[0].text
    assert scanned.startswith(f"{stack.address}/v/")
    page = open_page(PHONE, language=language)
    address, _mark, token = scanned.partition("#")
    page.goto(f"{address}?lang={language}#{token}")
    page.wait_for_url("**/v/code")
    expect(page.locator(".standing--valid")).to_be_visible()
    expect(page.locator(".verify__name")).to_have_text("Mërgim Xhemajli")
    axe(page)
    number = re.search(r"/v/([0-9A-Z]{12})", scanned)[1]
    page.goto(f"/v/{number}?lang={language}")
    expect(page.locator(".standing--valid")).to_be_visible()
    assert "Xhemajli" not in page.content()
    axe(page)
    page.goto("/v/")
    wrong = number[:-1] + ("A" if number[-1] != "A" else "B")
    page.locator("#number").fill(wrong)
    page.locator("#number").press("Enter")
    expect(page.locator("[aria-invalid=true]")).to_be_visible()
    axe(page)

    # The shell tells the same: 257 are due, 43 of them have theirs now.
    told = json.loads(stack.manage("issue_certificates", "--round", ROUND, "--dry-run", "--format", "json"))
    assert sum(row["eligible"] for row in told) == 257
    assert sum(bool(row["certificate"]) for row in told) == 43
    # Who passed after the accreditation of a module had run out waits for the Council.
    (waiting,) = json.loads(
        stack.manage("issue_certificates", "--round", "ACC-2026-1", "--dry-run", "--format", "json")
    )
    assert waiting["reasons"] == [{"code": "accreditation_expired", "detail": "SW-M5"}]

    # The holder was told by mail, in the holder's language.
    assert any(WORKER in (mail["To"] or "") for mail in stack.mails())
