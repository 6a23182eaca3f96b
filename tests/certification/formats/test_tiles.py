"""Tiles: the log as files that others can read, computed again by the standard's own formula."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certification.formats import tiles
from certification.formats.tiles import BadTile, MissingTile, Tile
from certification.rules import merkle

pytestmark = pytest.mark.once


def some_entries(start, end):
    return [f"entry {place}".encode() for place in range(start, end)]


def grown(*sizes):
    """The files of a log that was published at each of these sizes."""
    files, size = {}, 0
    for until in sizes:
        files |= dict(tiles.grow(size, some_entries(size, until), files.get))
        size = until
    return files


def mth(leaves):
    """The root by the recursive definition of RFC 6962 section 2.1."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


# --- Names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 999), "tile/0/999"),
        (Tile(0, 1_000), "tile/0/x001/000"),
        (Tile(0, 1_234_067), "tile/0/x001/x234/067"),  # the standard's example
        (Tile(1, 4, 130), "tile/1/004.p/130"),
        (Tile(63, 0, 1), "tile/63/000.p/1"),
        (Tile(None, 273, 112), "tile/entries/273.p/112"),
        (Tile(None, 1_000_000), "tile/entries/x001/x000/000"),
    ],
)
def test_a_tile_has_the_name_that_the_standard_gives(tile, path):
    assert tile.path == path
    assert Tile.parse(path) == tile


@given(st.one_of(st.none(), st.integers(0, 63)), st.integers(0, 10**18), st.integers(1, 256))
def test_a_name_says_which_tile_it_is(level, index, width):
    assert Tile.parse(Tile(level, index, width).path) == Tile(level, index, width)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "checkpoint",
        "/tile/0/000",
        "tile/0/000/",
        "tile/0/000\n",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/data/000",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/000",
        "tile/0/001/000",
        "tile/0/x001/x000",
        "tile/0/../000",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/0/000.p",
        "tile/0/٠٠٠",
        "tile/0/" + "x001/" * 5_000 + "000",
    ],
)
def test_another_spelling_names_no_tile(path):
    with pytest.raises(BadTile):
        Tile.parse(path)


@given(st.text(max_size=60))
def test_any_text_is_a_tile_in_its_one_spelling_or_none(text):
    try:
        tile = Tile.parse(text)
    except BadTile:
        return
    assert tile.path == text


def test_there_are_no_tiles_beyond_the_limits():
    for level, index, width in [(64, 0, 1), (-1, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)]:
        with pytest.raises(BadTile):
            Tile(level, index, width)
    with pytest.raises(BadTile, match="A log of 256 entries has no tile 1 on level 0"):
        Tile.at(0, 1, 256)


# --- Writing --------------------------------------------------------------------------------------------------------


def test_the_tiles_of_the_standards_two_examples():
    def counted(size):
        found = list(tiles.tiles_of(size))
        return {
            level: (
                sum(tile.width == 256 for tile in found if tile.level == level),
                [tile.width for tile in found if tile.level == level and tile.width < 256],
            )
            for level in (None, 0, 1, 2, 3)
        }

    assert counted(70_000) == {None: (273, [112]), 0: (273, [112]), 1: (1, [17]), 2: (0, [1]), 3: (0, [])}
    assert counted(256) == {None: (1, []), 0: (1, []), 1: (0, [1]), 2: (0, []), 3: (0, [])}
    assert counted(0) == dict.fromkeys((None, 0, 1, 2, 3), (0, []))


def test_seventy_thousand_entries_give_the_tiles_of_the_formula():
    size = 70_000
    files = grown(size)
    leaves = [merkle.leaf_hash(entry) for entry in some_entries(0, size)]

    assert sorted(files) == sorted(tile.path for tile in tiles.tiles_of(size))
    for tile in tiles.tiles_of(size):
        if tile.level is not None:
            step = 256**tile.level
            firsts = [(tile.index * 256 + place) * step for place in range(tile.width)]
            assert files[tile.path] == b"".join(mth(leaves[first : first + step]) for first in firsts)
    assert merkle.stored_root(size, tiles.reader(size, files.get)) == mth(leaves)
    assert tiles.differing(size, files.get) == []


@given(st.lists(st.integers(0, 700), min_size=1, max_size=6))
def test_however_often_the_log_is_published_the_full_tiles_are_the_same(steps):
    sizes = [sum(steps[: count + 1]) for count in range(len(steps))]
    size = sizes[-1]

    files = grown(*sizes)

    at_once = grown(size)
    assert {path: files[path] for path in at_once} == at_once
    # Every size that was published can still be read.
    for each in sizes:
        assert {tile.path for tile in tiles.tiles_of(each)} <= set(files)
        leaves = [merkle.leaf_hash(entry) for entry in some_entries(0, each)]
        assert merkle.stored_root(each, tiles.reader(each, files.get)) == merkle.root(leaves)


def test_publishing_fetches_and_writes_the_right_edge_only():
    files = grown(70_000)
    fetched = []

    def fetch(path):
        fetched.append(path)
        return files[path]

    written = dict(tiles.grow(70_000, some_entries(70_000, 70_003), fetch))

    assert sorted(fetched) == [
        "tile/0/273.p/112",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
        "tile/entries/273.p/112",
    ]
    assert sorted(written) == ["tile/0/273.p/115", "tile/entries/273.p/115"]


def test_publishing_again_after_a_crash_writes_the_same_files():
    files = grown(300)

    first = list(tiles.grow(300, some_entries(300, 600), files.get))
    files |= dict(first[:2])

    assert list(tiles.grow(300, some_entries(300, 600), files.get)) == first


def test_nothing_new_writes_nothing():
    assert list(tiles.grow(300, [], grown(300).get)) == []
    assert list(tiles.grow(0, [], {}.get)) == []


def test_publishing_upon_files_that_are_gone_is_refused():
    with pytest.raises(MissingTile, match=r"tile/entries/001\.p/44 is not there"):
        list(tiles.grow(300, [b"new"], {}.get))


# --- Bundles --------------------------------------------------------------------------------------------------------


def test_a_bundle_has_each_entry_behind_its_length():
    assert tiles.write_bundle([b"", b"one", b"x" * 258]) == b"\x00\x00" + b"\x00\x03one" + b"\x01\x02" + b"x" * 258


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_a_bundle_is_read_as_it_was_written(entries):
    assert tiles.read_bundle(tiles.write_bundle(entries), len(entries)) == tuple(entries)


def test_an_entry_may_be_as_long_as_two_bytes_can_say():
    longest = b"x" * 65_535

    assert tiles.read_bundle(tiles.write_bundle([longest]), 1) == (longest,)
    with pytest.raises(BadTile, match="An entry of 65536 bytes does not fit; it may have 65535"):
        tiles.write_bundle([longest + b"x"])


@pytest.mark.parametrize(
    ("content", "width", "said"),
    [
        (b"", 1, "should hold 1 entries"),
        (b"\x00", 1, "Entry 0 of the bundle is cut off"),
        (b"\x00\x03on", 1, "Entry 0 of the bundle is cut off"),
        (b"\x00\x03one\x00", 2, "Entry 1 of the bundle is cut off"),
        (b"\x00\x03one", 2, "should hold 2 entries"),
        (b"\x00\x03one\x00\x03two", 1, "nothing else"),
        (b"\x00\x03one ", 1, "nothing else"),
        (b"\x00\x00" * 1_000_000, 256, "nothing else"),
    ],
)
def test_another_bundle_is_refused(content, width, said):
    with pytest.raises(BadTile, match=said):
        tiles.read_bundle(content, width)


@given(st.binary(max_size=600), st.integers(1, 256))
def test_any_bytes_are_a_bundle_in_its_one_writing_or_none(content, width):
    try:
        entries = tiles.read_bundle(content, width)
    except BadTile:
        return
    assert (len(entries), tiles.write_bundle(entries)) == (width, content)


# --- Reading --------------------------------------------------------------------------------------------------------


@given(st.data())
def test_proofs_from_tiles_are_those_from_all_leaves(data):
    size = data.draw(st.integers(1, 1_038))
    index = data.draw(st.integers(0, size - 1))
    leaves = [merkle.leaf_hash(entry) for entry in some_entries(0, size)]
    read = tiles.reader(size, grown(size).get)

    assert merkle.stored_inclusion_path(index, size, read) == merkle.inclusion_path(index, leaves)
    assert merkle.stored_consistency_path(index, size, read) == merkle.consistency_path(index, leaves)


def test_proofs_across_three_levels_of_tiles_verify():
    size = 70_000
    read = tiles.reader(size, grown(size).get)
    root = merkle.stored_root(size, read)

    for index in (0, 255, 256, 65_535, 65_536, 69_887, 69_888, 69_999):
        path = merkle.stored_inclusion_path(index, size, read)
        assert merkle.verify_inclusion(merkle.leaf_hash(f"entry {index}".encode()), index, size, path, root)
        path = merkle.stored_consistency_path(index, size, read)
        assert merkle.verify_consistency(index, size, merkle.stored_root(index, read), root, path)


def test_a_proof_among_a_million_entries_takes_a_few_tiles():
    size, fetched = 1_000_000, []
    # In a tree of equal leaves all nodes of a level are equal, so that a million of them need no room.
    levels = [merkle.leaf_hash(b"")]
    while len(levels) < 21:
        levels.append(merkle.node_hash(levels[-1], levels[-1]))

    def fetch(path):
        tile = Tile.parse(path)
        fetched.append(path)
        return levels[8 * tile.level] * tile.width

    root = merkle.stored_root(size, tiles.reader(size, fetch))
    assert fetched == ["tile/2/000.p/15", "tile/1/015.p/66", "tile/0/x003/906.p/64"]
    for index in (0, 777_777, 999_999):
        fetched.clear()
        path = merkle.stored_inclusion_path(index, size, tiles.reader(size, fetch))
        assert merkle.verify_inclusion(levels[0], index, size, path, root)
        assert len(fetched) <= 5


def test_a_full_tile_stands_in_for_a_partial_one_that_is_gone():
    files = grown(600)
    whole = grown(1_024)
    kept = {path: content for path, content in whole.items() if ".p/" not in path}

    read = tiles.reader(600, kept.get)

    # The partial tile of level 1 has no full successor yet.
    with pytest.raises(MissingTile, match=r"tile/1/000\.p/2 is not there"):
        merkle.stored_root(600, read)
    kept["tile/1/000.p/2"] = files["tile/1/000.p/2"]
    assert merkle.stored_root(600, tiles.reader(600, kept.get)) == merkle.stored_root(600, tiles.reader(600, files.get))
    assert list(tiles.entries(600, kept.get)) == some_entries(0, 600)
    assert tiles.differing(600, kept.get) == []


def test_a_tile_of_another_length_is_refused_by_its_name():
    files = grown(300) | {"tile/0/001.p/44": b"x" * 31}

    with pytest.raises(BadTile, match=r"tile/0/001\.p/44: A tile of 44 hashes has 1408 bytes, not 31"):
        merkle.stored_root(300, tiles.reader(300, files.get))


def test_nodes_that_are_not_whole_yet_are_not_read():
    read = tiles.reader(300, grown(300).get)

    with pytest.raises(BadTile, match="no whole node 1 on level 8"):
        read(8, 1)
    with pytest.raises(BadTile, match="no tile 2 on level 0"):
        read(0, 600)


def test_entries_are_read_from_anywhere_and_checked():
    files = grown(600)

    assert list(tiles.entries(600, files.get, start=299)) == some_entries(299, 600)
    assert list(tiles.entries(600, files.get, start=600)) == []

    files["tile/entries/001"] = files["tile/entries/001"].replace(b"entry 300", b"entry 3OO")
    with pytest.raises(BadTile, match="Entry 300 in tile/entries/001 does not have the hash that its tile says"):
        list(tiles.entries(600, files.get))


def test_an_auditor_is_told_which_tiles_differ():
    files = grown(70_000)
    files["tile/1/000"] = bytes(32) + files["tile/1/000"][32:]
    del files["tile/2/000.p/1"]

    assert tiles.differing(70_000, files.get) == ["tile/1/000", "tile/2/000.p/1"]


def test_a_rewritten_log_with_fitting_tiles_does_not_fit_the_root_that_was_kept():
    files = grown(600)
    kept = merkle.stored_root(600, tiles.reader(600, files.get))
    changed = some_entries(0, 600)
    changed[299] = b"what we would rather have written"
    rewritten = dict(tiles.grow(0, changed, {}.get))

    assert tiles.differing(600, rewritten.get) == []
    assert merkle.stored_root(600, tiles.reader(600, rewritten.get)) != kept
