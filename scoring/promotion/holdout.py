"""People whom no model is trained on, so that models can be compared on them: what was last is hidden, and ranked.

- Who they are follows from their slot alone, so two models trained at different times held out the same people.
- NDCG@10 with one hidden item: 1 / log2(1 + rank) if it is among the first ten, else 0; its mean over the people.
- They are people who permit training, and gone from here when they no longer do: nothing is kept between two comparisons.

Source: strong generalisation as in Liang et al., "Variational Autoencoders for Collaborative Filtering", WWW 2018, section 4.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.contributions import Seen
from scoring.decay import HISTORY_LENGTH
from scoring.model import Model
from scoring.ranking import rank_group
from scoring.recent_items import NO_ITEM
from scoring.sightings import ITEM_MASK, items_of

CUT = 10
"""Places that count."""

MOST_PEOPLE = 1000
"""People compared on at most; more would not change the answer."""

_BUCKETS = 1000


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """The people whom a training left out."""

    histories: NDArray[np.int32]
    """(n, 20) what they saw before (sightings), newest first."""
    hidden: NDArray[np.int32]
    """(n,) what they saw last."""

    def __len__(self) -> int:
        """How many people there are."""
        return len(self.hidden)


def hold_out(seen: Seen, share: float) -> tuple[Seen, HeldOut]:
    """What everybody saw, but for the people held out.

    Args:
        seen: by everybody.
        share: of the people, 0 to 1; 0 holds nobody out.

    Returns:
        (The others; those held out who saw two items at least).
    """
    out = _bucket(seen.slots) < round(share * _BUCKETS)
    gone = out[seen.people]
    others = Seen(
        seen.slots[~out],
        (np.cumsum(~out) - 1)[seen.people[~gone]],
        seen.items[~gone],
        None if seen.events is None else seen.events[~gone],
        None if seen.visits is None else seen.visits.of(~out),
    )
    people, items = (np.cumsum(out) - 1)[seen.people[gone]], seen.sightings[gone]
    ends = np.searchsorted(people, np.arange(int(out.sum())), side="right")
    back = ends[people] - 1 - np.arange(len(people))
    rows = np.full((len(ends), HISTORY_LENGTH + 1), NO_ITEM, dtype=np.int32)
    recent = back <= HISTORY_LENGTH
    rows[people[recent], back[recent]] = items[recent]
    usable = rows[rows[:, 1] != NO_ITEM][:MOST_PEOPLE]
    return others, HeldOut(np.ascontiguousarray(usable[:, 1:]), usable[:, 0] & ITEM_MASK)


def quality_of(model: Model, held: HeldOut, available: NDArray[np.bool_]) -> float:
    """NDCG@10 of a model on the people held out; 0 for nobody.

    Args:
        model: any.
        held: whom it was not trained on.
        available: (n_items,), as for ranking.
    """
    if not len(held):
        return 0.0
    slates = rank_group(model, held.histories, exclude=[None] * len(held), available=available, limit=CUT)
    gains = [
        1 / np.log2(2 + slate.items.index(hidden)) if hidden in slate.items else 0.0
        for slate, hidden in zip(slates, held.hidden.tolist(), strict=True)
    ]
    return float(np.mean(gains))


def quality_of_popularity(model: Model, held: HeldOut) -> float:
    """NDCG@10 of showing everybody what is popular, by a model's own counts: the least that a model must beat."""
    if not len(held):
        return 0.0
    place_of = np.full(model.n_items + 1, model.n_items, dtype=np.int64)
    place_of[model.order] = np.arange(model.n_items)
    places = place_of[np.minimum(held.hidden, model.n_items)]
    seen = place_of[np.minimum(items_of(held.histories), model.n_items)]
    places = places - (seen < places[:, None]).sum(axis=1)  # nobody is shown what they have seen
    return float(np.where(places < CUT, 1 / np.log2(2 + places), 0.0).mean())


def _bucket(slots: NDArray[np.int64]) -> NDArray[np.int64]:
    """0 to 999 for each slot, well mixed."""
    mixed = (slots.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    return ((mixed >> np.uint64(40)) % np.uint64(_BUCKETS)).astype(np.int64)
