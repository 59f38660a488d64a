"""Filling a slate from a fixed order: the next items that may be shown and are not hidden."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

import numpy as np
from numpy.typing import NDArray

from scoring.model import Model, popular_order

_PART = 256
_LONG_PART = 8192


def take_first(
    order: NDArray[np.int32], available: NDArray[np.bool_], hidden: AbstractSet[int], limit: int
) -> list[int]:
    """The first `limit` items of `order` that are available and not hidden.

    Args:
        order: (n,) item indices below `len(available)`, each once.
        available: by item index.
        hidden: items not to take.
        limit: how many at most.
    """
    taken: list[int] = []
    for first in range(0, len(order) if limit > 0 else 0, _PART):
        part = order[first : first + _PART]
        for item in part[available[part]].tolist():
            if item not in hidden:
                taken.append(item)
                if len(taken) == limit:
                    return taken
    return taken


def first_allowed(order: NDArray[np.int32], allowed: NDArray[np.bool_], limit: int) -> NDArray[np.int32]:
    """The first `limit` items of `order` for which `allowed`, by item index, is true; an array at a time, for long slates."""
    found: list[NDArray[np.int32]] = [order[:0]]
    for first in range(0, len(order), _LONG_PART):
        part = order[first : first + _LONG_PART]
        found.append(part[allowed[part]][:limit])
        limit -= len(found[-1])
        if not limit:
            break
    return np.concatenate(found)


def order_everything(model: Model, n_items: int) -> NDArray[np.int32]:
    """All items of a catalogue by popularity, the newest first among equals; what came after the model has none: (n_items,)."""
    if n_items == model.n_items:
        return model.order
    return popular_order(popularity_of(model, np.arange(n_items)))


def order_candidates(model: Model, candidates: NDArray[np.int32], n_items: int) -> NDArray[np.int32]:
    """Some items by popularity, each once, those that are no index of the catalogue left out.

    Args:
        model: whose counts are used.
        candidates: (n,) item indices, in any order, perhaps repeated.
        n_items: of the catalogue.

    Returns:
        (m,) item indices, m <= n, the most popular first, the newest first among equals.
    """
    rising = np.unique(candidates)
    known = rising[(rising >= 0) & (rising < n_items)]
    return known[popular_order(popularity_of(model, known))].astype(np.int32)


def popularity_of(model: Model, items: NDArray[np.integer]) -> NDArray[np.int32]:
    """How popular some items are.

    Args:
        model: whose counts are used.
        items: (n,) item indices, none negative.

    Returns:
        (n,) distinct people, counted up to the bound of contributions; 0 for items that came after the model.
    """
    counts = np.zeros(len(items), dtype=np.int32)
    known = items < model.n_items
    counts[known] = model.popularity[items[known]]
    return counts
