"""The front door: the product answers, a visitor finds the way in by keyboard, in every language, on any screen."""

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import DESKTOP, PHONE, axe, tab_to


def test_every_part_of_the_running_stack_works(stack):
    assert stack.status() == "ok"


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("language", ["sq", "sr-latn", "sr", "en"])
def test_the_sign_in_page_is_accessible(open_page, device, language):
    page = open_page(device, language=language)

    page.goto(f"/{language}/account/login/")

    axe(page)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= device["viewport"]["width"]  # nothing makes a phone scroll sideways


def test_a_wrong_password_is_told_by_keyboard_alone(open_page):
    page = open_page()
    page.goto("/en/account/login/")

    tab_to(page, "mail")
    page.keyboard.type("nobody@example.org")
    tab_to(page, "Password")
    page.keyboard.type("a wrong password")
    with page.expect_navigation():
        page.keyboard.press("Enter")

    assert "/account/login" in page.url
    expect(page.get_by_role("alert")).to_be_visible()
    axe(page)
