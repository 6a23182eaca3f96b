"""Fitting a text into a width: how large it may be, and where it breaks, measured with the font's own widths."""

from dataclasses import dataclass
from functools import cache

from fontTools.ttLib import TTFont

from lms.kernel import fonts

POINT = 25.4 / 72  # mm


@dataclass(frozen=True)
class Fitted:
    lines: tuple[str, ...]
    size: float  # points


@cache
def _advances(family: str, weight: int) -> tuple[dict[int, int], int, int]:
    with TTFont(fonts.path(family, weight)) as font:
        widths = font["hmtx"]
        by_letter = {code: widths[name][0] for code, name in font.getBestCmap().items()}
        units = font["head"].unitsPerEm
    return by_letter, units, max(by_letter[ord("W")], by_letter[ord("Ж")])


def width(text: str, size: float, family: str = fonts.SERIF, weight: int = 400) -> float:
    """The width of ``text`` in millimetres at ``size`` points. A letter the font lacks counts as its widest."""
    advances, units, widest = _advances(family, weight)
    return sum(advances.get(ord(letter), widest) for letter in text) / units * size * POINT


def fit(text: str, room: float, *, largest: float, smallest: float, two_from: float, weight: int = 400) -> Fitted:
    """``text`` on one line of ``room`` millimetres if it fits in ``two_from`` points or more, else on two lines as
    large as they fit, never below ``smallest``. Breaks between words, or after a hyphen when there is one word.
    """
    one = _largest(text, room, largest, weight)
    if one >= two_from:
        return Fitted((text,), one)
    best = Fitted((text,), max(one, smallest))
    widest = float("inf")
    for lines in _splits(text):
        broad = max(width(line, 1, weight=weight) for line in lines)
        if broad < widest:  # the most even of all breaks
            widest = broad
            best = Fitted(lines, max(min(two_from, _rounded(room / broad)), smallest))
    return best


def _largest(text: str, room: float, largest: float, weight: int) -> float:
    return min(largest, _rounded(room / (width(text, 1, weight=weight) or 1)))


def _rounded(size: float) -> float:
    """Down to a quarter of a point."""
    return int(size * 4) / 4


def _splits(text: str) -> list[tuple[str, str]]:
    words = text.split()
    if len(words) > 1:
        return [(" ".join(words[:place]), " ".join(words[place:])) for place in range(1, len(words))]
    if "-" in text:
        return [(text[: place + 1], text[place + 1 :]) for place, letter in enumerate(text) if letter == "-"]
    half = len(text) // 2
    return [(text[:half], text[half:])]
