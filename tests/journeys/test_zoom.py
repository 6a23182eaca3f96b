"""Twice and four times as large: nobody scrolls sideways and nothing is lost (WCAG 2.2, 1.4.4 and 1.4.10).

A window of 1280 px shows 640 CSS px at 200 % and 320 at 400 %. Tables may scroll by themselves, the page may not.
"""

import pytest

from tests.journeys.conftest import DESKTOP
from tests.journeys.pages import ROLES, UNKNOWN_NUMBER

NARROW = (640, 320)
# One page of each role; a path that begins with “a” is a link to follow from the page before.
SEEN = [
    ("visitor", ["/sq/", "/v/", f"/v/{UNKNOWN_NUMBER}"]),
    ("learner", ["/sr/my/", "/en/certificates/"]),
    ("trainer", ["/sr/learn/teach/", "a[href*='/teach/groups/']", "/sr/learn/teach/", "a[href$='/roll-call/']"]),
    ("organiser", ["/office/enrolments/alone/"]),
    ("author", ["/office/questions/"]),
    ("officer", ["/office/certificates/rounds/REF-2026-1/"]),
    ("commission", ["/office/waivers/"]),
    ("inspector", ["/office/register/"]),
    ("administrator", ["/office/"]),
]
# What a reader needs of a page: its headings, fields and deeds, by the words they are known by.
_IMPORTANT = """() => [...document.querySelectorAll("main h1, main h2, main button, main .button, main summary,"
        + " main input:not([type=hidden]), main select, main textarea, [role=main] h1")]
    .filter(e => e.checkVisibility({visibilityProperty: true, opacityProperty: true})
        && e.getBoundingClientRect().width > 1)
    .map(e => (e.labels && e.labels[0] ? e.labels[0] : e).textContent.trim().replace(/\\s+/g, " ")
        || e.getAttribute("aria-label") || e.name || e.tagName)"""
# What lies beyond the right or left edge, unless something around it scrolls by itself (a table).
_BEYOND = """() => [...document.querySelectorAll("main *, header *, nav *")].filter(e => {
        const box = e.getBoundingClientRect();
        if (!e.checkVisibility({visibilityProperty: true}) || box.width < 2 || e.matches(".skip, .visually-hidden"))
            return false;
        if (box.right <= window.innerWidth + 1 && box.left >= -1) return false;
        for (let around = e.parentElement; around; around = around.parentElement)
            if (/auto|scroll|hidden|clip/.test(getComputedStyle(around).overflowX)) return false;
        return true;
    }).map(e => e.outerHTML.slice(0, 120))"""


def faults_of(page, steps) -> list[str]:
    """What is wrong with the pages that ``steps`` lead to, at each width."""
    faults = []
    for step in steps:
        page.goto(page.locator(step).first.get_attribute("href") if step.startswith("a[") else step)
        page.set_viewport_size(DESKTOP["viewport"])
        needed = set(page.evaluate(_IMPORTANT))
        if not needed:
            faults.append(f"nothing is found on {page.url}")
        for width in NARROW:
            page.set_viewport_size({"width": width, "height": 800})
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if wide > 0:
                faults.append(f"{page.url} scrolls {wide} px sideways at {width}")
            faults += [f"{page.url} has at {width} beyond the edge: {each}" for each in page.evaluate(_BEYOND)[:5]]
            lost = needed - set(page.evaluate(_IMPORTANT))
            faults += [f"{page.url} loses at {width}: {each}" for each in sorted(lost)]
    return faults


@pytest.mark.parametrize(("role", "steps"), SEEN, ids=[role for role, _steps in SEEN])
def test_nothing_is_lost_when_everything_is_larger(open_page, sign_in, role, steps):
    page = open_page(DESKTOP)
    if ROLES[role][0]:
        sign_in(page, ROLES[role][0])

    faults = faults_of(page, steps)
    assert not faults, "\n".join(faults)
