"""Places on a status list: drawn at random, never given twice, and no list more than half full.

W3C Bitstring Status List v1.0, sections 4.4 and 4.5: a place that follows the order of issue, or a list with few
certificates on it, tells who stands behind a bit. Pure: what is taken and the source of chance come as arguments.
"""

import secrets
from collections.abc import Callable, Set

ENTRIES = 131_072
MOST_USED = ENTRIES // 2


class ListFull(ValueError):
    """There is no room for as many more certificates on this list; begin the next one."""


def room(taken: int) -> int:
    """How many more certificates a list with ``taken`` places given away may hold: with 65,000 taken, 536."""
    return max(0, MOST_USED - taken)


def choose(taken: Set[int], count: int = 1, *, below: Callable[[int], int] = secrets.randbelow) -> list[int]:
    """``count`` places that are not in ``taken``, each equally likely, in the order they were drawn.

    ``below(n)`` is the source of chance: a whole number from 0 to n − 1, each equally likely. Raises ListFull when
    the list would be more than half used. Since it never is, a place is drawn less than twice on average.
    ``taken`` must hold every place ever given, also of certificates that have lapsed or were erased.
    """
    if count < 0:
        raise ValueError(f"{count} places cannot be drawn.")
    if count > room(len(taken)):
        raise ListFull(f"{len(taken)} of {MOST_USED} places that may be used are taken; {count} more do not fit.")
    chosen: dict[int, None] = {}
    while len(chosen) < count:
        index = below(ENTRIES)
        if index not in taken:
            chosen[index] = None
    return list(chosen)
