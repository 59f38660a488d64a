"""A range of a log, shown to be whole: with a few hashes of what lies around it, its leaves have the root that was signed.

Whoever is given every leaf hash of a range [first, until), of the entries shown to them and of those that are not, computes the
root with the surroundings. If it is the signed one, no entry of the range was left out, added, moved or changed: each hash that
stands for a hidden entry can only be answered for with that entry.

Source: RFC 6962 section 2.1; the subtrees left and right of the range are the complete ones, as in its inclusion proofs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from audit.edge import Edge
from audit.errors import ProofError
from audit.merkle import Subtree, root_of

Piece = tuple[int, bytes]
"""A complete subtree: its level (it has 2**level leaves) and its hash."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The complete subtrees outside a range, from left to right."""

    left: tuple[bytes, ...]
    """Hashes of those before it."""
    right: tuple[bytes, ...]
    """Hashes of those behind it."""


def covering(low: int, high: int) -> Iterator[tuple[int, int]]:
    """The fewest complete subtrees that are the leaves [low, high), from left to right: level, and index at that level."""
    while low < high:
        level = (high - low).bit_length() - 1
        if low:
            level = min(level, (low & -low).bit_length() - 1)
        yield level, low >> level
        low += 1 << level


def pieces_of(first: int, leaves: Sequence[bytes]) -> list[Piece]:
    """The complete subtrees over leaf hashes that stand from `first` on."""
    return [
        (level, root_of(leaves[(index << level) - first : (index + 1 << level) - first]))
        for level, index in covering(first, first + len(leaves))
    ]


def surround(first: int, until: int, size: int, subtree: Subtree) -> Surroundings:
    """What lies around the range in the log of `size` entries.

    Raises:
        ProofError: there is no such range in it.
    """
    if not 0 <= first <= until <= size:
        raise ProofError("the range lies outside the tree")
    return Surroundings(
        tuple(subtree(*place) for place in covering(0, first)),
        tuple(subtree(*place) for place in covering(until, size)),
    )


def root_around(first: int, until: int, size: int, around: Surroundings, within: Iterable[Piece]) -> bytes:
    """The root of the tree that has `within` at [first, until) and `around` everywhere else.

    Args:
        first: the first index of the range.
        until: the index behind it.
        size: of the log.
        around: the rest of the tree.
        within: complete subtrees (leaves are those of level 0) that make up the range, from left to right.

    Raises:
        ProofError: these are not the pieces of such a tree.
    """
    right = list(covering(until, size))
    if not 0 <= first <= until <= size or len(right) != len(around.right):
        raise ProofError("the hashes around the range are not those of such a tree")
    try:
        edge = Edge(first, around.left)
        for level, part in within:
            edge.graft(level, part)
        if edge.size != until:
            raise ProofError("the range has another length than it says")
        for (level, _), part in zip(right, around.right, strict=True):
            edge.graft(level, part)
    except ValueError as exc:
        raise ProofError("the hashes of the range are not those of such a tree") from exc
    return edge.root()
