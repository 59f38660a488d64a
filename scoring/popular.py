"""The unpersonalised slate: what the context suggests, then what is popular.

- It is made of no person's data but the shared counts.
- With a category in the context its items come first. Before any model, and after a retirement, the newest items stand in.
- Popularity comes from the same model as everything else: a retired model takes its counts along.
- The head of each order is kept until the catalogue or the model changes, so that a slate costs a few microseconds.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

import numpy as np
from numpy.typing import NDArray

from scoring.catalogue import Catalogue
from scoring.filling import first_allowed, order_candidates, order_everything, take_first
from scoring.model import Model
from scoring.slates import Ranked, popular_slate

HEAD_ITEMS = 200
"""Items kept ready of each order."""

_NOTHING: frozenset[int] = frozenset()


class Popular:
    """Makes unpersonalised slates. Lives on the event loop."""

    def __init__(self, catalogue: Catalogue, model: Model) -> None:
        """Serve items of `catalogue` by the popularity in `model`."""
        self._catalogue = catalogue
        self.model = model
        """The model whose counts are used."""
        self._order: NDArray[np.int32] = order_everything(model, len(catalogue))
        self._heads: dict[str | None, list[int]] = {}
        self._version = catalogue.version

    def adopt(self, model: Model) -> None:
        """Use another model's counts from now on."""
        self.model = model
        self._order = order_everything(model, len(self._catalogue))
        self._heads.clear()

    def slate(
        self,
        limit: int,
        category: str | None = None,
        exclude: NDArray[np.int32] | None = None,
        candidates: NDArray[np.int32] | None = None,
    ) -> Ranked:
        """Make a slate.

        Args:
            limit: how many items at most.
            category: of the context; its items come first. An unknown one changes nothing.
            exclude: (n,) item indices not to show, in any order.
            candidates: (n,) item indices, the only ones that may be shown, if given; in any order.
        """
        self._catch_up()
        hidden: set[int] = set() if exclude is None else set(exclude.tolist())
        if candidates is not None:
            return popular_slate(self._choose(category, candidates, hidden, limit))
        items: list[int] = []
        if category in self._catalogue.category_number:
            items = self._take(category, hidden, limit)
            hidden.update(items)
        if len(items) < limit:
            items = items + self._take(None, hidden, limit - len(items))
        return popular_slate(items)

    def fill(self, allowed: NDArray[np.bool_], limit: int, category: str | None = None) -> NDArray[np.int32]:
        """The most popular of the items that are allowed, at most `limit`.

        Args:
            allowed: (n_items,) by item index.
            limit: how many.
            category: of the context; its items come first.
        """
        self._catch_up()
        number = self._catalogue.category_number.get(category) if category is not None else None
        if number is None:
            return first_allowed(self._order, allowed, limit)
        inside = self._catalogue.category_of == number
        found = first_allowed(self._order, allowed & inside, limit)
        return np.concatenate((found, first_allowed(self._order, allowed & ~inside, limit - len(found))))

    def _take(self, category: str | None, hidden: AbstractSet[int], limit: int) -> list[int]:
        """From the head if it suffices, from the whole order if not."""
        head = self._heads.get(category)
        if head is None:
            head = self._heads[category] = self._from_order(category, _NOTHING, HEAD_ITEMS)
        items = [item for item in head[: limit + len(hidden)] if item not in hidden][:limit]
        if len(items) < limit and len(head) == HEAD_ITEMS:
            return self._from_order(category, hidden, limit)
        return items

    def _from_order(self, category: str | None, hidden: AbstractSet[int], limit: int) -> list[int]:
        order = self._order
        if category is not None:
            order = order[self._catalogue.category_of[order] == self._catalogue.category_number[category]]
        return take_first(order, self._catalogue.available, hidden, limit)

    def _choose(
        self, category: str | None, candidates: NDArray[np.int32], hidden: AbstractSet[int], limit: int
    ) -> list[int]:
        order = order_candidates(self.model, candidates, len(self._catalogue))
        number = self._catalogue.category_number.get(category) if category is not None else None
        if number is not None:
            order = order[np.argsort(self._catalogue.category_of[order] != number, kind="stable")]
        return take_first(order, self._catalogue.available, hidden, limit)

    def _catch_up(self) -> None:
        """Follow the catalogue."""
        if self._version != self._catalogue.version:
            self._version = self._catalogue.version
            self._heads.clear()
            if len(self._order) != len(self._catalogue):
                self._order = order_everything(self.model, len(self._catalogue))
