"""Words drawn as outlines: marks that belong to the ground of a page and are not read aloud."""

from functools import cache
from math import cos, radians, sin

from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont

from certification.formats.fitting import POINT, width
from lms.kernel import fonts


class _Operators(BasePen):
    """Writes outlines as PDF path operators."""

    def __init__(self, glyphs):
        super().__init__(glyphs)
        self.parts: list[str] = []

    def _moveTo(self, point):
        self.parts.append(f"{point[0]:.0f} {point[1]:.0f} m")

    def _lineTo(self, point):
        self.parts.append(f"{point[0]:.0f} {point[1]:.0f} l")

    def _curveToOne(self, one, two, three):
        self.parts.append(" ".join(f"{x:.0f} {y:.0f}" for x, y in (one, two, three)) + " c")

    def _closePath(self):
        self.parts.append("h")


@cache
def drawing(text: str, *, x: float, y: float, size: float, colour: str, weight: int = 400, turn: float = 0) -> str:
    """PDF operators for ``text`` of ``size`` points, its middle at ``x`` on the line ``y`` (millimetres from the top
    left), turned by ``turn`` degrees. Drawn once per process; the same word is on every page.
    """
    half = width(text, size, weight=weight) / 2
    across, up = cos(radians(turn)), sin(radians(turn))
    with TTFont(fonts.path(fonts.SERIF, weight)) as font:
        glyphs, names, units = font.getGlyphSet(), font.getBestCmap(), font["head"].unitsPerEm
        scale = size * POINT / units
        start = (x - half * across, y + half * up)
        # The page's y runs downwards here, a font's upwards.
        parts = [
            f"q {colour} rg {across * scale:.6f} {-up * scale:.6f} {-up * scale:.6f} {-across * scale:.6f} "
            f"{start[0]:.3f} {start[1]:.3f} cm"
        ]
        for letter in text:
            name = names.get(ord(letter), ".notdef")
            pen = _Operators(glyphs)
            glyphs[name].draw(pen)
            parts.extend((*pen.parts, "f" if pen.parts else "", f"1 0 0 1 {glyphs[name].width} 0 cm"))
        return "\n".join(part for part in (*parts, "Q") if part)
