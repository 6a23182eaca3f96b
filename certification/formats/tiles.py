"""The log as static files: tiles of 256 hashes and bundles of 256 entries, from which anyone computes any proof.

    tile/0/x001/x234/067          256 leaf hashes, from entry 1,234,067 · 256 on
    tile/1/004.p/130              130 nodes, each over a whole tile of level 0; the tile is not full yet
    tile/entries/004.p/12         twelve entries, each behind its length in two bytes

Source: c2sp.org/tlog-tiles. A file never changes once written: a partial tile is followed by a longer one under another
name. Tiles say nothing about themselves; what is computed from them counts when it agrees with a signed checkpoint.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from certification.rules import merkle

HEIGHT = 8  # levels of the tree in a tile
WIDTH = 2**HEIGHT  # hashes in a full tile, entries in a full bundle
LONGEST_ENTRY = 65_535  # bytes; the length has two

Fetch = Callable[[str], bytes | None]  # the content under a path; None: there is no such file

_PATH = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


class BadTile(ValueError):
    """A path that names no tile, or content that is not what a tile of that name holds."""


class MissingTile(LookupError):
    """A tile that the log of this size must have is not there."""


@dataclass(frozen=True)
class Tile:
    """The name of a tile: its level (None: a bundle of entries), its place in the level, and how many it holds."""

    level: int | None
    index: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        if self.level is not None and not 0 <= self.level <= 63:
            raise BadTile(f"There is no level {self.level}; levels go from 0 to 63.")
        if self.index < 0 or not 1 <= self.width <= WIDTH:
            raise BadTile(f"There is no tile {self.index} of width {self.width}; a width goes from 1 to {WIDTH}.")

    @property
    def path(self) -> str:
        """tlog-tiles, «Merkle Tree»: groups of three digits, all but the last behind an x."""
        digits = str(self.index)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[start : start + 3] for start in range(0, len(digits), 3)]
        level = "entries" if self.level is None else self.level
        place = "".join(f"x{group}/" for group in groups[:-1]) + groups[-1]
        return f"tile/{level}/{place}" + ("" if self.width == WIDTH else f".p/{self.width}")

    @property
    def full(self) -> "Tile":
        return Tile(self.level, self.index)

    @classmethod
    def parse(cls, path: str) -> "Tile":
        """The tile that ``path`` names in its one spelling. Raises BadTile."""
        found = _PATH.fullmatch(path)
        if found is None:
            raise BadTile(f"{path[:80]!r} names no tile; a name looks like tile/0/x001/234 or tile/entries/004.p/12.")
        level, place, width = found.groups()
        index = int(place.replace("x", "").replace("/", ""))
        tile = cls(None if level == "entries" else int(level), index, int(width or WIDTH))
        if tile.path != path:
            raise BadTile(f"{path!r} is another spelling of {tile.path!r}; use that.")
        return tile

    @classmethod
    def at(cls, level: int | None, index: int, size: int) -> "Tile":
        """The tile in that place, as wide as a log of ``size`` entries has it. Raises BadTile when it has none."""
        width = min(WIDTH, (size >> (HEIGHT * (level or 0))) - index * WIDTH)
        if width < 1:
            raise BadTile(f"A log of {size} entries has no tile {index} on level {level}.")
        return cls(level, index, width)


def tiles_of(size: int) -> Iterator[Tile]:
    """All tiles and bundles that a log of ``size`` entries has: what a copy of it must hold."""
    for level in (None, *range(8)):
        count = size >> (HEIGHT * (level or 0))
        for index in range(-(-count // WIDTH)):
            yield Tile.at(level, index, size)


# --- Contents -------------------------------------------------------------------------------------------------------


def read_hashes(content: bytes, width: int) -> tuple[bytes, ...]:
    """The hashes of a tile of that ``width``. Raises BadTile."""
    if len(content) != width * merkle.HASH_BYTES:
        raise BadTile(f"A tile of {width} hashes has {width * merkle.HASH_BYTES} bytes, not {len(content)}.")
    return tuple(content[start : start + 32] for start in range(0, len(content), 32))


def write_bundle(entries: Iterable[bytes]) -> bytes:
    """Each entry behind its length: tlog-tiles, «Log entries». Raises BadTile when an entry is too long."""
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > LONGEST_ENTRY:
            raise BadTile(f"An entry of {len(entry)} bytes does not fit; it may have {LONGEST_ENTRY}.")
        parts += (len(entry).to_bytes(2, "big"), entry)
    return b"".join(parts)


def read_bundle(content: bytes, width: int) -> tuple[bytes, ...]:
    """The ``width`` entries of a bundle, no byte less or more. Raises BadTile."""
    found: list[bytes] = []
    start = 0
    while start < len(content) and len(found) < width:
        end = start + 2 + int.from_bytes(content[start : start + 2], "big")
        if end > len(content):
            raise BadTile(f"Entry {len(found)} of the bundle is cut off.")
        found.append(content[start + 2 : end])
        start = end
    if len(found) != width or start != len(content):
        raise BadTile(f"The bundle should hold {width} entries and nothing else; it has {len(content)} bytes.")
    return tuple(found)


def _content(level: int | None, values: Iterable[bytes]) -> bytes:
    return write_bundle(values) if level is None else b"".join(values)


def _fetched(tile: Tile, fetch: Fetch) -> tuple[bytes, ...]:
    """The hashes or entries of ``tile``; a full tile stands in for a partial one that is gone («Partial Tiles»)."""
    content, held = fetch(tile.path), tile
    if content is None and tile.width < WIDTH:
        content, held = fetch(tile.full.path), tile.full
    if content is None:
        raise MissingTile(f"{tile.path} is not there; fetch it again or take it from another copy of the log.")
    try:
        values = read_hashes(content, held.width) if tile.level is not None else read_bundle(content, held.width)
    except BadTile as error:
        raise BadTile(f"{held.path}: {error}")
    return values[: tile.width]


# --- Writing --------------------------------------------------------------------------------------------------------


class _Row:
    """The last tile of a level while the log grows."""

    def __init__(self, level: int | None, size: int, fetch: Fetch):
        self.level = level
        self.index, width = divmod(size >> (HEIGHT * (level or 0)), WIDTH)
        self.values = list(_fetched(Tile(level, self.index, width), fetch)) if width else []
        self.has_grown = False

    def add(self, value: bytes) -> None:
        self.values.append(value)
        self.has_grown = True

    def file(self) -> tuple[str, bytes]:
        tile = Tile(self.level, self.index, len(self.values))
        return tile.path, _content(self.level, self.values)

    def turn(self) -> None:
        self.index, self.values, self.has_grown = self.index + 1, [], False


def grow(size: int, entries: Iterable[bytes], fetch: Fetch) -> Iterator[tuple[str, bytes]]:
    """The files to write, path and content, when ``entries`` follow the first ``size`` of a log kept as tiles.

    Only the last partial tile of each level is fetched. Write all files before the new checkpoint is published, once
    for each checkpoint, so that every published size has its partial tiles. The same call gives the same files.
    """
    bundle = _Row(None, size, fetch)
    rows = [_Row(0, size, fetch)]
    while size >> (HEIGHT * len(rows)):
        rows.append(_Row(len(rows), size, fetch))
    for entry in entries:
        bundle.add(entry)
        if len(bundle.values) == WIDTH:
            yield bundle.file()
            bundle.turn()
        value, level = merkle.leaf_hash(entry), 0
        rows[0].add(value)
        while len(rows[level].values) == WIDTH:
            yield rows[level].file()
            value = merkle.root(rows[level].values)
            rows[level].turn()
            level += 1
            if level == len(rows):
                rows.append(_Row(level, 0, fetch))
            rows[level].add(value)
    for row in (bundle, *rows):
        if row.has_grown:
            yield row.file()


# --- Reading --------------------------------------------------------------------------------------------------------


def reader(size: int, fetch: Fetch) -> merkle.Read:
    """The ``read`` of ``rules.merkle`` for a log of ``size`` entries kept as tiles; each tile is fetched once.

    It raises MissingTile or BadTile. A proof among a million entries takes three to six tiles.
    """
    known: dict[Tile, list[list[bytes]]] = {}

    def read(level: int, index: int) -> bytes:
        row, rise = divmod(level, HEIGHT)
        first = index << rise
        tile = Tile.at(row, first // WIDTH, size)
        start = first % WIDTH
        if start + (1 << rise) > tile.width:
            raise BadTile(f"A log of {size} entries has no whole node {index} on level {level}.")
        if tile not in known:
            known[tile] = _levels(_fetched(tile, fetch))
        return known[tile][rise][start >> rise]

    return read


def _levels(hashes: Iterable[bytes]) -> list[list[bytes]]:
    """The hashes of a tile, and above them the levels of the tree that are not written: «Merkle Tree», last note."""
    levels = [list(hashes)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([merkle.node_hash(*pair) for pair in zip(below[::2], below[1::2], strict=False)])
    return levels


def entries(size: int, fetch: Fetch, start: int = 0) -> Iterator[bytes]:
    """The entries of a log of ``size`` from ``start`` on, each checked against its leaf hash in the tile of level 0.

    Raises MissingTile, or BadTile with the number of the entry that is not what the tile says.
    """
    for index in range(start // WIDTH, -(-size // WIDTH)):
        bundle = _fetched(Tile.at(None, index, size), fetch)
        hashes = _fetched(Tile.at(0, index, size), fetch)
        for place, (entry, leaf) in enumerate(zip(bundle, hashes, strict=True), index * WIDTH):
            if merkle.leaf_hash(entry) != leaf:
                raise BadTile(f"Entry {place} in {Tile(None, index).path} does not have the hash that its tile says.")
            if place >= start:
                yield entry


def differing(size: int, fetch: Fetch) -> list[str]:
    """The paths of the tiles of a log of ``size`` that are missing or do not follow from its entries.

    For an auditor: when it is empty, every file agrees with the entries. That these are the right ones is told by
    comparing ``merkle.stored_root(size, reader(size, fetch))`` with a signed checkpoint. Raises as ``entries`` does.
    """
    return [path for path, content in grow(0, entries(size, fetch), fetch) if not _holds(path, content, fetch)]


def _holds(path: str, content: bytes, fetch: Fetch) -> bool:
    tile = Tile.parse(path)
    try:
        values = _fetched(tile, fetch)
    except (BadTile, MissingTile):
        return False
    return _content(tile.level, values) == content
