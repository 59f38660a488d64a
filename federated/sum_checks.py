"""What an opened cohort sum must be like if all its devices were honest; what is not like that is not added up.

Masks hide each contribution, so only sums can be looked at. Of n honest contributions every value lies between 0 and
n * v(1), no pair is commoner than either of its items, the norm is at most n * C, and an item's row is at most
`max_items` times its diagonal. Whoever breaks the clip by very much breaks one of these. The bounds are those of
all n together: what honest devices leave of them, one that breaks the clip can use, the more so where no cohorts are compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from federated.contribution import Clip, place_of_pair, square_of

_OUTLYING = 6.0
"""Standard deviations beyond which an item's weight sets a cohort apart."""


class CohortFinding(StrEnum):
    """What is wrong with a cohort's sum."""

    OUT_OF_RANGE = "out-of-range"
    """A value below 0, or above what that many contributions can hold."""
    TOO_LONG = "too-long"
    """The norm is above the number of devices times the clip."""
    PAIR_WITHOUT_ITEMS = "pair-without-items"
    """Two items are known together more often than one of them alone."""
    TOO_MANY_PAIRS = "too-many-pairs"
    """An item has more pairs than histories of the greatest length have."""
    UNLIKE_THE_OTHERS = "unlike-the-others"
    """One item's share is far from what it is in the other cohorts."""


def as_signed(total: NDArray[np.uint32]) -> NDArray[np.int64]:
    """The sum modulo 2**32 as whole numbers from -2**31 on: honest sums are never negative."""
    return total.astype(np.int32).astype(np.int64)


def sound_cohorts(
    totals: Sequence[NDArray[np.int64]], n_items: int, n_devices: Sequence[int], clip: Clip
) -> list[int]:
    """The cohorts (by place) whose sums are added up: all that honest devices can have made, and that are like the others.

    None at all if more than half fall out: whoever can spoil most of a round shall not choose what is left of it.

    Args:
        totals: opened sums, one per cohort, as `as_signed` gives them.
        n_items: m.
        n_devices: devices per cohort.
        clip: of the round.
    """
    checked = [check_cohort(total, n_items, n, clip) for total, n in zip(totals, n_devices, strict=True)]
    passed = [place for place, finding in enumerate(checked) if finding is None]
    apart = compare_cohorts(
        [totals[place] for place in passed], n_items, [n_devices[place] for place in passed], clip
    )
    sound = [place for position, place in enumerate(passed) if position not in apart]
    return sound if 2 * len(sound) >= len(totals) else []


def check_cohort(total: NDArray[np.int64], n_items: int, n_devices: int, clip: Clip) -> CohortFinding | None:
    """The first thing that honest devices cannot have made, or None.

    Args:
        total: the opened sum of one cohort, as `as_signed` gives it.
        n_items: m, with m (m + 1) / 2 values.
        n_devices: whose contributions it holds.
        clip: of the round.
    """
    if total.min() < 0 or total.max() > n_devices * clip.value_of(1):
        return CohortFinding.OUT_OF_RANGE
    if float(np.linalg.norm(total.astype(np.float64))) > n_devices * clip.norm:
        return CohortFinding.TOO_LONG
    square = square_of(total, n_items)
    alone = np.diag(square)
    if (square > np.minimum(alone[:, None], alone[None, :])).any():
        return CohortFinding.PAIR_WITHOUT_ITEMS
    if (square.sum(axis=1) > clip.max_items * alone).any():
        return CohortFinding.TOO_MANY_PAIRS
    return None


def compare_cohorts(
    totals: Sequence[NDArray[np.int64]], n_items: int, n_devices: Sequence[int], clip: Clip
) -> list[int]:
    """The cohorts (by place) in which some item's weight per device is far above its median over all cohorts.

    How far is far follows from chance: of devices that know an item independently of one another, the weight per device spreads
    by no more than the square root of v(1) times its mean, divided by their number. With fewer than four cohorts nobody is
    told apart from anybody.

    Args:
        totals: opened sums, one per cohort.
        n_items: m.
        n_devices: devices per cohort.
        clip: of the round.
    """
    if len(totals) < 4:
        return []
    places = np.arange(n_items)
    diagonal = place_of_pair(places, places, n_items)
    sizes = np.array(n_devices)[:, None]
    weights = np.array([total[diagonal] for total in totals]) / sizes
    usual = np.median(weights, axis=0)
    most = clip.value_of(1)
    spread = np.sqrt(np.maximum(usual, most / sizes) * most / sizes)
    far = (weights - usual) > _OUTLYING * spread
    return [place for place, outlying in enumerate(far.any(axis=1)) if outlying]
