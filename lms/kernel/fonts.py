"""Fonts of printed documents: IBM Plex from its packages, and the check that every character has a glyph."""

import base64
import unicodedata
from functools import cache
from pathlib import Path

import fontpkg
from fontTools.ttLib import TTFont

SERIF, SANS, MONO = "IBM Plex Serif", "IBM Plex Sans", "IBM Plex Mono"
_SLUGS = {SERIF: "ibm-plex-serif", SANS: "ibm-plex-sans", MONO: "ibm-plex-mono"}


def path(family: str, weight: int = 400, style: str = "normal") -> Path:
    """The font file of ``family`` in ``weight`` and ``style``; a variable font's file serves every weight."""
    return Path(fontpkg.path(_SLUGS[family], weight=weight, style=style))


@cache
def face(family: str, weight: int = 400, style: str = "normal") -> str:
    """An ``@font-face`` rule that carries the font's bytes, so that nothing is fetched while rendering."""
    data = base64.b64encode(path(family, weight, style).read_bytes()).decode()
    return (
        f'@font-face{{font-family:"{family}";font-weight:{weight};font-style:{style};'
        f'src:url("data:font/ttf;base64,{data}")}}'
    )


@cache
def _glyphs(family: str) -> frozenset[int]:
    with TTFont(path(family), lazy=True) as font:
        return frozenset(font.getBestCmap())


def missing_characters(text: str, family: str = SERIF) -> set[str]:
    """The characters of ``text`` (as NFC) that ``family`` cannot print.

    Control, private-use and unassigned characters count as missing even where a font has something for them.
    """
    glyphs = _glyphs(family)
    return {
        letter
        for letter in set(unicodedata.normalize("NFC", text))
        if unicodedata.category(letter)[0] == "C" or (ord(letter) not in glyphs and not letter.isspace())
    }
