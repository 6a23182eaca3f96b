"""Seats are never negative, and a list fits whole or not at all."""

from hypothesis import given
from hypothesis import strategies as st

from courses.rules import seats

counts = st.integers(min_value=0, max_value=500)


def test_the_last_place_fits_one_and_not_two():
    assert seats.free(45, 44) == 1
    assert seats.fits(45, 44)
    assert not seats.fits(45, 44, 2)


def test_a_group_made_smaller_has_no_places_rather_than_negative_ones():
    assert seats.free(40, 45) == 0


@given(capacity=counts, taken=counts, newcomers=counts)
def test_whoever_fits_never_exceeds_the_capacity(capacity, taken, newcomers):
    if seats.fits(capacity, taken, newcomers) and newcomers:
        assert taken + newcomers <= capacity
