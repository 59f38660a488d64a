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

from itertools import pairwise
from math import log2

import numpy as np
from numpy.typing import NDArray

_LEAST, _MOST = 0.9, 1.1
_FADING = 0.999


class Exposure:
    """What each provider was shown, by placement."""

    def __init__(self) -> None:
        """Nobody was shown yet."""
        self._had: dict[str, dict[int, float]] = {}

    def ratios(self, placement: str, due: dict[int, float]) -> dict[int, float]:
        """Each provider's exposure in proportion to its due share (which add up to 1)."""
        had = self._had.get(placement, {})
        total = sum(had.values())
        return {each: had.get(each, 0.0) / (share * total) if total else 1.0 for each, share in due.items()}

    def place(
        self,
        placement: str,
        order: NDArray[np.int64],
        provider_of: NDArray[np.int32],
        due: dict[int, float],
        places: int,
    ) -> list[int]:
        """Fill the places.

        Args:
            placement: whose account is meant.
            order: items, the best first.
            provider_of: (len(order),) their providers; who has none is a provider, too.
            due: each provider's share of all, adding up to 1.
            places: how many.

        Returns:
            Items in order; their exposure is counted.
        """
        had = {each: _FADING * n for each, n in self._had.get(placement, {}).items() if each in due}
        waiting = _ranks_by_provider(provider_of, due, places)
        chosen: list[int] = []
        for rank in range(1, places + 1):
            able = [each for each, ranks in waiting.items() if ranks]
            if not able:
                break
            gain = 1 / log2(rank + 1)
            total = sum(had.values()) + gain
            provider = _whose_turn(able, had, due, total, gain, {each: waiting[each][-1] for each in able})
            chosen.append(int(order[waiting[provider].pop()]))
            had[provider] = had.get(provider, 0.0) + gain
        self._had[placement] = had
        return chosen


def _ranks_by_provider(
    provider_of: NDArray[np.int32], due: dict[int, float], places: int
) -> dict[int, list[int]]:
    """Where in the order each provider's best items stand, the best last; as many as there are places, of who is in `due`."""
    found: dict[int, list[int]] = {each: [] for each in due}
    if not len(provider_of):
        return found
    by_provider = np.argsort(provider_of, kind="stable")
    grouped = provider_of[by_provider]
    starts = [0, *(np.flatnonzero(grouped[1:] != grouped[:-1]) + 1).tolist(), len(grouped)]
    for at, end in pairwise(starts):
        provider = int(grouped[at])
        if provider in found:
            found[provider] = by_provider[at : min(end, at + places)].tolist()[::-1]
    return found


def _whose_turn(
    able: list[int],
    had: dict[int, float],
    due: dict[int, float],
    total: float,
    gain: float,
    best_rank: dict[int, int],
) -> int:
    below = {each: had.get(each, 0.0) / (due[each] * total) for each in able}
    poorest = min(able, key=lambda each: (below[each], best_rank[each]))
    if below[poorest] < _LEAST:
        return poorest
    fitting = [each for each in able if (had.get(each, 0.0) + gain) / (due[each] * total) <= _MOST]
    return min(fitting, key=lambda each: best_rank[each]) if fitting else poorest
