"""A sighting: an item and what was done with it, in one whole number, so that a history needs no more room for both.

    sighting = item + event * 2 ** 24        event: a code, 0 to 63; 0 where nobody said what was done

`UNUSED` is added where a person does not want it to be used: it has its place in the history, and nothing else.
What the codes mean is the gateway's business: it numbers the events of the policy.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

EVENT_SHIFT = 24
"""Bits of an item index."""
N_EVENTS = 64
"""Codes there are."""
ITEM_MASK = (1 << EVENT_SHIFT) - 1
"""The bits of the item."""
EVENT_MASK = N_EVENTS - 1
"""The bits of the event, once they are shifted."""

UNUSED = 1 << 30
"""The bit above the event."""

NO_ITEM = 0x7FFF_FFFF
"""Fills the rest of a row: greater than any sighting."""

Whole = TypeVar("Whole", int, NDArray[Any])


def sighting_of(item: Whole, event: Whole) -> Whole:
    """An item and an event as one; plain numbers or arrays of them."""
    found: Whole = item | (event << EVENT_SHIFT)
    return found


def items_of(row: NDArray[np.int32]) -> NDArray[np.int32]:
    """The items of a row of a history, those that may be used; the rest is beyond every catalogue."""
    items: NDArray[np.int32] = np.where(row < UNUSED, row & ITEM_MASK, row)
    return items


def events_of(sightings: NDArray[Any]) -> NDArray[Any]:
    """The code of what was done, of each; of an empty place any."""
    found: NDArray[Any] = (sightings >> EVENT_SHIFT) & EVENT_MASK
    return found
