"""Where the hashes of a growing Merkle tree are kept: in tiles of up to 256 (the layout of C2SP tlog-tiles).

Tile (0, n) holds the hashes of the leaves 256n…; tile (t, n) those of the complete tiles 256n… of the tier below. Only
the last tile of a tier ever changes, by growing; all other hashes of the tree are folded out of one tile when needed.
"""

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from typing import Final

from hub.domain.merkle import Node, node_hash

WIDTH: Final = 256
_BITS: Final = 8
_HASH: Final = 32  # bytes
Place = tuple[int, int]
"""(tier, number) of a tile."""


def last_tiles(size: int) -> list[Place]:
    """The tiles that the next leaf of a tree of `size` may change, as far as they are there."""
    places = []
    tier, count = 0, size
    while count:
        if count % WIDTH:
            places.append((tier, count // WIDTH))
        tier, count = tier + 1, count // WIDTH
    return places


def append(tiles: MutableMapping[Place, bytes], size: int, leaves: Iterable[bytes]) -> int:
    """Add leaf hashes to a tree of `size` whose `last_tiles` are in `tiles`; answers the new size.

    Afterwards `tiles` holds every tile that changed or began.
    """
    for leaf in leaves:
        tier, count, entry = 0, size, leaf
        while True:
            place = (tier, count // WIDTH)
            tiles[place] = tiles.get(place, b"") + entry
            count += 1
            if count % WIDTH:
                break
            entry = _fold(tiles[place])
            tier, count = tier + 1, count // WIDTH - 1
        size += 1
    return size


def _fold(hashes: bytes) -> bytes:
    level = [hashes[at : at + _HASH] for at in range(0, len(hashes), _HASH)]
    while len(level) > 1:
        level = [node_hash(level[at], level[at + 1]) for at in range(0, len(level), 2)]
    return level[0]


def nodes(tiles: Mapping[Place, bytes]) -> Node:
    """The tree of these tiles, as `hub.domain.merkle` asks for it. A hash that no tile holds is a `LookupError`."""

    def node(level: int, number: int) -> bytes:
        tier, height = divmod(level, _BITS)
        first = number << height
        tile = tiles[tier, first // WIDTH]
        start = first % WIDTH * _HASH
        hashes = tile[start : start + (_HASH << height)]
        if len(hashes) != _HASH << height:
            message = f"tile {tier}/{first // WIDTH} is too short"
            raise LookupError(message)
        return _fold(hashes)

    return node


def needed(question: Callable[[Node], object]) -> set[Place]:
    """The tiles that `question` (a proof, a head) will look into, so that they can be loaded in one go."""
    places: set[Place] = set()

    def node(level: int, number: int) -> bytes:
        tier, height = divmod(level, _BITS)
        places.add((tier, (number << height) // WIDTH))
        return bytes(_HASH)

    question(node)
    return places
