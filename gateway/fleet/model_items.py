"""The items that the model of devices is about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from federated import MAX_ITEMS
from gateway.errors import FleetRefusedError
from scoring import Catalogue


def items_of_model(catalogue: Catalogue, categories: Sequence[str]) -> list[str]:
    """All that may be shown of these categories, or of all if none is named, in the order in which they were registered.

    Raises:
        FleetRefusedError: more than a model holds: nothing is cut off in silence.
    """
    is_about = catalogue.available.copy()
    if categories:
        named = [catalogue.category_number.get(each, -1) for each in categories]
        is_about &= np.isin(catalogue.category_of, named) & (catalogue.category_of >= 0)
    numbers = np.flatnonzero(is_about)
    if len(numbers) > MAX_ITEMS:
        raise FleetRefusedError("too_many_items")
    return [catalogue.ids[number] for number in numbers]
