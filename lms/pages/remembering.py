"""Remembering what was worked out from pages, in the memory of the process, for as long as no page changed.

``state()`` is one cheap statement that every change of a page, its restrictions or the site alters; whatever is
remembered under it is therefore right in every worker at once, without messages between them. Half a minute is the
longest anything is remembered, for changes that leave no trace in the state (a row edited by hand).

Rows that never change need no state: ``remembered_rows`` keeps what was made of them.
"""

import time
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from lms.kernel.prepared import rows_of

SECONDS = 30
_LIMIT = 10_000  # entries; a site has fewer pages and questions times languages

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

_memory: dict[Hashable, tuple[Hashable, float, object]] = {}

_STATE = """
    SELECT (SELECT max(id) FROM wagtailcore_pagelogentry),
           (SELECT max(last_published_at) FROM wagtailcore_page),
           (SELECT max(latest_revision_id) FROM wagtailcore_page),
           (SELECT count(*) FROM wagtailcore_page WHERE live),
           (SELECT max(id) FROM wagtailcore_page),
           (SELECT max(id) FROM wagtailcore_pageviewrestriction),
           (SELECT count(*) FROM wagtailcore_pageviewrestriction),
           (SELECT max(id) FROM wagtailcore_site)
"""


def state(request=None) -> Hashable:
    """What the pages look like now, as a value that differs after every change. Asked once per request."""
    known = getattr(request, "_state_of_pages", None)
    if known is None:
        known = rows_of(_STATE)[0]
        if request is not None:
            request._state_of_pages = known
    return known


def remembered(key: Hashable, under: Hashable, make: Callable):
    """The value of ``make()`` for ``key``, worked out anew when ``under`` (a state) is another than last time."""
    found = _memory.get(key)
    now = time.monotonic()
    if found and found[0] == under and found[1] > now:
        return found[2]
    value = make()
    if len(_memory) >= _LIMIT:
        _memory.clear()
    _memory[key] = (under, now + SECONDS, value)
    return value


def remembered_rows(
    kind: Hashable, keys: Iterable[Key], read: Callable[[list[Key]], dict[Key, Value]]
) -> dict[Key, Value]:
    """What is known of rows that never change, by their keys. ``read`` gives those that are not in memory, at once.

    A key for which it gives nothing is left out, and asked again the next time.
    """
    now = time.monotonic()
    found: dict = {}
    missing = []
    for key in keys:
        entry = _memory.get((kind, key))
        if entry and entry[1] > now:
            found[key] = entry[2]
        else:
            missing.append(key)
    if missing:
        new = read(missing)
        if len(_memory) + len(new) > _LIMIT:
            _memory.clear()
        for key, value in new.items():
            _memory[(kind, key)] = (None, now + SECONDS, value)
        found |= new
    return found


def forget() -> None:
    """Empty the memory; for tests, where rows are rolled back and their numbers come again."""
    _memory.clear()
