"""Template tags that every template has without loading them."""

from typing import NamedTuple

from django import template
from django.conf import settings
from django.utils import translation

from lms.kernel.html import clean
from lms.kernel.languages import localized
from lms.pages import fragments, translations
from lms.pages import navigation as links

register = template.Library()
register.filter("localized", localized)
register.filter("clean", clean)
register.filter("bcp47", translations.bcp47)
register.tag("remembered", fragments.remembered)
register.tag("stencil", fragments.stencil)

_KINDS = {"success": "valid", "warning": "needs", "error": "not-valid"}


@register.simple_tag(takes_context=True)
def navigation(context):
    """The links of the main navigation, the account menu and the foot; worked out once per request."""
    request = context.get("request")
    if request is None or not hasattr(request, "user"):
        return {"main": (), "account": (), "foot": (), "home": "/", "sign_in": "/"}
    if not hasattr(request, "_navigation"):
        request._navigation = links.for_request(request)
    return request._navigation


class LanguageLink(NamedTuple):
    name: str
    lang: str
    url: str
    current: bool


@register.simple_tag(takes_context=True)
def language_links(context):
    """This page in every language: a tuple of LanguageLink."""
    request = context.get("request")
    if request is None:
        return ()
    urls = translations.addresses(request, context.get("page"))
    active = translation.get_language()
    return tuple(
        LanguageLink(name, translations.bcp47(code), urls[code], code == active) for code, name in settings.LANGUAGES
    )


@register.simple_tag
def percent(part, whole) -> int:
    """``part`` of ``whole`` in whole percent, never below 0 or above 100; nothing of nothing is 0."""
    if not whole:
        return 0
    return max(0, min(100, round(100 * part / whole)))


@register.filter
def message_kind(level_tag: str) -> str:
    """The kind of alert for a level of django.contrib.messages."""
    return _KINDS.get(level_tag, "info")


@register.filter
def beside(cells, columns):
    """Each cell with its column."""
    return list(zip(columns, cells, strict=True))


@register.filter
def day(value) -> str:
    """A day as ``22.11.2026``, the same in every language here; "" for none."""
    return value.strftime("%d.%m.%Y") if value else ""


@register.filter
def groups_of_four(number) -> list[str]:
    """The groups a code is read in: its own where it has hyphens or blanks, else of four."""
    text = str(number or "").replace("-", " ")
    if " " in text:
        return text.split()
    return [text[start : start + 4] for start in range(0, len(text), 4)]


@register.filter
def without_placeholders(form):
    """The form with labels only: a placeholder that repeats the label disappears when one starts to type."""
    for field in form.fields.values() if form else ():
        field.widget.attrs.pop("placeholder", None)
    return form
