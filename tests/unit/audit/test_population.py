"""A range of the log with what lies around it: the root is the signed one, or something is not what it was."""

from __future__ import annotations

import pytest

from audit import ProofError, hash_leaf, pieces_of, root_around, root_of, subtree_of, surround
from audit.population import Surroundings, covering

LEAVES = [hash_leaf(str(n).encode()) for n in range(37)]
SUBTREE = subtree_of(LEAVES)


def _root(first: int, until: int, leaves: list[bytes], size: int = 37) -> bytes:
    around = surround(first, until, 37, SUBTREE)
    return root_around(first, until, size, around, pieces_of(first, leaves))


@pytest.mark.parametrize("first", range(38))
def test_every_range_with_its_surroundings_has_the_root(first: int) -> None:
    for until in range(first, 38):
        assert _root(first, until, LEAVES[first:until]) == root_of(LEAVES)


def test_leaves_one_by_one_are_the_same_as_subtrees() -> None:
    around = surround(5, 20, 37, SUBTREE)
    assert root_around(5, 20, 37, around, [(0, leaf) for leaf in LEAVES[5:20]]) == root_of(LEAVES)


@pytest.mark.parametrize(
    "tamper",
    [
        lambda leaves: [*leaves[:3], hash_leaf(b"other"), *leaves[4:]],
        lambda leaves: [leaves[1], leaves[0], *leaves[2:]],
    ],
    ids=["changed", "moved"],
)
def test_a_changed_or_moved_leaf_has_another_root(tamper: object) -> None:
    assert _root(5, 20, tamper(LEAVES[5:20])) != root_of(LEAVES)  # type: ignore[operator]


@pytest.mark.parametrize("length", [14, 16])
def test_a_range_that_is_shorter_or_longer_than_it_says_is_refused(length: int) -> None:
    with pytest.raises(ProofError):
        _root(5, 20, LEAVES[5 : 5 + length])


def test_hashes_around_that_are_too_many_or_too_few_are_refused() -> None:
    around = surround(5, 20, 37, SUBTREE)
    for left, right in ((around.left[1:], around.right), (around.left, (*around.right, LEAVES[0]))):
        with pytest.raises(ProofError):
            root_around(5, 20, 37, Surroundings(left, right), pieces_of(5, LEAVES[5:20]))


@pytest.mark.parametrize(("first", "until"), [(-1, 3), (4, 3), (0, 38)])
def test_a_range_outside_the_tree_is_refused(first: int, until: int) -> None:
    with pytest.raises(ProofError):
        surround(first, until, 37, SUBTREE)


def test_what_is_no_hash_or_stands_at_no_multiple_of_its_size_is_refused() -> None:
    around = surround(5, 20, 37, SUBTREE)
    for piece in ((0, b"short"), (1, LEAVES[0]), (-1, LEAVES[0])):
        with pytest.raises(ProofError):
            root_around(5, 20, 37, around, [piece])


def test_the_subtrees_that_cover_a_range_are_complete_and_meet() -> None:
    places = list(covering(5, 20))
    assert places == [(0, 5), (1, 3), (3, 1), (2, 4)]
