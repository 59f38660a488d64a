"""Substitutes: what stands in for an item that is out of stock, or could replace one that is in the basket."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoring.catalogue import Catalogue
from scoring.composition.content import ContentIndex
from scoring.composition.recipe import UNIT

PRICE_TOLERANCE = 0.3
"""How far a substitute's price may lie from the price of what it stands in for."""

REPLACES = UNIT // 2
"""From this likeness on, within a category, an item could replace another."""

SHOWN = 3
"""Substitutes at the head of a slate."""


def substitutes_of(
    catalogue: Catalogue, item: int, content: ContentIndex | None, may_show: NDArray[np.bool_]
) -> list[int]:
    """What can be had instead: of the same category, the price within 30 %, the most alike first, the newest of equals.

    Args:
        catalogue: what there is.
        item: what cannot be had.
        content: who is like whom, if texts are read.
        may_show: (n_items,) by item index.
    """
    wanted = catalogue.items[item]
    if wanted is None or wanted.category is None:
        return []
    near = dict(zip(*(each.tolist() for each in content.near(item)), strict=True)) if content else {}
    able = [
        other
        for other in catalogue.in_category(wanted.category).tolist()
        if other != item and may_show[other] and _is_near(wanted.price, catalogue, other)
    ]
    return sorted(able, key=lambda other: (-near.get(other, 0), -other))[:SHOWN]


def replacing(catalogue: Catalogue, items: list[int], content: ContentIndex | None) -> list[int]:
    """What could replace one of some items: of its category, and much like it."""
    found: list[int] = []
    for item in items:
        category = catalogue.category_of[item]
        if content is None or category < 0:
            continue
        near, likeness = content.near(item)
        alike = near[(likeness >= REPLACES) & (near < len(catalogue))]
        found += alike[catalogue.category_of[alike] == category].tolist()
    return found


def _is_near(price: float | None, catalogue: Catalogue, other: int) -> bool:
    found = catalogue.items[other]
    if price is None or found is None or found.price is None:
        return price is None
    return abs(found.price - price) <= PRICE_TOLERANCE * price + 1e-9
