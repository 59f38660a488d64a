"""The right edge grows into the same roots as the definition."""

from __future__ import annotations

import pytest

from audit import Edge, hash_leaf, root_of

LEAVES = [hash_leaf(str(n).encode()) for n in range(300)]


def test_its_root_is_the_root_at_every_size() -> None:
    edge = Edge()
    for size, leaf in enumerate(LEAVES):
        assert edge.root() == root_of(LEAVES[:size])
        edge.append(leaf)
    assert edge.size == 300


def test_leaves_added_together_and_one_by_one_give_the_same() -> None:
    together, single = Edge(), Edge()
    together.extend(LEAVES[:77])
    together.extend(LEAVES[77:])
    for leaf in LEAVES:
        single.append(leaf)
    assert (together.size, together.root()) == (single.size, single.root())


def test_a_copy_goes_its_own_way() -> None:
    edge = Edge()
    edge.extend(LEAVES[:5])
    twin = edge.copy()
    twin.append(LEAVES[5])
    assert edge.root() == root_of(LEAVES[:5])
    assert twin.root() == root_of(LEAVES[:6])


@pytest.mark.parametrize(("size", "stack"), [(1, []), (2, [b"x" * 32, b"y" * 32]), (1, [b"short"])])
def test_hashes_that_no_tree_of_the_size_has_are_refused(size: int, stack: list[bytes]) -> None:
    with pytest.raises(ValueError, match="one hash"):
        Edge(size, stack)
