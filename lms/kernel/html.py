"""Cleaning HTML that people typed: the only importer of bleach."""

import threading
from functools import lru_cache

import bleach
from bleach.css_sanitizer import CSSSanitizer
from django.utils.safestring import SafeString, mark_safe

TAGS = {"p", "h2", "h3", "h4", "ul", "ol", "li", "b", "strong", "i", "em", "a", "br", "blockquote", "sup", "sub"}
ATTRIBUTES = {"a": ["href", "title", "lang", "hreflang"], "*": ["lang"]}
PROTOCOLS = {"http", "https", "mailto", "tel"}


class _Cleaners(threading.local):
    """A cleaner for each thread: it keeps the text it works on, and two at once would mix their readers' texts."""

    def __init__(self):
        self.own = bleach.Cleaner(
            tags=TAGS,
            attributes=ATTRIBUTES,
            protocols=PROTOCOLS,
            strip=True,
            strip_comments=True,
            css_sanitizer=CSSSanitizer(allowed_css_properties=[]),
        )


_cleaners = _Cleaners()


# The same few hundred texts are shown again and again, and cleaning one takes milliseconds.
@lru_cache(maxsize=2048)
def clean(html: str) -> SafeString:
    """``html`` with only the tags of a text (no script, style, event or foreign scheme), safe to show."""
    return mark_safe(_cleaners.own.clean(html or ""))


def to_text(html: str) -> str:
    """The words of ``html`` without any mark-up."""
    return " ".join(bleach.clean(html or "", tags=set(), strip=True).split())
