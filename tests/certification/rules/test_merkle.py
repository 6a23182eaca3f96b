"""The log's tree: against the recursive definitions of RFC 6962, against published values, against liars."""

import hashlib
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certification.rules import merkle

pytestmark = pytest.mark.once

LARGEST = 1_038
LEAVES = [merkle.leaf_hash(f"entry {place}".encode()) for place in range(LARGEST)]

# The eight entries and the roots over the first one, two … eight of them that the logs of Certificate Transparency
# have tested themselves with since 2013.
PUBLISHED_ENTRIES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
PUBLISHED_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


# --- The definitions of RFC 6962 section 2.1, word by word, over the leaves from start up to end ---------------------


def split(count):
    """The largest power of two smaller than count: k < n ≤ 2k."""
    k = 1
    while 2 * k < count:
        k *= 2
    return k


@cache
def mth(start, end):
    if end == start:
        return hashlib.sha256(b"").digest()
    if end - start == 1:
        return LEAVES[start]
    k = split(end - start)
    return hashlib.sha256(b"\x01" + mth(start, start + k) + mth(start + k, end)).digest()


def audit_path(m, start, end):
    if end - start == 1:
        return []
    k = split(end - start)
    if m < k:
        return [*audit_path(m, start, start + k), mth(start + k, end)]
    return [*audit_path(m - k, start + k, end), mth(start, start + k)]


def subproof(m, start, end, is_original):
    if m == end - start:
        return [] if is_original else [mth(start, end)]
    k = split(end - start)
    if m <= k:
        return [*subproof(m, start, start + k, is_original), mth(start + k, end)]
    return [*subproof(m - k, start + k, end, False), mth(start, start + k)]


@cache
def nodes():
    """Every node of the tree over LEAVES, as a log would keep them."""
    frontier = merkle.Frontier()
    return {(level, index): value for leaf in LEAVES for level, index, value in frontier.append(leaf)}


def read(level, index):
    return nodes()[level, index]


def some_of(count):
    """Both ends, the neighbours of the powers of two and a few in between: where trees differ in shape."""
    around = {0, 1, count // 3, count // 2, count - 2, count - 1}
    around |= {2**power + step for power in range(count.bit_length()) for step in (-1, 0, 1)}
    return sorted(place for place in around if 0 <= place < count)


# --- Roots -----------------------------------------------------------------------------------------------------------


def test_roots_are_those_that_other_logs_published():
    hashes = [merkle.leaf_hash(entry) for entry in PUBLISHED_ENTRIES]

    assert [merkle.root(hashes[:size]).hex() for size in range(1, 9)] == PUBLISHED_ROOTS
    assert merkle.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_proofs_are_those_that_other_logs_published():
    hashes = [merkle.leaf_hash(entry) for entry in PUBLISHED_ENTRIES]

    assert [each.hex() for each in merkle.inclusion_path(0, hashes)] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]
    assert [each.hex() for each in merkle.consistency_path(1, hashes)] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]


def test_the_root_of_every_size_is_the_one_the_definition_gives():
    frontier = merkle.Frontier()
    for size in range(1, LARGEST + 1):
        frontier.append(LEAVES[size - 1])

        assert frontier.size == size
        assert frontier.root() == mth(0, size)
        assert merkle.stored_root(size, read) == mth(0, size)

    assert merkle.stored_root(0, read) == mth(0, 0) == merkle.Frontier().root()


def test_appending_tells_every_node_once_and_in_its_place():
    frontier = merkle.Frontier()

    told = [node for leaf in LEAVES[:300] for node in frontier.append(leaf)]

    assert sorted(told) == sorted(
        (level, index, mth(index << level, (index + 1) << level)) for level in range(9) for index in range(300 >> level)
    )


def test_a_frontier_goes_on_from_its_peaks_and_from_stored_nodes():
    frontier = merkle.Frontier()
    for leaf in LEAVES[:700]:
        frontier.append(leaf)

    for resumed in (merkle.Frontier(700, frontier.peaks), merkle.Frontier.stored(700, read)):
        for leaf in LEAVES[700:]:
            resumed.append(leaf)

        assert resumed.root() == mth(0, LARGEST)


def test_a_frontier_refuses_peaks_of_another_size():
    with pytest.raises(ValueError, match="A log of 6 entries does not have 1 peaks"):
        merkle.Frontier(6, [LEAVES[0]])
    with pytest.raises(ValueError, match="A log of -1 entries"):
        merkle.Frontier(-1)


# --- Paths -----------------------------------------------------------------------------------------------------------


def test_inclusion_at_every_size_agrees_with_the_definition_and_verifies():
    for size in range(1, LARGEST + 1):
        for index in range(size) if size <= 40 else some_of(size):
            path = merkle.stored_inclusion_path(index, size, read)

            assert path == audit_path(index, 0, size)
            assert merkle.verify_inclusion(LEAVES[index], index, size, path, mth(0, size))


def test_consistency_at_every_size_agrees_with_the_definition_and_verifies():
    for size in range(1, LARGEST + 1):
        for old in range(1, size + 1) if size <= 40 else [*some_of(size)[1:], size]:
            path = merkle.stored_consistency_path(old, size, read)

            assert path == subproof(old, 0, size, True)
            assert merkle.verify_consistency(old, size, mth(0, old), mth(0, size), path)


@given(st.data())
def test_paths_from_leaves_and_from_nodes_are_the_same(data):
    size = data.draw(st.integers(1, LARGEST))
    index = data.draw(st.integers(0, size - 1))

    assert merkle.inclusion_path(index, LEAVES[:size]) == merkle.stored_inclusion_path(index, size, read)
    assert merkle.consistency_path(index, LEAVES[:size]) == merkle.stored_consistency_path(index, size, read)


def test_a_proof_among_a_million_costs_a_few_look_ups():
    size, asked = 1_000_000, []
    # In a tree of equal leaves all nodes of a level are equal, so that a million of them need no room.
    levels = [LEAVES[0]]
    while len(levels) < 21:
        levels.append(merkle.node_hash(levels[-1], levels[-1]))

    def counting(level, index):
        assert (index + 1) << level <= size, "only whole nodes are asked for"
        asked.append((level, index))
        return levels[level]

    root = merkle.stored_root(size, counting)
    assert len(asked) == 7  # a million has seven ones in binary

    for place in (0, 1, 65_535, 65_536, 524_287, 524_288, 777_777, 999_998, 999_999):
        asked.clear()
        path = merkle.stored_inclusion_path(place, size, counting)
        assert merkle.verify_inclusion(LEAVES[0], place, size, path, root)
        assert len(asked) <= 40

        asked.clear()
        path = merkle.stored_consistency_path(place, size, counting)
        assert merkle.verify_consistency(place, size, merkle.stored_root(place, counting), root, path)
        assert len(asked) <= 60


def test_what_never_was_in_the_log_has_no_path():
    with pytest.raises(IndexError, match="There is no entry 5 in a log of 5"):
        merkle.inclusion_path(5, LEAVES[:5])
    with pytest.raises(IndexError, match="There is no entry 0 in a log of 0"):
        merkle.inclusion_path(0, [])
    with pytest.raises(IndexError, match="There is no entry -1"):
        merkle.inclusion_path(-1, LEAVES[:5])
    with pytest.raises(IndexError, match="A log of 5 entries never had 6"):
        merkle.consistency_path(6, LEAVES[:5])


# --- Liars -----------------------------------------------------------------------------------------------------------


@given(st.data())
def test_a_rewritten_history_is_refused(data):
    """Whichever entry of the old log was changed, the liar's own best proof does not fit the root we kept."""
    size = data.draw(st.integers(2, 300))
    old = data.draw(st.integers(1, size - 1))
    changed = data.draw(st.integers(0, old - 1))
    rewritten = LEAVES[:size]
    rewritten[changed] = merkle.leaf_hash(b"what we would rather have written")

    path = merkle.consistency_path(old, rewritten)

    assert not merkle.verify_consistency(old, size, mth(0, old), merkle.root(rewritten), path)
    assert not merkle.verify_consistency(
        old, size, mth(0, old), merkle.root(rewritten), merkle.consistency_path(old, LEAVES[:size])
    )
    # The proof is right in the liar's world: it is the kept root that tells.
    assert merkle.verify_consistency(old, size, merkle.root(rewritten[:old]), merkle.root(rewritten), path)


@given(st.data())
def test_a_removed_or_inserted_entry_is_refused(data):
    size = data.draw(st.integers(2, 300))
    old = data.draw(st.integers(1, size - 1))
    place = data.draw(st.integers(0, old - 1))
    shortened = LEAVES[:place] + LEAVES[place + 1 : size + 1]
    lengthened = [*LEAVES[:place], merkle.leaf_hash(b"slipped in"), *LEAVES[place : size - 1]]

    for forged in (shortened, lengthened):
        path = merkle.consistency_path(old, forged)

        assert not merkle.verify_consistency(old, size, mth(0, old), merkle.root(forged), path)


@given(st.data())
def test_an_inclusion_proof_holds_for_its_own_leaf_place_size_and_root_only(data):
    size = data.draw(st.integers(2, 300))
    index = data.draw(st.integers(0, size - 1))
    path = audit_path(index, 0, size)
    other = data.draw(st.integers(0, size - 1).filter(lambda place: place != index))

    assert not merkle.verify_inclusion(LEAVES[other], index, size, path, mth(0, size))
    assert not merkle.verify_inclusion(LEAVES[index], other, size, path, mth(0, size))
    assert not merkle.verify_inclusion(LEAVES[index], index, size, path, mth(0, size - 1))
    assert not merkle.verify_inclusion(LEAVES[index], index, size, path[:-1], mth(0, size))
    assert not merkle.verify_inclusion(LEAVES[index], index, size, [*path, path[0]], mth(0, size))
    assert not merkle.verify_inclusion(LEAVES[index], size + index, size, path, mth(0, size))
    for place in range(len(path)):
        turned = [*path[:place], bytes([path[place][0] ^ 1]) + path[place][1:], *path[place + 1 :]]
        assert not merkle.verify_inclusion(LEAVES[index], index, size, turned, mth(0, size))


def test_no_two_places_of_a_small_log_share_a_proof():
    held = [
        (size, index, claimed, leaf)
        for size in range(1, 18)
        for index in range(size)
        for claimed in range(size)
        for leaf in range(size)
        if merkle.verify_inclusion(LEAVES[leaf], claimed, size, audit_path(index, 0, size), mth(0, size))
    ]

    assert held == [(size, index, index, index) for size in range(1, 18) for index in range(size)]


@given(st.data())
def test_a_consistency_proof_holds_for_its_own_sizes_and_roots_only(data):
    size = data.draw(st.integers(2, 300))
    old = data.draw(st.integers(1, size - 1))
    path = subproof(old, 0, size, True)

    assert not merkle.verify_consistency(old, size, mth(0, size), mth(0, size), path)
    assert not merkle.verify_consistency(old, size, mth(0, old), mth(0, old), path)
    assert not merkle.verify_consistency(size, old, mth(0, size), mth(0, old), path)
    assert not merkle.verify_consistency(old, size, mth(0, old), mth(0, size), path[:-1])
    assert not merkle.verify_consistency(old, size, mth(0, old), mth(0, size), [*path, LEAVES[0]])
    assert not merkle.verify_consistency(old, size, mth(0, old), mth(0, size), [])
    for place in range(len(path)):
        turned = [*path[:place], bytes([path[place][0] ^ 1]) + path[place][1:], *path[place + 1 :]]
        assert not merkle.verify_consistency(old, size, mth(0, old), mth(0, size), turned)


def test_the_root_of_a_shorter_log_is_not_taken_for_that_of_a_longer_one():
    """The path is right from 4 to 8 entries; the log claims 16."""
    path = subproof(4, 0, 8, True)

    assert merkle.verify_consistency(4, 8, mth(0, 4), mth(0, 8), path)
    assert not merkle.verify_consistency(4, 16, mth(0, 4), mth(0, 8), path)
    assert merkle.verify_inclusion(LEAVES[0], 0, 8, audit_path(0, 0, 8), mth(0, 8))
    assert not merkle.verify_inclusion(LEAVES[0], 0, 16, audit_path(0, 0, 8), mth(0, 8))


def test_the_empty_log_and_equal_logs():
    empty = merkle.EMPTY_ROOT

    assert merkle.verify_consistency(0, 0, empty, empty, [])
    assert merkle.verify_consistency(0, 5, empty, mth(0, 5), [])
    assert merkle.verify_consistency(5, 5, mth(0, 5), mth(0, 5), [])
    assert not merkle.verify_consistency(0, 0, LEAVES[0], LEAVES[0], [])
    assert not merkle.verify_consistency(0, 5, LEAVES[0], mth(0, 5), [])
    assert not merkle.verify_consistency(0, 5, empty, mth(0, 5), [LEAVES[0]])
    assert not merkle.verify_consistency(5, 5, mth(0, 5), mth(0, 4), [])
    assert not merkle.verify_consistency(5, 5, mth(0, 5), mth(0, 5), [LEAVES[0]])
    assert not merkle.verify_inclusion(LEAVES[0], 0, 0, [], empty)


def test_an_entry_cannot_pose_as_a_node():
    """Without the first byte, two entries' hashes side by side would be an entry with the same hash."""
    both = LEAVES[0] + LEAVES[1]

    assert merkle.leaf_hash(both) != merkle.node_hash(LEAVES[0], LEAVES[1])


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=2**62, max_value=2**70),
    st.floats(),
    st.text(max_size=40),
    st.binary(max_size=40),
    st.binary(min_size=32, max_size=32),
    st.lists(st.one_of(st.none(), st.text(max_size=3), st.binary(min_size=32, max_size=32)), max_size=70),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=3),
)


@given(anything, anything, anything, anything, anything)
def test_whatever_is_sent_the_answer_is_yes_or_no(one, two, three, four, five):
    assert merkle.verify_inclusion(one, two, three, four, five) is False
    assert isinstance(merkle.verify_consistency(one, two, three, four, five), bool)


hashes32 = st.binary(min_size=32, max_size=32)


@given(hashes32, st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1), st.lists(hashes32, max_size=64), hashes32)
def test_well_formed_nonsense_is_refused(leaf, index, size, path, root):
    assert not merkle.verify_inclusion(leaf, index, size, path, root)
    assert not merkle.verify_consistency(index + 1, size, leaf, root, path) or (index + 1, leaf) == (size, root)


def test_numbers_and_paths_beyond_the_limits_are_refused():
    assert not merkle.verify_inclusion(LEAVES[0], 0, 2**63, [LEAVES[1]] * 63, LEAVES[2])
    assert not merkle.verify_inclusion(LEAVES[0], 0, 10**5_000, [], LEAVES[2])
    assert not merkle.verify_inclusion(LEAVES[0], False, True, [], LEAVES[0])
    assert not merkle.verify_inclusion(LEAVES[0], 0, 2, [LEAVES[1]] * 1_000_000, LEAVES[2])
    assert not merkle.verify_inclusion(bytearray(LEAVES[0]), 0, 1, [], LEAVES[0])
