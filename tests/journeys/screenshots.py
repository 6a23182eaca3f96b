"""Not a test: pictures of every page of every role at 390 and 1280 px into screenshots/ (`make screenshots`)."""

import re

import pytest

from tests.journeys.conftest import DESKTOP, PHONE, SCREENSHOTS
from tests.journeys.pages import ROLES, walk


@pytest.mark.parametrize("role", ROLES)
def test_pictures(open_page, sign_in, role):
    pages = {390: open_page(PHONE), 1280: open_page(DESKTOP)}
    email, _starts = ROLES[role]
    if email:
        for page in pages.values():
            sign_in(page, email)
    for path in walk(pages[1280], role):
        name = re.sub(r"[^\w-]+", "-", path).strip("-") or "start"
        pages[390].goto(path)
        for width, page in pages.items():
            folder = SCREENSHOTS / role / str(width)
            folder.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=folder / f"{name}.png", full_page=True)
