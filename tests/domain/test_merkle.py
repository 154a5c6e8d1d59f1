"""The log's arithmetic against the published vectors of Certificate Transparency (RFC 6962, RFC 9162), and by itself."""

import itertools
import random

import pytest

from hub.domain import merkle, tiles

# The eight leaves, roots and proofs that the implementations of Certificate Transparency are tested with.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = [  # leaf (from 0), size, path
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
CONSISTENCY = [  # first size, second size, path
    (1, 1, []),
    (
        1,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]


def tree(leaves: list[bytes]) -> merkle.Node:
    made: dict[tiles.Place, bytes] = {}
    tiles.append(made, 0, [merkle.leaf_hash(leaf) for leaf in leaves])
    return tiles.nodes(made)


def raw(path: list[str]) -> list[bytes]:
    return [bytes.fromhex(step) for step in path]


@pytest.mark.parametrize("size", range(9))
def test_the_heads_are_the_published_ones(size: int) -> None:
    assert merkle.root(tree(LEAVES), size).hex() == ROOTS[size]


@pytest.mark.parametrize(("number", "size", "path"), INCLUSION)
def test_the_inclusion_proofs_are_the_published_ones(number: int, size: int, path: list[str]) -> None:
    assert merkle.inclusion(tree(LEAVES), number, size) == raw(path)
    assert merkle.is_included(merkle.leaf_hash(LEAVES[number]), number, size, raw(path), raw(ROOTS)[size])


@pytest.mark.parametrize(("first", "second", "path"), CONSISTENCY)
def test_the_consistency_proofs_are_the_published_ones(first: int, second: int, path: list[str]) -> None:
    heads = raw(ROOTS)

    assert merkle.consistency(tree(LEAVES), first, second) == raw(path)
    assert merkle.is_consistent(first, second, raw(path), heads[first], heads[second])


def test_a_proof_holds_for_its_own_leaf_place_size_and_head_alone() -> None:
    node, heads = tree(LEAVES), raw(ROOTS)
    leaves = [merkle.leaf_hash(leaf) for leaf in LEAVES]
    for size in range(1, 9):
        for number in range(size):
            path = merkle.inclusion(node, number, size)
            held = {
                (leaf, place, head)
                for leaf in range(8)
                for place in range(9)
                for head in range(9)
                if merkle.is_included(leaves[leaf], place, size, path, heads[head])
            }
            assert held == {(number, number, size)}
            for at in range(len(path)):
                assert not merkle.is_included(leaves[number], number, size, [*path[:at], *path[at + 1 :]], heads[size])
            assert not merkle.is_included(leaves[number], number, size, [*path, bytes(32)], heads[size])


def test_a_log_that_was_rewritten_is_consistent_with_none_of_its_earlier_heads() -> None:
    before = [b"%d" % number for number in range(700)]
    after = [*before]
    after[300] = b"something else"
    old, new = tree(before), tree(after)
    for first in (301, 512, 600, 699):
        path = merkle.consistency(new, first, 700)
        assert not merkle.is_consistent(first, 700, path, merkle.root(old, first), merkle.root(new, 700))
        assert merkle.is_consistent(first, 700, path, merkle.root(new, first), merkle.root(new, 700))


def test_proofs_hold_at_every_size_across_the_edges_of_tiles() -> None:
    leaves = [merkle.leaf_hash(b"%d" % number) for number in range(66_000)]
    made: dict[tiles.Place, bytes] = {}
    grower, heads, chosen = merkle.Grower(), {}, random.Random(7)
    sizes = sorted({1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 66_000, *chosen.sample(range(2, 66_000), 40)})
    for size, leaf in enumerate(leaves, 1):
        grower.add(leaf)
        if size in sizes:
            heads[size] = grower.head
    size = 0
    while size < len(leaves):  # in groups of every size, as a sequencer appends them
        group = leaves[size : size + chosen.choice((1, 3, 250, 256, 700))]
        last = {place: made[place] for place in tiles.last_tiles(size)}
        size = tiles.append(last, size, group)
        made |= last
    for place, hashes in made.items():
        assert len(hashes) <= 32 * tiles.WIDTH, place

    def ask(question):
        needed = tiles.needed(question)
        assert len(needed) < 10
        return question(tiles.nodes({place: made[place] for place in needed}))

    for first, second in itertools.pairwise(sizes):
        assert ask(lambda node, n=second: merkle.root(node, n)) == heads[second]
        path = ask(lambda node, a=first, b=second: merkle.consistency(node, a, b))
        assert merkle.is_consistent(first, second, path, heads[first], heads[second])
        for number in {0, first - 1, first, second - 1}:
            path = ask(lambda node, a=number, b=second: merkle.inclusion(node, a, b))
            assert merkle.is_included(leaves[number], number, second, path, heads[second])


def test_a_question_about_what_is_not_there_is_refused() -> None:
    node = tree(LEAVES)
    with pytest.raises(ValueError, match="no leaf 8"):
        merkle.inclusion(node, 8, 8)
    with pytest.raises(ValueError, match="no proof"):
        merkle.consistency(node, 0, 8)
    with pytest.raises(LookupError):
        merkle.root(node, 9)
