"""Places on a status list are spread evenly, given once, and leave half of the list empty."""

from collections import Counter
from math import sqrt
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certification.formats import status_list
from certification.rules import status_indexes
from certification.rules.status_indexes import ENTRIES, ListFull, choose, room

pytestmark = pytest.mark.once


def chi_square(observed, cells):
    """Pearson's sum for ``cells`` that are equally likely."""
    counts, expected = Counter(observed), len(observed) / cells
    return sum((counts[cell] - expected) ** 2 / expected for cell in range(cells))


def beyond_chance(cells, deviations=5.0):
    """What the sum passes once in three million times when all is even (Wilson and Hilferty's approximation)."""
    freedom = cells - 1
    return freedom * (1 - 2 / (9 * freedom) + deviations * sqrt(2 / (9 * freedom))) ** 3


def is_spread_evenly(indexes):
    """Over the list's parts, over its finest grain, and from one draw to the next."""
    parts = [index * 64 // ENTRIES for index in indexes]
    steps = [(parts[place] - parts[place - 1]) % 64 for place in range(1, len(parts))]
    sums = [chi_square(parts, 64), chi_square([index % 64 for index in indexes], 64), chi_square(steps, 64)]
    return max(sums) < beyond_chance(64)


def test_a_list_has_as_many_places_as_the_standard_says():
    assert status_indexes.ENTRIES == status_list.ENTRIES


@pytest.mark.parametrize("seed", range(5))
def test_places_are_spread_evenly(seed):
    assert is_spread_evenly(choose(frozenset(), 20_000, below=Random(seed).randrange))


def test_the_systems_own_chance_spreads_them_evenly():
    assert is_spread_evenly(choose(frozenset(), 20_000))


def test_the_measure_notices_places_in_a_row_and_places_in_steps():
    assert not is_spread_evenly(range(20_000))
    assert not is_spread_evenly([index * 6 for index in range(20_000)])
    chance = Random(1)
    assert not is_spread_evenly([chance.randrange(ENTRIES // 2) for _ in range(20_000)])
    assert not is_spread_evenly([chance.randrange(ENTRIES // 2) * 2 for _ in range(20_000)])


def test_places_drawn_one_at_a_time_are_as_even_as_a_batch():
    chance, taken = Random(7).randrange, {}
    for _ in range(20_000):
        taken[choose(taken.keys(), below=chance)[0]] = None

    assert len(taken) == 20_000
    assert is_spread_evenly(list(taken))


@given(st.sets(st.integers(0, ENTRIES - 1), max_size=200), st.integers(0, 200), st.integers())
def test_no_place_is_given_twice(taken, count, seed):
    chosen = choose(taken, count, below=Random(seed).randrange)

    assert len(set(chosen)) == count
    assert not taken & set(chosen)
    assert all(0 <= index < ENTRIES for index in chosen)


def test_a_place_that_is_taken_is_drawn_again():
    draws = iter([5, 5, 9, 9, 7])

    assert choose({5}, 2, below=lambda _entries: next(draws)) == [9, 7]


def test_a_list_is_used_to_the_half_and_no_further():
    taken = set(range(65_530))

    assert room(len(taken)) == 6
    assert len(choose(taken, 6)) == 6
    with pytest.raises(ListFull, match="65530 of 65536 places that may be used are taken; 7 more do not fit"):
        choose(taken, 7)


def test_a_list_that_is_over_full_has_no_room_and_a_negative_count_is_refused():
    assert room(70_000) == 0
    with pytest.raises(ValueError, match="-1 places cannot be drawn"):
        choose(set(), -1)
