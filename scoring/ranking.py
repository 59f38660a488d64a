"""Ranking: from histories to slates, a group of people at once, in whole numbers.

    look up the neighbours of each history item -> add their addends up -> hide what may not be shown -> the best keys
    -> one item once -> the strongest addend of each

- Scores are exact sums of addends; equal scores are ordered by item index, the newest first.
- A key packs (score, column, number of the addend): all keys differ, so the partition never meets a sea of equals (which makes
  it ten times slower), and the addends of one item stand side by side after the sort.
- An item has at most one addend per history item, so the best `20 * limit` keys always hold `limit` distinct items, if there
  are that many: no second look is ever needed.
- Seen, excluded and unavailable items never appear. What is missing is filled from the popular order.

About 1,000 addends a person; see `bench/rank.py` for what that costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.decay import HISTORY_LENGTH
from scoring.filling import order_candidates, order_everything, take_first
from scoring.model import Model
from scoring.recent_items import NO_ITEM
from scoring.slates import Ranked
from scoring.workspace import CELL_BITS, GROUP, NUMBER_BITS, Workspace, discard, workspace_for

Items = NDArray[np.int32]
"""Item indices, in any order."""

_NOTHING = np.empty(0, dtype=np.int32)
_ONES = np.ones(HISTORY_LENGTH, dtype=np.int8)
_NUMBER_MASK = (1 << NUMBER_BITS) - 1
_CELL_MASK = (1 << CELL_BITS) - 1


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
        rows: (R, 20) int32, each person's history, newest first, from `History.rows`.
        exclude: per person, items not to show; None for none.
        available: (n_items,), by item index; may be longer than the model's catalogue.
        limit: items per slate, from 1.
        candidates: per person, the only items that may be shown; None for all.

    Returns:
        R slates of at most `limit` items. A prefix of a slate is the slate of a smaller limit.
    """
    only = candidates if candidates is not None else [None] * len(rows)
    slates: list[Ranked] = []
    for first in range(0, len(rows), GROUP):
        part = slice(first, first + GROUP)
        slates += _rank_part(model, rows[part], exclude[part], only[part], available, limit)
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
        row: (20,) the history, newest first.
        item: an item index.

    Returns:
        (history item, addend), the newest first; the addends sum to the item's score exactly, whether or not it may be shown.
    """
    columns = model.column_of[np.minimum(row, model.n_items)]
    column = model.column_of[min(item, model.n_items)]
    recency = model.recency[np.count_nonzero(row != NO_ITEM)]
    found = (model.neighbours[columns] == column) & (model.weights[columns] > 0)
    addends = (model.weights[columns] * found).sum(axis=1) * recency
    return [(int(row[position]), int(addends[position])) for position in np.flatnonzero(addends)]


def _rank_part(
    model: Model,
    rows: NDArray[np.int32],
    exclude: Sequence[Items | None],
    candidates: Sequence[Items | None],
    available: NDArray[np.bool_],
    limit: int,
) -> list[Ranked]:
    """Rank for at most GROUP people, without filling."""
    work = workspace_for(model)
    columns = model.column_of.take(rows, mode="clip")
    try:
        work.sink(available)
        _add_up(model, work, rows, columns)
        _hide(model, work, columns, exclude, candidates)
        keys = _pack(work, len(rows))
        work.restore(len(rows))
    except BaseException:
        discard()
        raise
    return _read(model, work, rows, keys, limit)


def _add_up(model: Model, work: Workspace, rows: NDArray[np.int32], columns: NDArray[np.int64]) -> None:
    """Add every addend to its accumulator; name each by accumulator and number."""
    looked_up = columns.reshape(-1)
    n, n_lookups = len(rows), len(looked_up)
    neighbours = work.shifted.take(looked_up, axis=0, out=work.neighbours[:n_lookups], mode="clip")
    weights = model.weights.take(looked_up, axis=0, out=work.weights[:n_lookups], mode="clip")
    recency = work.recency.take(_count(rows != NO_ITEM), axis=0)
    addends, low, cells = work.addends[:n], work.low[:n], work.cells[:n]
    np.multiply(weights.reshape(n, -1), recency, out=addends)
    np.add(neighbours.reshape(n, -1), work.names[:n], out=low)
    np.right_shift(low, NUMBER_BITS, out=cells)
    np.add.at(work.accumulators.reshape(-1), cells.reshape(-1), addends.reshape(-1))


def _count(true: NDArray[np.bool_]) -> NDArray[np.int8]:
    """How many of each row of a history are true."""
    counts: NDArray[np.int8] = true.view(np.int8).dot(_ONES)
    return counts


def _hide(
    model: Model,
    work: Workspace,
    columns: NDArray[np.int64],
    exclude: Sequence[Items | None],
    candidates: Sequence[Items | None],
) -> None:
    """Set the accumulators of everything that this person may not be shown to zero."""
    cells = work.accumulators.reshape(-1)
    cells[columns + work.starts[: len(columns)]] = 0
    lists = [_NOTHING if items is None else items for items in exclude]
    lengths = [len(items) for items in lists]
    if any(lengths):
        hidden = model.column_of.take(np.concatenate(lists), mode="clip")
        work.accumulators[np.arange(len(lists)).repeat(lengths), hidden] = 0
    for person, items in enumerate(candidates):
        if items is not None:
            own = work.accumulators[person]
            kept = model.column_of.take(items, mode="clip")
            scores = own[kept]
            own[:] = 0
            own[kept] = scores


def _pack(work: Workspace, n: int) -> NDArray[np.int64]:
    """One key per addend, (R, 20 * K): the score above the accumulator's number above the addend's."""
    keys = work.keys[:n]
    keys[...] = work.accumulators.reshape(-1).take(work.cells[:n], out=work.totals[:n], mode="clip")
    keys <<= NUMBER_BITS + CELL_BITS
    keys |= work.low[:n]
    return keys


def _read(
    model: Model, work: Workspace, rows: NDArray[np.int32], keys: NDArray[np.int64], limit: int
) -> list[Ranked]:
    """The best items of each person, each once, with its strongest addend."""
    n, per_person = keys.shape
    window = min(HISTORY_LENGTH * limit, per_person)
    if window < per_person:
        keys.partition(per_person - window, axis=1)
    best = keys[:, per_person - window :].reshape(-1)
    best.reshape(n, window).sort(axis=1)
    edges, bounds = _find_runs(best, n)
    runs = bounds[1:, None] - np.arange(1, limit + 1)
    first, end = edges.take(runs, mode="clip"), edges.take(runs + 1, mode="clip")
    picked = best.take(first) >> NUMBER_BITS
    scores = picked >> CELL_BITS
    if limit > per_person // HISTORY_LENGTH:
        # Only then can somebody have fewer items than places, and `runs` reach into another's keys.
        scores *= runs >= bounds[:-1, None]
    addends, numbers = _strongest(work, best, first, end, per_person)
    because = rows.take(numbers // (per_person // HISTORY_LENGTH), mode="clip")
    items = _items(model, (picked & _CELL_MASK) - work.starts[:n])
    lists = zip(items.tolist(), scores.tolist(), because.tolist(), addends.tolist(), strict=True)
    return [Ranked(i, s, b, a) if s[-1] > 0 else _cut(i, s, b, a) for i, s, b, a in lists]


def _cut(items: list[int], scores: list[int], because: list[int], addends: list[int]) -> Ranked:
    """Keep the places with a score; they are the first."""
    n = sum(score > 0 for score in scores)
    return Ranked(items[:n], scores[:n], because[:n], addends[:n])


def _find_runs(best: NDArray[np.int64], n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the keys of one item begin: each position, and one past the last; of each person, and one past the last, the
    first run.
    """
    named = best >> NUMBER_BITS
    changes = np.empty(len(best) + 1, dtype=np.bool_)
    changes[0] = changes[-1] = True
    np.not_equal(named[1:], named[:-1], out=changes[1:-1])
    edges = np.flatnonzero(changes)
    return edges, edges.searchsorted(np.arange(n + 1) * (len(best) // n))


def _strongest(
    work: Workspace,
    best: NDArray[np.int64],
    first: NDArray[np.int64],
    end: NDArray[np.int64],
    per_person: int,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The largest addend in each run of keys (from `first` to before `end`), and its number in the group: (R, limit) each.

    The keys of a run rise with the number, that is from the newest history item to the oldest: the newest wins among equals.
    """
    n, limit = first.shape
    longest = min(int((end - first).max()), HISTORY_LENGTH)
    places = first.reshape(-1, 1) + np.arange(longest)
    numbers = best.take(places, mode="clip") & _NUMBER_MASK
    numbers.reshape(n, -1)[...] += np.arange(n)[:, None] * per_person
    values = work.addends.take(numbers, mode="clip")
    values *= places < end.reshape(-1, 1)
    winner = values.argmax(axis=1) + np.arange(n * limit) * longest
    return values.take(winner).reshape(n, limit), numbers.take(winner).reshape(n, limit)


def _items(model: Model, columns: NDArray[np.int64]) -> NDArray[np.integer[Any]]:
    return model.columns.take(columns, mode="clip") if len(model.columns) else columns


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
    taken.update(row.tolist())
    if hidden is not None:
        taken.update(hidden.tolist())
    more = take_first(order, available, taken, limit - len(slate.items))
    slate.items += more
    slate.scores += [0] * len(more)
    slate.because += [-1] * len(more)
    slate.addends += [0] * len(more)
