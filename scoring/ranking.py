"""Ranking: from histories to slates, a group of people at once, in whole numbers.

    look up the neighbours of each history item -> add their addends up -> hide what may not be shown -> keep the best
    -> the strongest addend of each -> fill up

- Scores are exact sums of addends; equal scores are ordered by item index, the newest first.
- Seen, excluded and unavailable items never appear. What is missing is filled from the popular order.
- The loops are machine code (`compiled_ranking`): about 1,000 addends a person; see `bench/rank.py` for what that costs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scoring.compiled_ranking import NO_LIST, prepare_ranking
from scoring.filling import order_candidates, order_everything, take_first
from scoring.model import Model
from scoring.sightings import items_of
from scoring.slates import Ranked

Items = NDArray[np.int32]
"""Item indices, in any order."""

_NOTHING = np.empty(0, dtype=np.int32)


def rank_group(
    model: Model,
    rows: NDArray[np.int32],
    *,
    exclude: Sequence[Items | None],
    available: NDArray[np.bool_],
    limit: int,
    candidates: Sequence[Items | None] | None = None,
) -> list[Ranked]:
    """Rank for a group of people.

    Args:
        model: the shared model.
        rows: (R, 20) int32, each person's history (sightings), newest first, from `History.rows`.
        exclude: per person, items not to show; None for none.
        available: (n_items,), by item index; may be longer than the model's catalogue.
        limit: items per slate, from 1.
        candidates: per person, the only items that may be shown; None for all.

    Returns:
        R slates of at most `limit` items. A prefix of a slate is the slate of a smaller limit.
    """
    only = candidates if candidates is not None else [None] * len(rows)
    slates = _rank_histories(model, rows, exclude, only, available, limit)
    everything: NDArray[np.int32] | None = None
    for slate, row, hidden, allowed in zip(slates, rows, exclude, only, strict=True):
        if len(slate.items) < limit:
            if allowed is not None:
                order = order_candidates(model, allowed, len(available))
            elif everything is None:
                order = everything = order_everything(model, len(available))
            else:
                order = everything
            _fill(slate, order, row, hidden, available, limit)
    return slates


def explain(model: Model, row: NDArray[np.int32], item: int) -> list[tuple[int, int]]:
    """Every addend of an item's score.

    Args:
        model: the model.
        row: (20,) the history (sightings), newest first.
        item: an item index.

    Returns:
        (history item, addend), the newest first; the addends sum to the item's score exactly, whether or not it may be shown.
    """
    items = items_of(row)
    columns = model.column_of[np.minimum(items, model.n_items)]
    column = model.column_of[min(item, model.n_items)]
    found = (model.neighbours[columns] == column) & (model.weights[columns] > 0)
    addends = (model.weights[columns] * found).sum(axis=1) * model.weigh(row)
    return [(int(items[position]), int(addends[position])) for position in np.flatnonzero(addends)]


def _rank_histories(
    model: Model,
    rows: NDArray[np.int32],
    exclude: Sequence[Items | None],
    candidates: Sequence[Items | None],
    available: NDArray[np.bool_],
    limit: int,
) -> list[Ranked]:
    """Rank without filling."""
    ranked = np.zeros((4, len(rows), limit), dtype=np.int32)
    prepare_ranking()(
        model.neighbours,
        model.weights,
        model.columns,
        model.column_of,
        model.recency,
        model.shares,
        rows,
        available,
        *_in_one(exclude),
        *_in_one(candidates),
        ranked,
    )
    lists = zip(*ranked.tolist(), strict=True)
    return [Ranked(i, s, b, a) if s[-1] > 0 else _cut(i, s, b, a) for i, s, b, a in lists]


def _in_one(lists: Sequence[Items | None]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Several lists of items one behind the other, and where each ends; NO_LIST where there is none."""
    end = 0
    ends = []
    for items in lists:
        if items is None:
            ends.append(NO_LIST)
        else:
            ends.append(end := end + len(items))
    given = [items for items in lists if items is not None]
    return np.concatenate(given) if given else _NOTHING, np.array(ends, dtype=np.int64)


def _cut(items: list[int], scores: list[int], because: list[int], addends: list[int]) -> Ranked:
    """Keep the places with a score; they are the first."""
    n = sum(score > 0 for score in scores)
    return Ranked(items[:n], scores[:n], because[:n], addends[:n])


def _fill(
    slate: Ranked,
    order: NDArray[np.int32],
    row: NDArray[np.int32],
    hidden: Items | None,
    available: NDArray[np.bool_],
    limit: int,
) -> None:
    """Fill a slate up with popular items."""
    taken = set(slate.items)
    taken.update(items_of(row).tolist())
    if hidden is not None:
        taken.update(hidden.tolist())
    more = take_first(order, available, taken, limit - len(slate.items))
    slate.items += more
    slate.scores += [0] * len(more)
    slate.because += [-1] * len(more)
    slate.addends += [0] * len(more)
