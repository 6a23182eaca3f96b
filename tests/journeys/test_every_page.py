"""Every page of every role opens, is accessible to axe, asks nobody else, and fits a phone."""

import pytest

from tests.journeys.conftest import DESKTOP, PHONE, axe
from tests.journeys.pages import (
    MISTYPED_NUMBER,
    ROLES,
    UNKNOWN_NUMBER,
    certificates_by_standing,
    our_patterns,
    walk,
)

NOT_WALKED: dict[str, str] = {}
PAGES: set[str] = set()


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


_walked: dict[str, set[str]] = {}  # role → the kinds of pages it reached


@pytest.mark.parametrize("role", ROLES)
def test_every_page_is_accessible(open_page, sign_in, role):
    page = open_page(DESKTOP)
    if ROLES[role][0]:
        sign_in(page, ROLES[role][0])
    kinds: set[str] = set()

    assert [fault for path in walk(page, role, kinds=kinds) for fault in look_at(page, path, role)] == []
    _walked[role] = kinds


def test_every_kind_of_page_was_walked_or_it_is_told_why_not(open_page, sign_in):
    for role in ROLES.keys() - _walked.keys():  # when this test runs alone
        page = open_page(DESKTOP)
        if ROLES[role][0]:
            sign_in(page, ROLES[role][0])
        _walked[role] = set()
        for _path in walk(page, role, kinds=_walked[role]):
            pass

    reached = set().union(*_walked.values())
    assert our_patterns() - reached == NOT_WALKED.keys()
    assert {kind for kind in reached if kind.startswith("page of ")} == PAGES


@pytest.mark.parametrize("role", ["visitor", "learner", "trainer"])
def test_every_page_of_people_on_the_way_fits_a_phone(open_page, sign_in, role):
    page = open_page(PHONE, language="sr")
    if ROLES[role][0]:
        sign_in(page, ROLES[role][0])

    assert [fault for path in walk(page, role, "sr") for fault in look_at(page, path, role)] == []


def test_every_answer_of_verification_is_accessible_and_fits_a_phone(open_page, sign_in):
    officer, stranger = open_page(DESKTOP), open_page(PHONE, language="sr")
    sign_in(officer, ROLES["officer"][0])
    numbers = certificates_by_standing(officer)
    assert {"valid", "suspended", "superseded", "revoked"} <= set(numbers)

    faults = []
    for number in [*numbers.values(), UNKNOWN_NUMBER, MISTYPED_NUMBER]:
        stranger.goto(f"/v/{number}?lang=sr")
        faults += look_at(stranger, f"/v/{number}", "visitor")

    assert faults == []


def test_the_office_can_be_read_in_the_dark(open_page, sign_in):
    page = open_page(DESKTOP, color_scheme="dark")
    sign_in(page, ROLES["officer"][0])

    faults = []
    for path in ["/office/", "/office/register/", "/office/certificates/rounds/MQS-2025-1/", "/office/questions/"]:
        page.goto(path)
        faults += look_at(page, path, "officer")

    assert faults == []
