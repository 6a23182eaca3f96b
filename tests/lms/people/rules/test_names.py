"""Names typed with the letters they seem to have."""

import pytest

from lms.people.rules import names

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "name", ["Çlirim Gjergjaj-Đukić", "Љубиша Џамбић", "Arta Љубиша", "O’Neill", "Gülşen", "Ana 2"]
)
def test_a_word_in_one_script_is_right(name):
    assert names.mixed_scripts(name) is None


def test_a_look_alike_letter_of_another_script_is_named():
    assert names.mixed_scripts("Gаshi Krasniqi") == ("Gаshi", "а (U+0430 CYRILLIC)")


def test_characters_nobody_sees_are_named():
    assert names.hidden_characters("Ar\u200bta\u202e") == "U+200B, U+202E"


def test_the_icelandic_letter_typed_for_the_serbian_one_is_named():
    assert names.mistaken_letters("Ðorđe") == "Ð (U+00D0) for Đ (U+0110)"
