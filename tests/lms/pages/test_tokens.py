"""Contrast of every pair of colours that meets on a page, in light and in dark."""

from pathlib import Path

import pytest
from django.conf import settings

from lms.pages import tokens

SCHEMES = tokens.read(Path(settings.BASE_DIR) / "static" / "css" / "tokens.css")

GROUNDS = ["ground", "surface", "sunken"]
TEXT = [
    *[(text, ground) for text in ("ink", "ink-soft", "voice", "voice-strong", "not-valid") for ground in GROUNDS],
    ("ink", "voice-soft"),
    ("voice", "voice-soft"),
    ("voice-strong", "voice-soft"),
    ("on-voice", "voice"),
    ("on-voice", "voice-strong"),
    ("ink", "needs-soft"),
    ("needs-ink", "needs-soft"),
    ("voice", "needs-soft"),
    ("ink", "valid-soft"),
    ("valid", "valid-soft"),
    ("valid", "surface"),
    ("voice", "valid-soft"),
    ("on-valid", "valid"),
    ("ink", "not-valid-soft"),
    ("not-valid", "not-valid-soft"),
    ("voice", "not-valid-soft"),
    ("on-not-valid", "not-valid"),
]
# Icons, edges of controls, the focus ring.
SHAPES = [
    *[(shape, ground) for shape in ("line-strong", "focus", "voice", "valid", "not-valid") for ground in GROUNDS],
    ("focus", "voice-soft"),
    ("voice", "line"),
    ("valid", "line"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_stands_out_from_its_ground(scheme, text, ground):
    values = SCHEMES[scheme]

    assert tokens.contrast(values[text], values[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPES)
def test_icons_and_edges_stand_out_from_their_ground(scheme, shape, ground):
    values = SCHEMES[scheme]

    assert tokens.contrast(values[shape], values[ground]) >= 3


def test_white_on_black_is_the_greatest_contrast():
    assert round(tokens.contrast("oklch(100% 0 0)", "oklch(0% 0 0)"), 1) == 21.0


def test_a_known_colour_has_its_known_luminance():
    # sRGB red #ff0000 is oklch(62.796% 0.25768 29.234); its relative luminance is 0.2126 by definition.
    assert round(tokens.luminance("oklch(62.796% 0.25768 29.234)"), 3) == 0.213


def test_dark_changes_only_colours_and_shadows():
    changed = {name for name, value in SCHEMES["light"].items() if SCHEMES["dark"][name] != value}

    assert changed <= set(tokens.colours(SCHEMES["light"])) | {"veil", "float"}
