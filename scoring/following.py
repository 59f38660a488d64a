"""What follows what: how often people had to do with one item soon after another.

    F[i, j] = sum over people and their pairs (i before j) of 2 ** (-(steps between them - 1) / reach)
    C       = F + backward * F.T
    weight[i -> j] = C[i, j] / (people(i) ** damp_source * people(j) ** damp_target)

- F and the number of people per item are sums over people: whoever leaves is subtracted exactly, and nothing is inverted, so
  that a catalogue of any size can be counted.
- Where nothing is known of the order, C is the plain count of people who had to do with both.
- Rows are of distinct items or not; a pair of an item with itself counts only where it is asked for (`itself`).

The damping is that of item-to-item collaborative filtering: Deshpande and Karypis, "Item-Based Top-N Recommendation Algorithms",
ACM TOIS 22(1), 2004, section 4.3.3; the decay over steps is that of recency (see `decay`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix

MAX_STEPS = 64
"""Items further apart than this do not count as following one another."""

_REACHES = 6
"""Half-lives after which a pair is negligible: 1/64."""
_CHUNK = 4_000_000


@dataclass(frozen=True, slots=True)
class Damping:
    """How far popular items are held back, and what the way back counts."""

    backward: float = 0.5
    """What a pair counts against the order, 0 to 1."""
    source: float = 0.4
    """Exponent of the people of the item that is followed."""
    target: float = 0.3
    """Exponent of the people of the item that follows."""


DEFAULT_DAMPING = Damping()
"""What does well on most recordings."""


def count_following(
    people: NDArray[np.int64],
    items: NDArray[Any],
    n_items: int,
    *,
    reach: float,
    itself: bool = False,
    most_steps: int = MAX_STEPS,
) -> csr_matrix:
    """F, for people whose items stand one after the other, the oldest first.

    Args:
        people: (n,) whose, each person's together.
        items: (n,) which, each below `n_items`.
        n_items: size of the catalogue.
        reach: steps after which a pair counts half.
        itself: whether an item may follow itself.
        most_steps: pairs further apart do not count, whatever the reach.

    Returns:
        (n_items, n_items) float32, without a diagonal unless `itself`.
    """
    total = csr_matrix((n_items, n_items), dtype=np.float32)
    waiting: list[tuple[NDArray[Any], NDArray[Any], float]] = []
    held = 0
    for steps in range(1, min(MAX_STEPS, most_steps, round(_REACHES * reach) + 1) + 1):
        same = people[steps:] == people[:-steps]
        here = np.flatnonzero(same if itself else same & (items[steps:] != items[:-steps]))
        if len(here):
            waiting.append((items[here], items[here + steps], 2.0 ** (-(steps - 1) / reach)))
            held += len(here)
        elif not np.any(same):
            break
        if held > _CHUNK:
            total, waiting, held = total + _summed(waiting, n_items), [], 0
    return total + _summed(waiting, n_items)


def weigh_following(
    following: csr_matrix,
    popularity: NDArray[Any],
    damping: Damping,
    *,
    back: csr_matrix | None = None,
    sources: NDArray[Any] | None = None,
) -> csr_matrix:
    """The weights from item to item.

    Args:
        following: F, or some of its rows.
        popularity: (n_items,) people of each item.
        damping: how far popular items are held back.
        back: the same rows of F's transpose; not needed for all of F.
        sources: the items whose rows they are; all, unless told.

    Returns:
        (rows, n_items) float32.
    """
    n_people = np.maximum(popularity, 1).astype(np.float64)
    followed = n_people if sources is None else n_people[sources]
    both = (following + damping.backward * (following.T if back is None else back)).tocsr()
    source = (followed**-damping.source).astype(np.float32)
    target = (n_people**-damping.target).astype(np.float32)
    both.data *= np.repeat(source, np.diff(both.indptr))
    both.data *= target[both.indices]
    return both


def count_together(matrix: csr_matrix) -> csr_matrix:
    """How many people had to do with both, twice over in no order: half of it on either side, without a diagonal."""
    both = (matrix.T @ matrix).tocsr().astype(np.float32, copy=False)
    rows = np.repeat(np.arange(both.shape[0], dtype=both.indices.dtype), np.diff(both.indptr))
    both.data /= 2
    both.data[rows == both.indices] = 0
    both.eliminate_zeros()
    return both


def _summed(pairs: list[tuple[NDArray[Any], NDArray[Any], float]], n_items: int) -> csr_matrix:
    if not pairs:
        return csr_matrix((n_items, n_items), dtype=np.float32)
    weights = np.concatenate([np.full(len(source), weight, dtype=np.float32) for source, _, weight in pairs])
    rows = np.concatenate([source for source, _, _ in pairs])
    columns = np.concatenate([target for _, target, _ in pairs])
    return coo_matrix((weights, (rows, columns)), shape=(n_items, n_items)).tocsr()
