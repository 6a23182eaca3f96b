"""The words and dates of a register file."""

from datetime import date

import pytest

from certification.rules import register_words as words
from lms.kernel.search_names import fold

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-31", date(2026, 3, 31)),
        ("31.3.2026", date(2026, 3, 31)),
        ("31. 03. 2026.", date(2026, 3, 31)),
        ("31.2.2026", None),
        ("3/31/2026", None),
        ("2026-3-31", None),
        ("", None),
    ],
)
def test_dates_are_read_in_two_ways_and_never_guessed(text, expected):
    assert words.a_date(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Niveli bazik", "basic"),
        ("SEKUNDARNI", "secondary"),
        ("i lartë", "high"),
        ("основни ниво", "basic"),
        ("II/a", "II/a"),
    ],
)
def test_levels_are_known_in_three_languages_and_others_kept(text, expected):
    assert words.level(fold(text), text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Profesionist i fushës", "field_professional"),
        ("stručni radnik", "professional_worker"),
        ("mediator", "mediator"),
    ],
)
def test_categories_are_known_in_three_languages_and_others_kept(text, expected):
    assert words.category(fold(text), text) == expected


def test_languages_are_written_as_the_product_writes_them():
    assert [words.language(text) for text in ("sr-Latn", "sr_Cyrl", "SQ", "de")] == ["sr-latn", "sr", "sq", None]


def test_every_status_has_a_state_or_none():
    assert [words.status(text) for text in ("Valid", "renewal pending", "valdi")] == ["valid", "renewal_pending", None]
