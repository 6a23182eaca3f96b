"""Whether a name is typed with the letters it seems to have. Pure; nothing is ever changed, only said."""

import re
import unicodedata

_WORDS = re.compile(r"[^\W\d_]+(?:[\u0300-\u036f][^\W\d_]*)*")
# Seen in place of the right letter, on keyboards that lack it.
_MISTAKEN = {"Ð": "Đ", "ð": "đ", "ё": "ë", "Ё": "Ë"}


def _script(letter: str) -> str:
    return unicodedata.name(letter, "UNKNOWN").split(" ", 1)[0]


def mixed_scripts(text: str) -> tuple[str, str] | None:
    """The first word of ``text`` with letters of two scripts, and the letters of the rarer one; None if there is none.

    "Gаshi" with a Cyrillic а looks right and is found by nobody: ("Gаshi", "а (U+0430 CYRILLIC)").
    """
    for word in _WORDS.findall(text):
        letters = [letter for letter in word if not unicodedata.combining(letter)]
        scripts = [_script(letter) for letter in letters]
        kinds = set(scripts)
        if len(kinds) < 2:
            continue
        rarer = min(sorted(kinds), key=scripts.count)
        odd = dict.fromkeys(letter for letter, script in zip(letters, scripts, strict=True) if script == rarer)
        return word, ", ".join(f"{letter} (U+{ord(letter):04X} {rarer})" for letter in odd)
    return None


def hidden_characters(text: str) -> str:
    """Characters of ``text`` that nobody sees or types in a name (control, direction, zero width), by code point."""
    odd = dict.fromkeys(letter for letter in text if unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cn"))
    return ", ".join(f"U+{ord(letter):04X}" for letter in odd)


def mistaken_letters(text: str) -> str:
    """Letters that were probably typed for another: "Ð (U+00D0) for Đ (U+0110)"; "" when there are none."""
    seen = dict.fromkeys(letter for letter in text if letter in _MISTAKEN)
    return ", ".join(
        f"{letter} (U+{ord(letter):04X}) for {_MISTAKEN[letter]} (U+{ord(_MISTAKEN[letter]):04X})" for letter in seen
    )
