"""Remembering what was worked out from pages, in the memory of the process, for as long as no page changed.

``state()`` comes from one cheap statement that every change of a page, its restrictions or the site alters; whatever
is remembered under it is therefore right in every worker at once, without messages between them. Rooms above plug in
what else to watch, by a name of its own, and it is asked in the same statement. Half a minute is the longest anything
is remembered, for changes that leave no trace in the state (a row edited by hand).

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

# For each name: what to select, so that one value at least differs after every change.
_watched: dict[str, tuple[str, ...]] = {
    "pages": (
        "(SELECT max(id) FROM wagtailcore_pagelogentry)",
        "(SELECT max(last_published_at) FROM wagtailcore_page)",
        "(SELECT max(latest_revision_id) FROM wagtailcore_page)",
        "(SELECT count(*) FROM wagtailcore_page WHERE live)",
        "(SELECT max(id) FROM wagtailcore_page)",
        "(SELECT max(id) FROM wagtailcore_pageviewrestriction)",
        "(SELECT count(*) FROM wagtailcore_pageviewrestriction)",
        "(SELECT max(id) FROM wagtailcore_site)",
    )
}


def watch(name: str, *values: str) -> None:
    """Plug in what else pages show: from now on ``state(request, name)`` tells whether it changed. Safe to repeat."""
    _watched[name] = values


def state(request=None, of: str = "pages") -> Hashable:
    """What the pages, or what was plugged in as ``of``, look like now: a value that differs after every change.

    Asked once per request, all together.
    """
    known = getattr(request, "_states", None)
    if known is None:
        known = _states()
        if request is not None:
            request._states = known
    return known[of]


def _states() -> dict[str, tuple]:
    row = iter(rows_of("SELECT " + ", ".join(value for values in _watched.values() for value in values))[0])
    return {name: tuple(next(row) for _value in values) for name, values in _watched.items()}


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
