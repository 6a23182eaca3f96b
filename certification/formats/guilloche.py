"""The ornament of a certificate: fine woven lines drawn from the hash of its own facts, so that each is its own.

It is drawn with PDF operators directly, because a thousand curves cost a millisecond that way and fifty as SVG.
"""

from collections.abc import Iterable
from functools import cache, lru_cache
from math import cos, pi, sin

WIDTH, HEIGHT = 297.0, 210.0  # A4 landscape, mm
_MIDDLE = 13.0  # of the woven band, from the edge of the page
_BAND = 4.3  # half its breadth
_CORNER = 6.6  # half the side of the square that each corner keeps for its rosette

STRIP = (109.9, 128.6)  # the lines about the days and modules, from the upper edge
_LEFT, _RIGHT = 29.5, WIDTH - 29.5  # as far as the words reach
_SEAL = (173.0, 168.0)


def drawing(digest: str, below: Iterable[str] = (), *, inks: tuple[str, str, str], is_open: bool = False) -> bytes:
    """PDF operators of border, corners and the place of the seal; ``digest`` is a SHA-256 in hexadecimal.

    ``below`` are operators in the same millimetres, painted first; ``inks`` a deep, a middle and a pale colour;
    ``is_open`` leaves the place of the seal free for a picture.
    """
    deep, _middle, pale = inks
    numbers = bytes.fromhex(digest)
    point = 72 / 25.4
    parts = [f"{point:.5f} 0 0 {-point:.5f} 0 {HEIGHT * point:.5f} cm 1 j", *below]
    near, far_x, far_y = _MIDDLE + _CORNER, WIDTH - _MIDDLE - _CORNER, HEIGHT - _MIDDLE - _CORNER
    for strand in range(6):
        height = _BAND * (0.5 + 0.5 * numbers[strand] / 255) * (1 if strand % 2 else -1)
        across = 20 + strand % 3 * 3 + numbers[8] % 3
        down = round(across * (far_y - near) / (far_x - near))
        parts.append(f"{inks[strand // 2]} RG 0.13 w")
        for y in (_MIDDLE, HEIGHT - _MIDDLE):
            parts.append(_wave(near, y, far_x, y, across, height))
        for x in (_MIDDLE, WIDTH - _MIDDLE):
            parts.append(_wave(x, near, x, far_y, down, height))
    for x in (_MIDDLE, WIDTH - _MIDDLE):
        for y in (_MIDDLE, HEIGHT - _MIDDLE):
            parts.append(f"{deep} RG 0.11 w " + _ring(x, y, 5.6, 0.45, 12 + numbers[10] % 5, 0))
            parts.append(_ring(x, y, 3.2, 0.6, 8 + numbers[11] % 4, 1.5))
    parts.append(f"{deep} RG 0.26 w " + _frame(19.6) + f" {pale} RG 0.13 w " + _frame(20.7))
    parts.append("0.13 w " + " ".join(f"{_LEFT} {y} m {_RIGHT} {y} l" for y in STRIP) + " S")
    if is_open:
        return "\n".join(parts).encode()
    petals = 18 + numbers[12] % 7
    for ring, depth in enumerate((0.22, 0.34, 0.46)):
        parts.append(f"{pale} RG 0.11 w " + _ring(*_SEAL, 12.6, depth, petals, numbers[13 + ring] / 255 * 2 * pi))
    return "\n".join(parts).encode()


def _frame(inset: float) -> str:
    return f"{inset} {inset} {WIDTH - 2 * inset:.2f} {HEIGHT - 2 * inset:.2f} re S"


def _wave(x1: float, y1: float, x2: float, y2: float, waves: int, height: float) -> str:
    """A wavy line along or down the page: half a wave is one curve, whose handles make it nearly a sine."""
    # A cubic curve reaches three quarters of the height of its two handles, which lie on two straight lines.
    swing = height * 4 / 3
    middle, sign = (y1, -1) if y1 == y2 else (x1, 1)
    line = _wave_pattern(x1, y1, x2, y2, waves)
    return line.replace("+", f"{middle + sign * swing:.2f}").replace("-", f"{middle - sign * swing:.2f}")


@cache
def _wave_pattern(x1: float, y1: float, x2: float, y2: float, waves: int) -> str:
    """The wavy line with + and - in the places of the two lines on which its handles lie."""
    steps = waves * 2
    dx, dy = (x2 - x1) / steps, (y2 - y1) / steps
    parts = [f"{x1:.2f} {y1:.2f} m"]
    for step in range(steps):
        x, y = x1 + dx * step, y1 + dy * step
        side = "-" if step % 2 else "+"
        handles = [f"{x + dx * part:.2f} {side}" if dx else f"{side} {y + dy * part:.2f}" for part in (0.36, 0.64)]
        parts.append(f"{' '.join(handles)} {x + dx:.2f} {y + dy:.2f} c")
    return "\n".join([*parts, "S"])


@lru_cache(maxsize=256)
def _ring(x: float, y: float, radius: float, depth: float, petals: int, phase: float) -> str:
    """A closed line about a point that swings ``petals`` times between ``radius`` and that less ``depth`` of it."""
    swings = [radius * (1 - depth / 2 + depth / 2 * sin(2 * pi * step / 8 + phase)) for step in range(8)]
    points = [
        f"{x + swings[step % 8] * across:.2f} {y + swings[step % 8] * up:.2f}"
        for step, (across, up) in enumerate(_directions(petals * 8))
    ]
    return f"{points[0]} m\n" + " l\n".join(points[1:]) + " l s"


@cache
def _directions(count: int) -> list[tuple[float, float]]:
    return [(cos(2 * pi * step / count), sin(2 * pi * step / count)) for step in range(count)]
