"""Where one can go from every page. Rooms above plug their own entries in; nothing here costs a query beyond the roles."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from lms.people import roles

# The slug of the catalogue page in every language, kept by whoever builds the page tree.
CATALOGUE_SLUG = "trajnimet"
# Information pages whose slug is fixed, so that the foot of the page may lead there.
ABOUT_SLUG = "about"


def everybody(user) -> bool:
    return True


def signed_in(user) -> bool:
    return user.is_authenticated


def of_roles(*wanted: str) -> Callable:
    """Shown to a user who has any of the roles ``wanted``."""
    return lambda user: roles.has_role(user, *wanted)


@dataclass(frozen=True)
class Entry:
    """One link. ``address`` is the name of a URL pattern, or a path below the language when it begins with "/"."""

    title: str
    address: str
    shown_to: Callable = everybody
    place: str = "main"  # main, account, foot
    order: int = 50

    def url(self) -> str:
        """The address, or "" where the room that owns it is not installed."""
        if self.address.startswith("/"):
            return f"/{translation.get_language()}{self.address}"
        try:
            return reverse(self.address)
        except NoReverseMatch:
            return ""


entries: list[Entry] = [
    Entry(_("Trainings"), f"/{CATALOGUE_SLUG}/", order=10),
    Entry(_("My page"), "my", signed_in, order=20),
    Entry(
        _("Teaching"),
        "courses:teaching",
        of_roles(roles.TRAINER, roles.ORGANISER, roles.COUNCIL_OFFICER, roles.ADMINISTRATOR),
        order=30,
    ),
    Entry(_("Office"), "wagtailadmin_home", of_roles(*roles.OFFICE_ROLES), order=40),
    Entry(_("Verify a certificate"), "verify:form", order=60),
    Entry(_("My page"), "my", signed_in, place="account", order=10),
    Entry(_("Name, language, telephone"), "people:profile", signed_in, place="account", order=20),
    Entry(_("E-mail and password"), "account_email", signed_in, place="account", order=30),
    Entry(_("Second factor and passkeys"), "mfa_index", signed_in, place="account", order=40),
    Entry(_("Trainings"), f"/{CATALOGUE_SLUG}/", place="foot", order=10),
    Entry(_("Verify a certificate"), "verify:form", place="foot", order=20),
    Entry(_("Components"), "design:gallery", place="foot", order=90),
]


def plug(entry: Entry) -> None:
    """Add ``entry`` to the navigation. Safe to repeat."""
    if entry not in entries:
        entries.append(entry)
        forget()


def forget() -> None:
    """Work the addresses out anew: the entries are others now."""
    _addresses.cache_clear()


class Link(NamedTuple):
    """One link as it is shown. ``current``: the page is at or below it."""

    title: str
    url: str
    current: bool


class Step(NamedTuple):
    """One step of the way back to the top."""

    title: str
    url: str


def for_request(request) -> dict:
    """The links of each place for whoever asks, with ``current`` on those the request is under."""
    fixed = _addresses(translation.get_language())
    path = request.path
    found: dict[str, list] = {"main": [], "account": [], "foot": []}
    for entry, title, url in fixed["entries"]:
        if url and entry.shown_to(request.user):
            found[entry.place].append(Link(title, url, path.startswith(url)))
    sign_in = fixed["sign_in"]
    if not path.startswith(fixed["account"]):
        sign_in += "?" + urlencode({"next": request.get_full_path()})
    return {place: tuple(links) for place, links in found.items()} | fixed["places"] | {"sign_in": sign_in}


@lru_cache(maxsize=8)
def _addresses(language: str) -> dict:
    """What is the same for everybody who reads in ``language``, the active one. Forgotten when an entry is added."""
    sign_in = reverse("account_login")
    return {
        "entries": [(entry, str(entry.title), entry.url()) for entry in sorted(entries, key=lambda each: each.order)],
        "places": {
            "home": f"/{language}/",
            "catalogue": f"/{language}/{CATALOGUE_SLUG}/",
            "verify": Entry("", "verify:form").url(),
        },
        "sign_in": sign_in,
        "account": (sign_in, reverse("account_signup"), reverse("account_logout")),
    }
