"""Not a test: pictures of every page of every role at 390 and 1280 px into screenshots/ (`make screenshots`)."""

import io
import re
import zipfile

import pypdfium2
import pytest
import zxingcpp

from tests.journeys.conftest import DESKTOP, PHONE, SCREENSHOTS
from tests.journeys.pages import MISTYPED_NUMBER, ROLES, UNKNOWN_NUMBER, walk

TALLEST = 6000  # px of a picture; the office scrolls inside its window, so the window grows with what it holds
_HEIGHT = (
    "Math.max(...[...document.querySelectorAll('html, .wrapper, .content-wrapper, main')].map(e => e.scrollHeight))"
)


def picture(page, folder: str, name: str) -> None:
    """The open page from top to bottom as screenshots/<folder>/<width>/<name>.png."""
    size = page.viewport_size
    place = SCREENSHOTS / folder / str(size["width"])
    place.mkdir(parents=True, exist_ok=True)
    if page.url.split("/")[3] == "office":
        page.set_viewport_size(size | {"height": min(max(page.evaluate(_HEIGHT), size["height"]), TALLEST)})
    page.screenshot(path=place / f"{name}.png", full_page=True)
    page.set_viewport_size(size)


def name_of(path: str) -> str:
    return re.sub(r"[^\w-]+", "-", path).strip("-") or "start"


@pytest.mark.parametrize("role", ROLES)
def test_pictures(open_page, sign_in, role):
    pages = {390: open_page(PHONE), 1280: open_page(DESKTOP)}
    email, _starts = ROLES[role]
    if email:
        for page in pages.values():
            sign_in(page, email)
    for path in walk(pages[1280], role):
        pages[390].goto(path)
        for page in pages.values():
            picture(page, role, name_of(path))


def test_pictures_of_certificates_and_of_what_verification_answers(open_page, sign_in):
    officer = open_page()
    sign_in(officer, ROLES["officer"][0])
    officer.goto("/office/certificates/")
    officer.locator("a[href*='/certificates/lists/']").first.click()
    archive = officer.request.get(officer.locator("a[href$='documents.zip']").get_attribute("href")).body()
    (SCREENSHOTS / "certificates").mkdir(parents=True, exist_ok=True)
    asked = {"mistyped": f"/v/{MISTYPED_NUMBER}", "unknown": f"/v/{UNKNOWN_NUMBER}"}
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        for document in filter(lambda name: name.endswith(".pdf"), files.namelist()):
            paper = pypdfium2.PdfDocument(files.read(document))[0].render(scale=150 / 72).to_pil()
            paper.save(SCREENSHOTS / "certificates" / f"{name_of(document[:-4])}.png")
            # The demo was loaded before this stack had an address of its own; what follows the host is the same.
            scanned = "/v/" + zxingcpp.read_barcodes(paper)[0].text.partition("/v/")[2]
            asked[f"{name_of(document[:-4])}-scanned"] = scanned
            asked[f"{name_of(document[:-4])}-by-number"] = scanned.split("#")[0]

    pages = [open_page(PHONE), open_page(DESKTOP)]
    for name, address in asked.items():
        for page in pages:
            page.goto(address)
            picture(page, "verification", name)
