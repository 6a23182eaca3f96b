"""The main deeds without a mouse: a stranger verifies, a trainer takes the roll call."""

from playwright.sync_api import expect

from tests.journeys.conftest import axe, tab_to


def test_a_stranger_verifies_by_keyboard_alone(open_page, sign_in):
    holder = open_page()
    sign_in(holder, "demo12@example.org")
    holder.goto("/en/my/")
    number = "".join(holder.locator(".my-certificate .code").first.inner_text().split())
    page = open_page()
    page.goto("/en/")

    tab_to(page, "Verify a certificate")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.locator("body").press("Tab")
    page.locator("#number").focus()  # the page puts the focus there itself where a keyboard is expected
    page.keyboard.type(number.lower())
    with page.expect_navigation():
        page.keyboard.press("Enter")

    expect(page.locator(".standing--valid")).to_be_visible()
    assert "Gashi" not in page.content()
    axe(page)


def test_a_trainer_takes_the_roll_call_by_keyboard_alone(open_page, sign_in):
    page = open_page()
    sign_in(page, "demo20@example.org")
    page.goto("/en/learn/teach/")

    tab_to(page, "Roll call")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    tab_to(page, "present")
    page.keyboard.press("p")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("3")
    page.keyboard.press("u")

    rows = page.locator(".rc-row")
    expect(rows.nth(0)).to_have_attribute("data-value", "present")
    expect(rows.nth(1)).to_have_attribute("data-value", "unmarked")
    expect(page.locator("[data-tally=present] > span")).to_have_text("1")
