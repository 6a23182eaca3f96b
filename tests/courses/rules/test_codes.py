"""Codes that people choose can stand in an address as they are."""

import pytest

from courses.rules import codes


@pytest.mark.parametrize("code", ["REF", "G3", "REF-2026.1", "SW_M1", "1"])
def test_letters_digits_hyphens_dots_and_underscores_can_stand_in_an_address(code):
    assert codes.stands_in_address(code)


@pytest.mark.parametrize("code", ["", "REF/1", "REF 1", "..", "-1", "Ç1", "REF\n", "a?b", "a#b", "a%b"])
def test_whatever_an_address_would_read_otherwise_cannot(code):
    assert not codes.stands_in_address(code)
