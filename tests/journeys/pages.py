"""Every page of every role: who signs in, where each begins, and how all that can be reached from there is found."""

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from django.urls import URLResolver, get_resolver, resolve
from django.utils import translation
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
    r"|questions|assessments|completions|waivers|keys)(/|$)"
)
_ENDS_SOMETHING = re.compile(
    r"logout|/(usage|history)/|\.(pdf|ics|csv|xlsx|zip|json)$|/(document|documents|media|static|sheet|download)(/|$)"
)
# Pages of the catalogue say by their first class which template shows them.
_FIRST_CLASS = """[...document.querySelectorAll("main > :not(.page), main > .page > :not(nav)")]
    .map(each => each.classList[0]).find(name => name)"""
MOST_ALIKE = 2  # pages of one kind that are looked at; one where many roles see the same office
_SEE_THE_SAME = {"commission", "inspector", "administrator"}
OUR_LISTS = {"rounds", "training-groups", "sessions", "venues", "editions", "signatories", "bodies"}  # Wagtail's views
MOST_SIBLINGS = 12  # pages of the catalogue that lie beside one another, opened to find each kind of them
UNKNOWN_NUMBER = numbering.with_check_symbols("DEM0DEM0DE")  # well formed; nobody was given it
MISTYPED_NUMBER = UNKNOWN_NUMBER[:-1] + ("A" if UNKNOWN_NUMBER[-1] != "A" else "B")


def kind_of(path: str, language: str) -> str:
    """The name of the pattern that answers ``path``; for pages of the catalogue, how deep they lie and below what."""
    with translation.override(language):
        name = resolve(path).view_name
    if name != "wagtail_serve":
        return name
    parts = path.strip("/").split("/")
    return "/".join([name, *parts[1:-1], "…"] if len(parts) > 2 else [name, *parts[1:]])


def walk(page: Page, role: str, language: str = "en", *, kinds: set[str] | None = None) -> Iterator[str]:
    """Open every kind of page that ``role`` can reach by links, a few of each; yields its path while it is open.

    The kinds that were found are added to ``kinds``.
    """
    _email, starts = ROLES[role]
    waiting = [start.format(language) for start in starts]
    if language == "en" or role != "visitor":
        waiting.append(f"/{language}/")
    seen: set[str] = set(waiting)
    alike: Counter[str] = Counter()
    while waiting:
        path = waiting.pop(0)
        kind = kind_of(path, language)
        if kind.split(":")[0] in OUR_LISTS or role in _SEE_THE_SAME:
            most = 1
        elif kind.startswith("wagtail_serve/") and "/office/" not in starts:
            most = MOST_SIBLINGS
        else:
            most = MOST_ALIKE
        if alike[kind] >= most:
            continue
        alike[kind] += 1
        answer = page.goto(path)
        assert answer.status == 200, f"{role} finds a link to {path}, which answers {answer.status}"
        refused = path != "/office/" and urlsplit(page.url).path == "/office/"  # as the office answers who may not
        assert not refused, f"{role} finds a link to {path}, which is refused"
        if kind.startswith("wagtail_serve/"):
            # What kind of page it is shows only when it is open.
            shown = f"page of {page.evaluate(_FIRST_CLASS)}"
            alike[shown] += 1
            is_known = alike[shown] > MOST_ALIKE
        else:
            shown, is_known = kind, False
        if kinds is not None:
            kinds.add(shown)
        if not is_known:
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


def our_patterns() -> set[str]:
    """The names of all patterns whose pages are ours: written in our rooms, or dressed by our templates."""
    with translation.override("en"):
        return {name for name, module in _patterns(get_resolver().url_patterns) if _is_ours(name, module)}


def _patterns(patterns, namespace: str = "") -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _patterns(pattern.url_patterns, inner)
        elif pattern.name:
            view = getattr(pattern.callback, "view_class", pattern.callback)
            yield namespace + pattern.name, view.__module__


def _is_ours(name: str, module: str) -> bool:
    if name.split(":")[0] in OUR_LISTS:
        return name.endswith((":index", ":add", ":edit", ":inspect"))
    return module.startswith(("courses.", "certification.", "lms.")) or name.startswith(("account_", "mfa_"))


def certificates_by_standing(page: Page) -> dict[str, str]:
    """One certificate's number for each standing in the office's list; ``page`` is an officer's."""
    page.goto("/office/certificates/all/")
    rows = page.locator(".reg-table tbody tr")
    found = {}
    for row in rows.all():
        standing = re.search(r"reg-badge--(\w+)", row.locator(".reg-badge").get_attribute("class"))[1]
        found.setdefault(standing, numbering.normalise(row.locator("td.reg-number").inner_text()))
    return found
