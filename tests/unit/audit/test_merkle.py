"""The tree against the reference vectors, and proofs against the definition."""

from __future__ import annotations

import pytest

from audit import (
    hash_leaf,
    hash_node,
    prove_consistency,
    prove_inclusion,
    root_of,
    subtree_of,
    verify_consistency,
    verify_inclusion,
)
from tests.vectors.audit import load

VECTORS = load("rfc6962")
LEAVES = [hash_leaf(bytes.fromhex(text)) for text in VECTORS["leaves"]]
ROOTS = [bytes.fromhex(text) for text in VECTORS["roots"]]


def test_leaf_and_node_hashes_are_those_of_the_reference() -> None:
    leaf, node = VECTORS["leaf_hash"], VECTORS["node_hash"]
    assert hash_leaf(leaf["entry"].encode()).hex() == leaf["hash"]
    assert hash_node(node["left"].encode(), node["right"].encode()).hex() == node["hash"]


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_reference(size: int) -> None:
    assert root_of(LEAVES[:size]) == ROOTS[size]


def test_the_inclusion_proof_is_that_of_the_reference() -> None:
    case = VECTORS["inclusion"]
    proof = prove_inclusion(case["index"], case["size"], subtree_of(LEAVES))
    assert [part.hex() for part in proof] == case["proof"]


def test_the_consistency_proof_is_that_of_the_reference() -> None:
    case = VECTORS["consistency"]
    proof = prove_consistency(case["old"], case["new"], subtree_of(LEAVES))
    assert [part.hex() for part in proof] == case["proof"]


def test_roots_over_many_leaves_are_those_that_others_get() -> None:
    decimal = VECTORS["decimal_leaves"]
    leaves = [hash_leaf(str(n).encode()) for n in range(65537)]
    for size, root in decimal["roots"].items():
        assert root_of(leaves[: int(size)]).hex() == root


def test_every_inclusion_proof_of_small_trees_verifies_and_only_in_its_place() -> None:
    for size in range(1, 9):
        for index in range(size):
            proof = prove_inclusion(index, size, subtree_of(LEAVES[:size]))
            assert verify_inclusion(LEAVES[index], index, size, proof, ROOTS[size])
            for other in range(-1, size + 1):
                if other != index:
                    assert not verify_inclusion(LEAVES[index], other, size, proof, ROOTS[size])


def test_every_consistency_proof_of_small_trees_verifies_and_only_between_its_sizes() -> None:
    for new in range(1, 9):
        for old in range(1, new + 1):
            proof = prove_consistency(old, new, subtree_of(LEAVES[:new]))
            assert verify_consistency(old, new, ROOTS[old], ROOTS[new], proof)
            for other in range(new + 2):
                if other != old:
                    assert not verify_consistency(other, new, ROOTS[old], ROOTS[new], proof)
            assert not verify_consistency(old, new, ROOTS[old], ROOTS[0], proof)
            assert old == new or not verify_consistency(old, new, ROOTS[0], ROOTS[new], proof)


def test_nothing_is_proved_of_or_with_an_empty_tree() -> None:
    assert not verify_consistency(0, 0, ROOTS[0], ROOTS[0], [])
    assert not verify_consistency(0, 8, ROOTS[0], ROOTS[8], [])
    assert not verify_inclusion(LEAVES[0], 0, 0, [], ROOTS[0])
    with pytest.raises(ValueError, match="outside"):
        prove_inclusion(0, 0, subtree_of([]))
    with pytest.raises(ValueError, match="smaller"):
        prove_consistency(0, 8, subtree_of(LEAVES))


def test_hashes_of_another_length_prove_nothing() -> None:
    proof = prove_inclusion(3, 8, subtree_of(LEAVES))
    assert not verify_inclusion(LEAVES[3], 3, 8, [proof[0] + proof[1], *proof[2:]], ROOTS[8])
    assert not verify_inclusion(LEAVES[3], 3, 8, [proof[0][:31], *proof[1:]], ROOTS[8])
    assert not verify_consistency(5, 8, ROOTS[5], ROOTS[8], [])
