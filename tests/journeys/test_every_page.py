"""Every page of every role opens, is accessible to axe, asks nobody else, and fits a phone."""

import pytest

from tests.journeys.conftest import DESKTOP, PHONE, axe
from tests.journeys.pages import ROLES, walk


def look_at(page, path: str, role: str) -> list[str]:
    """What is wrong with the page as it stands open."""
    faults = []
    try:
        axe(page, only="main" if path.startswith("/office/") else None)
    except AssertionError as fault:
        faults.append(f"{role}: {fault}")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        faults.append(f"{role}: {path} is {wide} px wider than the screen")
    return faults


@pytest.mark.parametrize("role", ROLES)
def test_every_page_is_accessible(open_page, sign_in, role):
    page = open_page(DESKTOP)
    if ROLES[role][0]:
        sign_in(page, ROLES[role][0])

    assert [fault for path in walk(page, role) for fault in look_at(page, path, role)] == []


@pytest.mark.parametrize("role", ["visitor", "learner", "trainer"])
def test_every_page_of_people_on_the_way_fits_a_phone(open_page, sign_in, role):
    page = open_page(PHONE, language="sr")
    if ROLES[role][0]:
        sign_in(page, ROLES[role][0])

    assert [fault for path in walk(page, role, "sr") for fault in look_at(page, path, role)] == []
