"""Every page of every role: who signs in, where each begins, and how all that can be reached from there is found."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Page

from certification.rules import numbering

# Role → (e-mail, or None for a visitor without an account, where the walk begins). {} is the language.
ROLES = {
    "visitor": (
        None,
        ["/{}/", "/{}/account/login/", "/{}/account/signup/", "/{}/account/password/reset/", "/v/", "/v/why"],
    ),
    "learner": ("demo01@example.org", ["/{}/my/", "/{}/certificates/", "/{}/account/email/", "/{}/account/2fa/"]),
    "trainer": ("demo20@example.org", ["/{}/learn/teach/"]),
    "organiser": ("demo27@example.org", ["/office/"]),
    "author": ("demo28@example.org", ["/office/"]),
    "officer": ("demo22@example.org", ["/office/"]),
    "commission": ("demo26@example.org", ["/office/"]),
    "inspector": ("demo23@example.org", ["/office/"]),
    "administrator": ("demo29@example.org", ["/office/"]),
}
# Wagtail's own pages are Wagtail's; of the office we walk the start page and what our rooms put there.
_OURS_IN_THE_OFFICE = re.compile(
    r"^/office/($|register|certificates|rounds|training-groups|sessions|venues|editions|attendance|enrolments"
    r"|questions|assessments|completions)(/|$)"
)
_ENDS_SOMETHING = re.compile(
    r"logout|/(usage|history)/|\.(pdf|ics|csv|xlsx|zip|json)$|/(document|documents|media|static|sheet|download)(/|$)"
)
# A row's number, a key, a certificate's number, a person's reference, a round's code, a serial.
_IDENTIFIER = re.compile(
    r"/(?:\d+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9A-Z]{12}|P-[0-9A-Z]{8}|[A-Z]+-20\d\d-\d+|20\d\d-[A-Z]+-\d{6})(?=/|$)"
)
MOST_ALIKE = 2  # pages that differ in an identifier or a last word only
UNKNOWN_NUMBER = numbering.with_check_symbols("DEM0DEM0DE")  # well formed; nobody was given it
MISTYPED_NUMBER = UNKNOWN_NUMBER[:-1] + ("A" if UNKNOWN_NUMBER[-1] != "A" else "B")


def kind_of(path: str) -> str:
    """What ``path`` has in common with its likes: numbers, keys and the last word of a page's address left out."""
    kind = _IDENTIFIER.sub("/*", path)
    parts = kind.strip("/").split("/")
    return "/".join([*parts[:-1], "…"]) if len(parts) > 2 and parts[0] != "office" else kind


def walk(page: Page, role: str, language: str = "en", *, at_most: int = 60) -> Iterator[str]:
    """Open one page after the other that ``role`` can reach by links, a few of each kind; yields its path while it is open."""
    _email, starts = ROLES[role]
    waiting = [start.format(language) for start in starts]
    if language == "en" or role != "visitor":
        waiting.append(f"/{language}/")
    seen: set[str] = set(waiting)
    alike: dict[str, int] = {}
    opened = 0
    while waiting and opened < at_most:
        path = waiting.pop(0)
        kind = kind_of(path)
        if alike.get(kind, 0) >= MOST_ALIKE:
            continue
        alike[kind] = alike.get(kind, 0) + 1
        answer = page.goto(path)
        assert answer.status == 200, f"{role} finds a link to {path}, which answers {answer.status}"
        refused = path != "/office/" and urlsplit(page.url).path == "/office/"  # as the office answers who may not
        assert not refused, f"{role} finds a link to {path}, which is refused"
        opened += 1
        yield path
        for link in page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))"):
            target = urlsplit(urljoin(page.url, link))
            if (
                target.netloc == urlsplit(page.url).netloc
                and target.path not in seen
                and not _ENDS_SOMETHING.search(target.path)
                and (not target.path.startswith("/office/") or _OURS_IN_THE_OFFICE.match(target.path))
                and (target.path.startswith((f"/{language}/", "/v/", "/office/")))
            ):
                seen.add(target.path)
                waiting.append(target.path)


def certificates_by_standing(page: Page) -> dict[str, str]:
    """One certificate's number for each standing in the office's list; ``page`` is an officer's."""
    page.goto("/office/certificates/all/")
    rows = page.locator(".reg-table tbody tr")
    found = {}
    for row in rows.all():
        standing = re.search(r"reg-badge--(\w+)", row.locator(".reg-badge").get_attribute("class"))[1]
        found.setdefault(standing, numbering.normalise(row.locator("td.reg-number").inner_text()))
    return found
