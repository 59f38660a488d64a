"""Earlier sightings: how often, and when, people came back to what stands in their history.

- Of each item a history (or a contribution) keeps the last sighting. Those before it stand here: of a person the last 20 that
  are no item's last, newest first. The same item in the same second is one sighting.
- Each has its own time, so whatever is dropped by time (retention, a reset) takes the ones before with it, and no more.
- What lies before the last sighting of the oldest of a full history says nothing (`ages_of`): the history forgot what else was
  there. So which order events arrive in does not matter here either.
- Only who came back to something has a row: 172 bytes; 4 for everybody else.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoring.recent_items import WORTH_AN_ARRAY, RecentItems
from scoring.sightings import ITEM_MASK, UNUSED

EARLIER_LENGTH = 20
"""Earlier sightings kept of a person."""

Sightings = list[tuple[int, int]]
"""Sightings with their times (unix seconds), newest first."""


class EarlierSightings(RecentItems):
    """The last 20 sightings of each slot that are no item's last."""

    distinct = False

    def __init__(self) -> None:
        """Start with nobody."""
        super().__init__(EARLIER_LENGTH)

    def take(self, displaced: list[tuple[int, int, int]]) -> None:
        """Keep what rows of last sightings gave back: (slot, sighting, unix seconds) each."""
        if len(displaced) < WORTH_AN_ARRAY:
            for slot, sighting, at in displaced:
                self.add(slot, sighting & ~UNUSED, at)
        else:
            slots, sightings, times = zip(*displaced, strict=True)
            self.add_many(list(slots), [sighting & ~UNUSED for sighting in sightings], list(times))


def ages_of(last: Sightings, earlier: Sightings, width: int) -> list[tuple[int, int]]:
    """How old every sighting of the items of a history is: by how many sightings of any of them came later.

    Args:
        last: of each item the last.
        earlier: of the same person, from `EarlierSightings`.
        width: how many items a full history has.

    Returns:
        (number of the item in `last`, age), the newest sighting first. Those of one second have the age of the newest of them.
    """
    place = {item & ITEM_MASK: n for n, (item, _) in enumerate(last)}
    since = last[-1][1] if len(last) == width else -1
    known = [
        (place[item & ITEM_MASK], at) for item, at in earlier if at > since and item & ITEM_MASK in place
    ]
    every = sorted([*((n, at) for n, (_, at) in enumerate(last)), *known], key=lambda each: -each[1])
    times = np.array([-at for _, at in every])
    ages: NDArray[np.int64] = np.searchsorted(times, times)
    return [(n, int(age)) for (n, _), age in zip(every, ages.tolist(), strict=True)]
