"""The arithmetic of an append-only log: Merkle tree hashes, inclusion and consistency proofs (RFC 9162 §2.1).

Pure. A tree is known here by `node(level, number)`: the hash of the `number`th complete subtree of 2^level leaves.
Where those hashes are kept is somebody else's business (`hub.domain.tiles`), so a proof costs O(log n) of them.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

Node = Callable[[int, int], bytes]

EMPTY: Final = sha256(b"").digest()
"""The head of a tree without leaves."""


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of one leaf's bytes."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """The largest power of two smaller than `size`: where RFC 9162 divides a tree."""
    return 1 << ((size - 1).bit_length() - 1)


def subtree(node: Node, start: int, end: int) -> bytes:
    """MTH(D[start:end]), `start` being a multiple of the power of two that holds the range."""
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return node(level, start >> level)
    middle = start + _split(size)
    return node_hash(subtree(node, start, middle), subtree(node, middle, end))


def root(node: Node, size: int) -> bytes:
    """The head of the tree of the first `size` leaves."""
    return subtree(node, 0, size) if size else EMPTY


def inclusion(node: Node, number: int, size: int) -> list[bytes]:
    """PATH(number, D[size]): what leads from a leaf to the head (§2.1.3.1). `number` counts from 0."""
    if not 0 <= number < size:
        message = f"a tree of {size} has no leaf {number}"
        raise ValueError(message)
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if number < middle:
            path.append(subtree(node, middle, end))
            end = middle
        else:
            path.append(subtree(node, start, middle))
            start = middle
    return path[::-1]


def consistency(node: Node, first: int, second: int) -> list[bytes]:
    """PROOF(first, D[second]): that the smaller tree is the beginning of the larger one (§2.1.4.1)."""
    if not 0 < first <= second:
        message = f"no proof from {first} to {second}"
        raise ValueError(message)
    path: list[bytes] = []
    start, end = 0, second
    is_whole = True  # the first tree is a whole subtree whose hash the verifier has
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(subtree(node, middle, end))
            end = middle
        else:
            path.append(subtree(node, start, middle))
            start, is_whole = middle, False
    if not is_whole:
        path.append(subtree(node, start, end))
    return path[::-1]


def is_included(leaf: bytes, number: int, size: int, path: Sequence[bytes], head: bytes) -> bool:
    """Whether `path` proves that the leaf with this hash is number `number` of the tree with this head (§2.1.3.2)."""
    if not 0 <= number < size:
        return False
    place, last, reached = number, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            reached = node_hash(step, reached)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            reached = node_hash(reached, step)
        place, last = place >> 1, last >> 1
    return last == 0 and reached == head


def is_consistent(first: int, second: int, path: Sequence[bytes], first_head: bytes, second_head: bytes) -> bool:
    """Whether `path` proves that the tree with the first head is the beginning of the other one (§2.1.4.2)."""
    if first == second:
        return not path and first_head == second_head
    if not 0 < first < second or not path:
        return False
    steps = list(path)
    if first & (first - 1) == 0:
        steps.insert(0, first_head)
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, step)
        place, last = place >> 1, last >> 1
    return last == 0 and old == first_head and new == second_head


class Grower:
    """A tree read from its first leaf on, of which only the right edge is remembered: what an auditor needs."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[bytes] = []  # complete subtrees, the largest first, as the bits of `size` say

    def add(self, leaf: bytes) -> None:
        """Take the next leaf's hash."""
        full = self.size
        while full & 1:
            leaf = node_hash(self._edge.pop(), leaf)
            full >>= 1
        self._edge.append(leaf)
        self.size += 1

    @property
    def head(self) -> bytes:
        """The head so far."""
        if not self._edge:
            return EMPTY
        reached = self._edge[-1]
        for part in reversed(self._edge[:-1]):
            reached = node_hash(part, reached)
        return reached
