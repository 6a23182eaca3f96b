"""How certificates of one template version look: its wording, colours and pictures, and the hash that names it. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import rfc8785

LAYOUT = "certificate-2"  # the page itself: mark-up, style sheet and fixed words of this release
ACCENT, INK = "#0a5468", "#10182a"
# What a template may word anew, in each language; everything else belongs to the layout.
WORDED = ("certificate", "certifies", "completed", "note")


@dataclass(frozen=True)
class Look:
    """A template version as the page needs it. Without anything it is the look that comes with the program."""

    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by key of WORDED and language
    accent: str = ACCENT  # #rrggbb
    ink: str = INK
    logo: bytes = b""  # PNG, as are the other pictures
    seal: bytes = b""
    signers: tuple[tuple[int, bytes], ...] = ()  # who signs (by id in the register) with the picture of a signature

    def text(self, key: str, language: str) -> str:
        """The template's own words for ``key`` in ``language``, or "" where the layout's are to stand."""
        return self.texts.get(key, {}).get(language, "")

    def content(self) -> dict:
        """Everything that makes this look another than the next, pictures by their hash."""
        return {
            "layout": LAYOUT,
            "texts": {key: dict(words) for key, words in self.texts.items()},
            "accent": self.accent,
            "ink": self.ink,
            "logo": _hash(self.logo),
            "seal": _hash(self.seal),
            "signers": [{"signatory": signatory, "picture": _hash(picture)} for signatory, picture in self.signers],
        }

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(rfc8785.dumps(self.content())).hexdigest()


def tints(accent: str) -> tuple[str, str, str]:
    """The accent as the three inks of the ornament, in PDF's numbers: itself, a quarter and three fifths towards white.

    >>> tints("#0a5468")[0]
    '0.039 0.329 0.408'
    """
    parts = [int(accent[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    deep, middle, pale = (" ".join(f"{part + (1 - part) * white:.3f}" for part in parts) for white in (0.0, 0.25, 0.6))
    return deep, middle, pale


def contrast_with_paper(colour: str) -> float:
    """How strongly ``colour`` (#rrggbb) stands out from white paper, 1 to 21 (WCAG 2.2, relative luminance)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _hash(picture: bytes) -> str:
    return hashlib.sha256(picture).hexdigest() if picture else ""


BUILT_IN = Look()
