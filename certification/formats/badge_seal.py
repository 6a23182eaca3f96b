"""The picture of a badge: a quiet round seal with the certificate's own woven line, as SVG and as PNG.

Both are drawn from the same shapes, letters as outlines, so that they look alike wherever they are opened and no font
is needed. The same facts give the same bytes.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html import escape
from math import cos, pi, radians, sin

from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw

from certification.formats.certificate import MissingGlyphs
from certification.formats.fitting import POINT, width
from lms.kernel import fonts

SIDE = 600  # pixels, and the unit of every measure here
_MIDDLE = SIDE / 2
_FINER = 4  # the PNG is drawn so many times larger, then made small, which smooths its edges

PAPER, INK, SOFT = "#fcfaf6", "#15202d", "#4f5966"
DEEP, MEDIUM, PALE, FAINT = "#0a5468", "#458594", "#9cbdc2", "#e9efed"
# The palette of the PNG: each ink in so many steps from paper, none closer than Pillow can tell apart.
_STEPS = ((DEEP, 63), (INK, 47), (MEDIUM, 39), (PALE, 23), (SOFT, 23), (FAINT, 4))

Point = tuple[float, float]
Step = tuple[Point, ...]  # one point: a straight line to it; three: a curve with two handles and its end
Outline = tuple[Step, ...]  # begins with one point

# The mark of the product, in a square of 32: templates/components/mark.html.
_BOOK: Outline = (
    ((2.5, 17.5),),
    ((2.5, 26.5),),
    ((8, 25.5), (13, 26), (16, 29)),
    ((19, 26), (24, 25.5), (29.5, 26.5)),
    ((29.5, 17.5),),
)
_CHECK: Outline = (((9.5, 13.5),), ((16, 22),), ((27, 3.5),))


@dataclass(frozen=True)
class Seal:
    """What the picture says. ``digest`` is the SHA-256 of the facts in hexadecimal; the woven line is drawn from it."""

    title: str  # of what was achieved
    issuer: str
    detail: str  # one short line: hours and date
    number: str  # public number, grouped
    digest: str

    def __post_init__(self):
        for name, value in vars(self).items():
            if not value.strip():
                raise ValueError(f"A badge shows its {name}, which is empty.")


@dataclass(frozen=True)
class _Line:
    outline: Outline
    colour: str
    thick: float
    is_closed: bool = True


@dataclass(frozen=True)
class _Fill:
    """Letters. Outer outlines of this font turn clockwise as seen, holes in letters the other way."""

    outlines: tuple[Outline, ...]
    colour: str


def svg(seal: Seal) -> bytes:
    """The seal as SVG, with its words as a title for who listens."""
    said = escape(" · ".join((seal.title, seal.issuer, seal.detail, seal.number)))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" width="{SIDE}" height="{SIDE}" role="img">'
        f'<title>{said}</title><circle cx="300" cy="300" r="297" fill="{PAPER}"/>'
        '<g stroke-linecap="round" stroke-linejoin="round">'
    ]
    for shape in _shapes(seal):
        if isinstance(shape, _Line):
            path = _path(shape.outline, shape.is_closed)
            parts.append(f'<path d="{path}" fill="none" stroke="{shape.colour}" stroke-width="{shape.thick}"/>')
        else:
            path = "".join(_path(outline, True) for outline in shape.outlines)
            parts.append(f'<path d="{path}" fill="{shape.colour}"/>')
    return "\n".join((*parts, "</g></svg>")).encode()


def png(seal: Seal) -> bytes:
    """The seal as PNG, transparent around it."""
    large = Image.new("RGB", (SIDE * _FINER, SIDE * _FINER), PAPER)
    pen = ImageDraw.Draw(large)
    for shape in _shapes(seal):
        if isinstance(shape, _Line):
            _stroke(pen, shape)
        else:
            flat = [_flat(outline) for outline in shape.outlines]
            # Letters first, then their holes; a hole lies in no other letter.
            for points in sorted(flat, key=_area, reverse=True):
                pen.polygon(points, fill=shape.colour if _area(points) > 0 else PAPER)
    inside = Image.new("L", large.size, 0)
    ImageDraw.Draw(inside).ellipse([3 * _FINER, 3 * _FINER, (SIDE - 3) * _FINER, (SIDE - 3) * _FINER], fill=255)
    colours, edge = (each.resize((SIDE, SIDE), Image.Resampling.LANCZOS) for each in (large, inside))
    return _in_few_colours(colours, edge)


def _in_few_colours(colours: Image.Image, edge: Image.Image) -> bytes:
    """The picture with a palette, a quarter of the bytes: our inks on paper in steps, and the rim's ink fading out.

    The palette is ours, because one that a library finds by itself loses the faintest lines.
    """
    steps = [_mixed(ink, part / count) for ink, count in _STEPS for part in range(count + 1)]
    fading = 255 - len(steps)  # entries from nothing to the full ink of the rim
    palette = Image.new("P", (1, 1))
    palette.putpalette([value for colour in steps for value in colour])
    indexed = colours.quantize(palette=palette, dither=Image.Dither.NONE)
    places = Image.frombytes("L", indexed.size, indexed.tobytes())
    places.paste(
        edge.point([len(steps) + round(value / 255 * fading) for value in range(256)]),
        mask=edge.point([255] * 255 + [0]),
    )
    picture = Image.frombytes("P", places.size, places.tobytes())
    picture.putpalette([value for colour in (*steps, *[_mixed(DEEP, 1)] * (fading + 1)) for value in colour])
    opaque = bytes([255] * len(steps) + [round(part / fading * 255) for part in range(fading + 1)])
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True, transparency=opaque)
    return buffer.getvalue()


def _mixed(ink: str, part: float) -> tuple[int, int, int]:
    """So much of ``ink`` on paper."""
    red, green, blue = (
        round(below + (above - below) * part)
        for above, below in zip(bytes.fromhex(ink[1:]), bytes.fromhex(PAPER[1:]), strict=True)
    )
    return red, green, blue


# --- What is on it ---------------------------------------------------------------------------------


def _shapes(seal: Seal) -> Iterator[_Line | _Fill]:
    missing = fonts.missing_characters(seal.title + seal.issuer + seal.detail + seal.number)
    if missing:
        raise MissingGlyphs(missing)
    numbers = bytes.fromhex(seal.digest)
    for ring, depth in enumerate((0.16, 0.28, 0.4)):  # a rosette behind the words, hardly seen
        yield _Line(_ring(172, depth, 14 + numbers[12] % 7, numbers[13 + ring] / 255 * 2 * pi), FAINT, 0.9)
    petals = 30 + numbers[8] % 7
    for strand in range(6):
        height = 7 + 11 * numbers[strand] / 255
        phase = numbers[16 + strand] / 255 * 2 * pi
        outline = _ring(266 + height, 2 * height / (266 + height), petals + strand % 3 * 5, phase)
        yield _Line(outline, (DEEP, MEDIUM, PALE)[strand // 2], 1.0)
    yield _Line(_ring(295.5, 0, 1, 0), DEEP, 3)
    yield _Line(_ring(289, 0, 1, 0), PALE, 1)
    yield _Line(_ring(243, 0, 1, 0), PALE, 1)
    yield _Line(_ring(239, 0, 1, 0), DEEP, 1.6)
    yield from _around(seal.issuer, 207, 23, top=True)
    yield from _around(seal.number, 221, 19, top=False)
    for side in (-1, 1):
        yield _Fill((_ring(3.6, 0, 1, 0, (_MIDDLE + side * 212, _MIDDLE + 44)),), DEEP)
    for outline in (_BOOK, _CHECK):
        yield _Line(tuple(_placed(step, 2.6, 258.4, 130) for step in outline), DEEP, 8.3, is_closed=False)
    lines, size = _wrapped(seal.title)
    middle, leading = 308, size * 1.22
    first = middle - leading * (len(lines) - 1) / 2 + size * 0.34
    for place, line in enumerate(lines):
        yield _Fill(tuple(_straight(line, size, first + place * leading, weight=600)), INK)
    below = first + leading * (len(lines) - 1) + size * 0.3
    yield _Line((((_MIDDLE - 26, below + 22),), ((_MIDDLE + 26, below + 22),)), MEDIUM, 1.6, is_closed=False)
    small = min(20.0, 300 / _wide(seal.detail, 1, 400))
    yield _Fill(tuple(_straight(seal.detail, small, below + 52, weight=400)), SOFT)


def _wrapped(title: str) -> tuple[list[str], float]:
    """``title`` in up to four lines, as large as it fits beside the mark and the detail."""
    for size in range(42, 11, -1):
        room = 372.0 - max(0, size - 30)
        lines = _lines(title, size, room)
        if len(lines) <= 4 and len(lines) * size * 1.22 <= 128 and _fits(lines, size, room):
            while True:  # the most even lines of as many
                narrower = _lines(title, size, room - 6)
                if len(narrower) > len(lines) or not _fits(narrower, size, room - 6):
                    return lines, size
                lines, room = narrower, room - 6
    return [title], min(12.0, 372 / _wide(title, 1, 600))


def _fits(lines: list[str], size: float, room: float) -> bool:
    return max(_wide(line, size, 600) for line in lines) <= room


def _lines(text: str, size: float, room: float) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and _wide(f"{lines[-1]} {word}", size, 600) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _wide(text: str, size: float, weight: int) -> float:
    return width(text, size, weight=weight) / POINT


# --- Lines and letters -----------------------------------------------------------------------------


def _ring(radius: float, depth: float, petals: int, phase: float, about: Point = (_MIDDLE, _MIDDLE)) -> Outline:
    """A closed line that swings ``petals`` times between ``radius`` and that less ``depth`` of it."""
    steps = max(90, petals * 14) if depth else 180
    points = []
    for step in range(steps):
        turn = 2 * pi * step / steps
        distance = radius * (1 - depth / 2 + depth / 2 * sin(petals * turn + phase))
        points.append(((about[0] + distance * cos(turn), about[1] + distance * sin(turn)),))
    return tuple(points)


def _placed(step: Step, scale: float, x: float, y: float) -> Step:
    """``step`` made larger and moved."""
    return tuple((x + each[0] * scale, y + each[1] * scale) for each in step)


class _Outlines(BasePen):
    """Collects the outlines of one letter, in the font's units."""

    def __init__(self, glyphs):
        super().__init__(glyphs)
        self.outlines: list[list[Step]] = []

    def _moveTo(self, point):
        self.outlines.append([(point,)])

    def _lineTo(self, point):
        self.outlines[-1].append((point,))

    def _curveToOne(self, one, two, three):
        self.outlines[-1].append((one, two, three))


@cache
def _letter(letter: str, weight: int) -> tuple[tuple[Outline, ...], float]:
    """The outlines of ``letter`` and its advance, for a size of 1."""
    with TTFont(fonts.path(fonts.SERIF, weight)) as font:
        glyphs, units = font.getGlyphSet(), font["head"].unitsPerEm
        glyph = glyphs[font.getBestCmap()[ord(letter)]]
        pen = _Outlines(glyphs)
        glyph.draw(pen)
        scaled = tuple(tuple(_placed(step, 1 / units, 0, 0) for step in outline) for outline in pen.outlines)
        return scaled, glyph.width / units


def _set(letter: str, weight: int, size: float, at: Point, turn: float) -> Iterator[Outline]:
    """``letter`` with its origin ``at`` a point, turned clockwise by ``turn`` (radians)."""
    across, down = cos(turn) * size, sin(turn) * size

    def moved(point: Point) -> Point:
        x, y = point  # the font's y runs upwards
        return (at[0] + x * across + y * down, at[1] + x * down - y * across)

    for outline in _letter(letter, weight)[0]:
        yield tuple(tuple(moved(point) for point in step) for step in outline)


def _straight(text: str, size: float, y: float, *, weight: int) -> Iterator[Outline]:
    x = _MIDDLE - _wide(text, size, weight) / 2
    for letter in text:
        yield from _set(letter, weight, size, (x, y), 0)
        x += _letter(letter, weight)[1] * size


def _around(text: str, radius: float, largest: float, *, top: bool) -> Iterator[_Fill]:
    """``text`` along the upper or lower half of a circle, spaced a little, never past the two dots."""
    spacing = 1.12
    reach = radians(180 if top else 120) * radius
    size = min(largest, reach / (_wide(text, 1, 600) * spacing))
    along = -_wide(text, size, 600) * spacing / 2
    outlines: list[Outline] = []
    for letter in text:
        advance = _letter(letter, 600)[1] * size
        turn = (along + advance * spacing / 2) / radius * (1 if top else -1)
        angle = turn - pi / 2 if top else turn + pi / 2
        middle = (_MIDDLE + radius * cos(angle), _MIDDLE + radius * sin(angle))
        at = (middle[0] - cos(turn) * advance / 2, middle[1] - sin(turn) * advance / 2)
        outlines.extend(_set(letter, 600, size, at, turn))
        along += advance * spacing
    yield _Fill(tuple(outlines), DEEP)


def _path(outline: Outline, is_closed: bool) -> str:
    parts = []
    for place, step in enumerate(outline):
        command = "C" if len(step) == 3 else "L" if place else "M"
        parts.append(command + " ".join(f"{x:.1f} {y:.1f}" for x, y in step))
    return "".join(parts) + ("Z" if is_closed else "")


def _flat(outline: Outline) -> list[Point]:
    """The outline as straight lines, in the pixels of the large drawing."""
    points: list[Point] = []
    for step in outline:
        ends = [(x * _FINER, y * _FINER) for x, y in step]
        points.extend(_curve(points[-1], *ends) if len(ends) == 3 else ends)
    return points


def _curve(start: Point, one: Point, two: Point, end: Point) -> Iterator[Point]:
    """Eight points on a cubic curve, without its start."""
    for part in range(1, 9):
        t = part / 8
        a, b, c, d = (1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t * t, t**3
        yield (
            a * start[0] + b * one[0] + c * two[0] + d * end[0],
            a * start[1] + b * one[1] + c * two[1] + d * end[1],
        )


def _area(points: list[Point]) -> float:
    """Twice the area within; positive when the outline turns clockwise as seen."""
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(points, [*points[1:], points[0]], strict=True))


def _stroke(pen: ImageDraw.ImageDraw, line: _Line) -> None:
    points = _flat(line.outline)
    thick = max(1, round(line.thick * _FINER))
    pen.line([*points, *points[:2]] if line.is_closed else points, fill=line.colour, width=thick, joint="curve")
    if not line.is_closed:  # round ends
        for x, y in (points[0], points[-1]):
            pen.ellipse([x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2], fill=line.colour)
