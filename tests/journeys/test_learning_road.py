"""A worker enrols, reads, passes a quiz and sees the progress: in English on a desk, in Serbian Cyrillic on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from courses.demo.catalogue import read
from tests.journeys.conftest import DESKTOP, PHONE, axe

LEARNER = {"en": "demo12@example.org", "sr": "demo13@example.org"}
DEVICE = {"en": DESKTOP, "sr": PHONE}


def right_answers() -> dict[str, set[str]]:
    """Every question of the demo by its words, in both languages, with the words of its right answers."""
    answers = {}
    for module in read("modules.yaml")["modules"]:
        for question in module["questions"]:
            for language in ("en", "sq"):
                right = {tidy(option[language]) for option in question["options"] if option["correct"]}
                answers[tidy(question["stem"][language])] = right
    return answers


def tidy(words: str) -> str:
    return " ".join(words.split())


def answer_rightly(page: Page) -> None:
    known = right_answers()
    for question in page.locator("fieldset.question").all():
        right = known[tidy(question.locator(".question__stem").inner_text())]
        for choice in question.locator("label.question__choice").all():
            if tidy(choice.inner_text()) in right:
                choice.click()


@pytest.mark.parametrize("language", ["en", "sr"])
def test_a_worker_enrols_reads_passes_and_sees_the_progress(open_page, sign_in, language):
    page = open_page(DEVICE[language], language=language)
    sign_in(page, LEARNER[language])

    # Enrolling takes one button on the programme's page.
    page.goto(f"/{language}/trajnimet/acc/")
    with page.expect_navigation():
        page.locator("form[action*='/enrol/'] button").click()
    expect(page.locator("a[href*='/learn/lesson/']").first).to_be_visible()

    # Reading: every lesson of the first module is marked done by its own button.
    page.goto(f"/{language}/trajnimet/sw-m1/m1-l1/")
    for lesson in ("m1-l1", "m1-l2", "m1-l3"):
        expect(page).to_have_url(re.compile(f"/sw-m1/{lesson}/$"))
        axe(page)
        with page.expect_navigation():
            page.locator("form[action$='/done/'] button").click()

    # The page of one's own counts them and offers the assessment.
    page.goto(f"/{language}/my/")
    progress = page.get_by_role("progressbar").first
    expect(progress).to_have_attribute("aria-valuenow", "3")
    page.locator("a[href*='/assessment/'][href*='SW-M1']").click()

    # The assessment: rules, questions, a page that names what is open, the result.
    axe(page)
    with page.expect_navigation():
        page.locator("main form button[type=submit]").click()
    answer_rightly(page)
    expect(page.locator("[data-saving-state]")).to_have_attribute("data-state", "saved")
    axe(page)
    page.reload()
    assert page.locator("fieldset.question input:checked").count() >= 10  # the answers were kept by the server
    with page.expect_navigation():
        page.locator("button[value=finish]").click()
    axe(page)
    with page.expect_navigation():
        page.locator("main form.form__actions button[type=submit]").click()
    expect(page.locator(".standing--valid")).to_be_visible()
    axe(page)

    page.goto(f"/{language}/my/")
    expect(page.locator(".my-assessments .badge--valid")).to_have_count(1)


def test_progress_is_recorded_without_javascript(open_page, sign_in):
    page = open_page(java_script_enabled=False)
    page.goto("/en/account/login/")
    page.locator("input[name=login]").fill("demo09@example.org")
    page.locator("input[name=password]").fill("deshmi-demo")
    page.locator("main form button[type=submit]").first.click()

    page.goto("/en/trajnimet/acc/")
    page.locator("form[action*='/enrol/'] button").click()
    page.goto("/en/trajnimet/sw-m1/m1-l1/")
    page.locator("form[action$='/done/'] button").click()
    page.goto("/en/my/")

    expect(page.get_by_role("progressbar").first).to_have_attribute("aria-valuenow", "1")
