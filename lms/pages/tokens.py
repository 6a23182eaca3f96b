"""Reading the design tokens from their style sheet, and measuring the contrast of two of them (WCAG 2.2, 1.4.3)."""

import math
import re
from pathlib import Path

_DECLARATION = re.compile(r"--([\w-]+):\s*([^;]+);")
_OKLCH = re.compile(r"oklch\(\s*([\d.]+)%\s+([\d.]+)\s+([\d.]+)\s*\)")


def read(path: Path) -> dict[str, dict[str, str]]:
    """The tokens of ``tokens.css`` by scheme, "light" and "dark"; what the dark block does not name is as in the light."""
    light, _, dark = path.read_text().partition("@media (prefers-color-scheme: dark)")
    tokens = dict(_DECLARATION.findall(light))
    return {"light": tokens, "dark": tokens | dict(_DECLARATION.findall(dark))}


def colours(tokens: dict[str, str]) -> dict[str, str]:
    """Those of ``tokens`` that are plain colours."""
    return {name: value for name, value in tokens.items() if _OKLCH.fullmatch(value.strip())}


def luminance(colour: str) -> float:
    """The relative luminance of an ``oklch(L% C H)`` colour as a screen shows it.

    OKLCH → OKLab → linear sRGB (Björn Ottosson's matrices), each channel clipped to the screen's gamut;
    white is 1, black 0: oklch(100% 0 0) → 1.0.
    """
    lightness, chroma, hue = (float(part) for part in _OKLCH.fullmatch(colour.strip()).groups())
    lightness /= 100
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    red, green, blue = (min(1.0, max(0.0, channel)) for channel in (red, green, blue))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 (none) to 21 (black on white): (lighter + 0.05) / (darker + 0.05)."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
