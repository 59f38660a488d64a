"""Exposure: providers are shown in proportion to what they offer.

- The exposure of a place falls with its rank as `1 / log2(rank + 1)`, rank from 1.
- A provider's due is its share of the items that may be shown. Its ratio is the exposure that it had, divided by its due
  share of all.
- Place by place: if some provider stands below 0.9 of its due, the one furthest below gets the place with its best item;
  otherwise the best item whose provider stays within 1.1. So after some slates every ratio lies within 0.8 and 1.25, the
  four-fifths rule, as long as providers have items to show.
- Exposure fades by a thousandth a slate, so the past does not weigh for ever.

It counts places of providers, not people. Lives on the event loop; no locks.

Source: Singh and Joachims, Fairness of exposure in rankings, KDD 2018; Morik et al., Controlling fairness and bias in dynamic
learning-to-rank, SIGIR 2020.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoring.catalogue import Catalogue
from scoring.composition.compiled_placing import prepare_placing

_FADING = 0.999


class Exposure:
    """What each provider was shown, by placement."""

    def __init__(self) -> None:
        """Nobody was shown yet."""
        self._had: dict[str, NDArray[np.float64]] = {}

    def place(
        self,
        placement: str,
        order: NDArray[np.int64],
        catalogue: Catalogue,
        may_show: NDArray[np.bool_],
        places: int,
    ) -> list[int]:
        """Fill the places.

        Args:
            placement: whose account is meant.
            order: items that may be shown, the best first.
            catalogue: knows whose they are; who has no provider is one, too.
            may_show: (n_items,), by item index: what providers offer.
            places: how many.

        Returns:
            Items in order; their exposure is counted.
        """
        loops = prepare_placing()
        offers = np.zeros(catalogue.n_providers + 1)
        loops.count_offers(catalogue.provider_of, may_show, offers)
        before = self._had.get(placement, offers[:0])
        had = np.zeros(len(offers))
        had[: len(before)] = before * _FADING
        had[offers == 0] = 0  # who offers nothing any more is owed nothing
        chosen = np.empty(places, dtype=np.int64)
        n = loops.share_out(catalogue.provider_of[order] + 1, offers, had, chosen)
        self._had[placement] = had
        found: list[int] = order[chosen[:n]].tolist()
        return found
