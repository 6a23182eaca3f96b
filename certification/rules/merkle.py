"""The transparency log's tree: RFC 6962 section 2.1 (the same tree as RFC 9162 section 2.1) over SHA-256.

A log of n entries has one root. From it follow two short proofs, each of about log2(n) hashes: an inclusion path
(this entry stands at this place) and a consistency path (the longer log begins with the shorter one, unchanged).

A *node* is the root of 2**level consecutive entries that start at index * 2**level; it never changes once its entries
exist. Whoever keeps the nodes, in a table or in tiles, hands them in as ``read(level, index) -> hash``, and a proof
then costs about 2 * log2(n) look-ups whatever the size of the log. ``read`` is only asked for whole nodes of the tree.

Example, three entries: root = H(1, H(1, H(0, a), H(0, b)), H(0, c)); the inclusion path of a is [H(0, b), H(0, c)].
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
LARGEST_SIZE = 2**63 - 1  # entries; what other programs hold in a signed 64-bit number
LONGEST_PATH = 64  # hashes; no proof in a tree of LARGEST_SIZE needs more

Read = Callable[[int, int], bytes]
Node = tuple[int, int, bytes]  # level, index, hash


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 ‖ entry). The first byte keeps an entry from posing as a node. RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right). RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """All that must be remembered of a log to append to it: its size and its peaks.

    The peaks are the nodes that make up the tree, largest first; there is one for each 1 in the size written in binary
    (a log of 6 entries: one node of 4, one of 2). Appending costs at most log2(n) hashes, two on average.
    """

    __slots__ = ("_peaks", "_size")

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()):
        self._size = size
        self._peaks = list(peaks)
        if not 0 <= size <= LARGEST_SIZE or len(self._peaks) != size.bit_count():
            raise ValueError(
                f"A log of {size} entries does not have {len(self._peaks)} peaks; "
                "take the size and the peaks of the same moment."
            )

    @classmethod
    def stored(cls, size: int, read: Read) -> "Frontier":
        """The frontier of a log of ``size`` entries whose nodes ``read`` knows: at most log2(size) look-ups."""
        return cls(size, (read(level, index) for level, index in _nodes(0, size)))

    @property
    def size(self) -> int:
        return self._size

    @property
    def peaks(self) -> tuple[bytes, ...]:
        return tuple(self._peaks)

    def append(self, leaf: bytes) -> list[Node]:
        """Add the entry with this ``leaf`` hash; the nodes that are whole from now on, the leaf itself first."""
        level, index = 0, self._size
        nodes = [(0, index, leaf)]
        while index & 1:
            leaf = node_hash(self._peaks.pop(), leaf)
            level, index = level + 1, index >> 1
            nodes.append((level, index, leaf))
        self._peaks.append(leaf)
        self._size += 1
        return nodes

    def root(self) -> bytes:
        return _fold(self._peaks) if self._peaks else EMPTY_ROOT


# --- From all leaf hashes: for small logs, and to check the rest against --------------------------------------------


def root(hashes: Iterable[bytes]) -> bytes:
    """The root over these leaf hashes. RFC 6962 section 2.1."""
    frontier = Frontier()
    for each in hashes:
        frontier.append(each)
    return frontier.root()


def inclusion_path(index: int, hashes: Sequence[bytes]) -> list[bytes]:
    """The hashes that lead from leaf ``index`` to the root, the leaf's neighbour first. RFC 6962 section 2.1.1.

    Raises IndexError when there is no such leaf. Takes time in proportion to the size of the log.
    """
    return stored_inclusion_path(index, len(hashes), _computing(hashes))


def consistency_path(old_size: int, hashes: Sequence[bytes]) -> list[bytes]:
    """The hashes that show that the log began with its first ``old_size`` entries as they are. RFC 6962 section 2.1.2.

    Raises IndexError when the log was never that long. Takes time in proportion to the size of the log.
    """
    return stored_consistency_path(old_size, len(hashes), _computing(hashes))


def _computing(hashes: Sequence[bytes]) -> Read:
    return lambda level, index: root(hashes[index << level : (index + 1) << level])


# --- From stored nodes: a few look-ups at any size ------------------------------------------------------------------


def stored_root(size: int, read: Read) -> bytes:
    """The root when the log had ``size`` entries."""
    return Frontier.stored(size, read).root()


def stored_inclusion_path(index: int, size: int, read: Read) -> list[bytes]:
    """``inclusion_path`` in the log of ``size`` entries, from its nodes."""
    if not 0 <= index < size:
        raise IndexError(f"There is no entry {index} in a log of {size}; the first is 0, the last {size - 1}.")
    start, end = 0, size
    path = []
    while end - start > 1:
        middle = start + _left_size(end - start)
        if index < middle:
            path.append(_span(middle, end, read))
            end = middle
        else:
            path.append(_span(start, middle, read))
            start = middle
    return path[::-1]


def stored_consistency_path(old_size: int, size: int, read: Read) -> list[bytes]:
    """``consistency_path`` from the log of ``old_size`` to the one of ``size`` entries, from its nodes.

    Empty when both are of one size, and when the old log was empty: then there is nothing to compare.
    """
    if not 0 <= old_size <= size:
        raise IndexError(f"A log of {size} entries never had {old_size}; take an old size from 0 to {size}.")
    if old_size == 0:
        return []
    start, end = 0, size
    path = []
    while end != old_size:
        middle = start + _left_size(end - start)
        if old_size <= middle:
            path.append(_span(middle, end, read))
            end = middle
        else:
            path.append(_span(start, middle, read))
            start = middle
    # The verifier knows the old root; the node where both trees part is only new to it if it is not that root.
    if start:
        path.append(_span(start, end, read))
    return path[::-1]


def _left_size(size: int) -> int:
    """The largest power of two smaller than ``size`` (≥ 2): how many leaves go to the left."""
    return 1 << ((size - 1).bit_length() - 1)


def _nodes(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Level and index of the nodes that make up the leaves from ``start`` up to ``end``, left to right.

    ``start`` is a multiple of a power of two that is no smaller than ``end - start``, as in every subtree.
    """
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def _span(start: int, end: int, read: Read) -> bytes:
    return _fold([read(level, index) for level, index in _nodes(start, end)])


def _fold(peaks: Sequence[bytes]) -> bytes:
    folded = peaks[-1]
    for peak in reversed(peaks[:-1]):
        folded = node_hash(peak, folded)
    return folded


# --- Verifying: whatever comes in, the answer is yes or no ----------------------------------------------------------


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Does ``path`` lead from the ``leaf`` hash at ``index`` to the ``root`` of ``size`` entries? RFC 9162 2.1.3.2.

    Never raises: anything that is not a hash, a size or a path is a no.
    """
    if not (_is_size(index) and _is_size(size) and index < size and _are_hashes(path) and _are_hashes([leaf, root])):
        return False
    place, last, reached = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            reached = node_hash(sibling, reached)
            place, last = _up_to_a_right_node(place, last)
        else:
            reached = node_hash(reached, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and reached == root


def verify_consistency(old_size: int, size: int, old_root: bytes, root: bytes, path: Sequence[bytes]) -> bool:
    """Does the log of ``size`` entries begin with the one of ``old_size``, unchanged? RFC 9162 section 2.1.4.2.

    Never raises: anything that is not a hash, a size or a path is a no. Every log follows from the empty one.
    """
    if not (_is_size(old_size) and _is_size(size) and old_size <= size):
        return False
    if not (_are_hashes(path) and _are_hashes([old_root, root])):
        return False
    if old_size == size:
        return not path and old_root == root and (size > 0 or root == EMPTY_ROOT)
    if old_size == 0:
        return not path and old_root == EMPTY_ROOT
    if old_size.bit_count() == 1:
        path = [old_root, *path]  # the old tree is one node of the new one, so that the path begins with its root
    if not path:
        return False
    place, last = old_size - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old_reached = reached = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old_reached, reached = node_hash(sibling, old_reached), node_hash(sibling, reached)
            place, last = _up_to_a_right_node(place, last)
        else:
            reached = node_hash(reached, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and old_reached == old_root and reached == root


def _up_to_a_right_node(place: int, last: int) -> tuple[int, int]:
    """Skip the levels on which the tree's right edge has no neighbour."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _is_size(value: object) -> bool:
    return type(value) is int and 0 <= value <= LARGEST_SIZE


def _are_hashes(values: object) -> bool:
    return (
        isinstance(values, list | tuple)
        and len(values) <= LONGEST_PATH
        and all(isinstance(each, bytes) and len(each) == HASH_BYTES for each in values)
    )
