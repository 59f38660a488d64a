"""From running totals to what is shown: how much a minute, and how long it took. Pure; nan is "not known"."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

LEAST_SECONDS = 5
"""Between two samples that tell how fast something was."""


def per_minute(times: Sequence[int], totals: Numbers) -> Numbers:
    """How fast a running total rose between each two samples.

    Args:
        times: of the samples, unix seconds, rising.
        totals: (n,) or (n, k), the total at each.

    Returns:
        (n - 1,) or (n - 1, k): the rise for each minute; nan where either is not known, the total fell, or they are less than
        LEAST_SECONDS apart.
    """
    rises = np.diff(totals, axis=0)
    seconds = np.diff(np.asarray(times, dtype=np.float64))
    seconds[seconds < LEAST_SECONDS] = np.nan
    rates: Numbers = rises * 60.0 / (seconds if totals.ndim == 1 else seconds[:, None])
    return np.where(rates >= 0, rates, np.nan)


def rise(totals: Numbers) -> float:
    """How much a running total rose from the first known sample to the last; 0 if fewer than two are known.

    Args:
        totals: (n,), the total at each sample.
    """
    known = totals[~np.isnan(totals)]
    return float(known[-1] - known[0]) if len(known) > 1 else 0.0


def last(values: Numbers) -> float | None:
    """The last known value."""
    known = values[~np.isnan(values)]
    return float(known[-1]) if len(known) else None


def quantile(bounds: Sequence[float], totals: Numbers, q: float) -> Numbers:
    """The q-quantile of what was measured between each two samples, from cumulative buckets, as Prometheus estimates it.

    Args:
        bounds: upper bound of each bucket but the last, rising; the last bucket has none.
        totals: (n, len(bounds) + 1), cumulative over buckets, at each sample.
        q: from 0 to 1.

    Returns:
        (n - 1,): linear within a bucket; the last bound for what lies beyond it; nan where nothing was measured.
    """
    between = np.diff(totals, axis=0)
    found = np.full(len(between), np.nan)
    edges = [0.0, *bounds]
    for k, cumulative in enumerate(between):
        count = cumulative[-1]
        if not count > 0:
            continue
        wanted = q * count
        bucket = int(np.searchsorted(cumulative, wanted))
        if bucket >= len(bounds):
            found[k] = bounds[-1]
            continue
        below = cumulative[bucket - 1] if bucket else 0.0
        inside = cumulative[bucket] - below
        share = (wanted - below) / inside if inside > 0 else 1.0
        found[k] = edges[bucket] + share * (edges[bucket + 1] - edges[bucket])
    return found
