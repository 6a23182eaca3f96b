"""Socket: who holds which licence number. The room that keeps the register plugs the answer in; this room asks.

Licence numbers are how people are named on paper and in files; courses itself knows persons only.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping

Lookup = Callable[[Collection[str]], Mapping[str, Collection[int]]]
_lookups: list[Lookup] = []
_CHUNK = 5000  # numbers in one question


def plug(lookup: Lookup) -> None:
    """``lookup`` takes licence numbers and returns number → ids of the persons who hold it. Safe to repeat."""
    if lookup not in _lookups:
        _lookups.append(lookup)


def holders_of(numbers: Collection[str]) -> dict[str, set[int]]:
    """The persons behind licence ``numbers`` (several when two bodies gave the same number). Unknown ones are left out."""
    holders: dict[str, set[int]] = defaultdict(set)
    for lookup in _lookups:
        for chunk in _chunks(sorted(numbers)):
            for number, persons in lookup(chunk).items():
                holders[number].update(persons)
    return dict(holders)


def _chunks(numbers: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(numbers), _CHUNK):
        yield numbers[start : start + _CHUNK]
