"""Do people's interests narrow? How concentrated each history is on few categories, and whether that grows over the days. Pure.

Concentration is the Gini coefficient of how often each category of the catalogue occurs in a history, on a scale from 0 (as
scattered as so many items can be) to 1 (one category). Growth is a trend test over daily means (Mann-Kendall, one-sided) with a
least size, because means of overlapping histories follow one another, and a trend of no size is nobody's concern.

Source: Gini 1912 (the form over sorted counts); Mann 1945, Kendall 1975.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from scoring.sightings import items_of

LEAST_ITEMS = 5
"""With a category, in a history, before it says anything."""
LEAST_PEOPLE = 20
"""Whose histories say something, before their mean is told."""
LEAST_DAYS = 10
LEAST_GROWTH = 0.05
"""From the first third of the days to the last."""
ALPHA = 0.01


@dataclass(frozen=True, slots=True)
class Growth:
    """Whether a series of daily means rises."""

    by: float
    """How much higher the last third of the days is than the first."""
    p: float
    """How likely a series without trend would look like this, one-sided."""
    alarms: bool
    """Whether somebody should look."""


def concentration(
    rows: NDArray[np.int32], category_of: NDArray[np.int32], n_categories: int
) -> NDArray[np.float64]:
    """How concentrated histories are.

    Args:
        rows: (people, length) sightings; what is no index of the catalogue is no item.
        category_of: (n_items,) the number of each item's category, negative for none.
        n_categories: how many there are.

    Returns:
        (people,): from 0 to 1; nan with fewer than LEAST_ITEMS, or fewer than two categories.
    """
    if n_categories < 2 or not len(category_of) or not rows.size:
        return np.full(len(rows), np.nan)
    rows = items_of(rows)
    known = (rows >= 0) & (rows < len(category_of))
    category = np.where(known, category_of[np.where(known, rows, 0)], -1)
    alike = (category[:, :, None] == category[:, None, :]) & (category >= 0)[:, :, None]
    first = np.argmax(alike, axis=2) == np.arange(rows.shape[1])
    counts = np.sort(np.where(first, alike.sum(axis=2), 0), axis=1)
    n = counts.sum(axis=1)
    ranks = n_categories - rows.shape[1] + 1 + np.arange(rows.shape[1])
    whole = np.maximum(n, 1) * n_categories
    gini = (counts * (2 * ranks - n_categories - 1)).sum(axis=1) / whole
    left = n % n_categories
    least = left * (n_categories - left) / whole
    most = (n_categories - 1) / n_categories
    return np.where(n >= LEAST_ITEMS, (gini - least) / np.maximum(most - least, 1e-9), np.nan)


def mean_concentration(rows: NDArray[np.int32], category_of: NDArray[np.int32], n_categories: int) -> float:
    """The mean over people (see `concentration`); nan below LEAST_PEOPLE of whom something is known."""
    found = concentration(rows, category_of, n_categories)
    known = found[~np.isnan(found)]
    return float(known.mean()) if len(known) >= LEAST_PEOPLE else float("nan")


def growth_of(means: Sequence[float]) -> Growth:
    """Whether daily means grow.

    Args:
        means: the oldest first; nan for a day of which nothing is known.
    """
    values = np.array([each for each in means if not isnan(each)])
    n = len(values)
    if n < LEAST_DAYS:
        return Growth(0.0, 1.0, alarms=False)
    earlier, later = np.triu_indices(n, 1)
    rises = values[later] - values[earlier]
    statistic = float(np.sign(rises).sum())
    _, ties = np.unique(values, return_counts=True)
    variance = (n * (n - 1) * (2 * n + 5) - float((ties * (ties - 1) * (2 * ties + 5)).sum())) / 18
    z = (statistic - np.sign(statistic)) / np.sqrt(variance) if variance > 0 else 0.0
    third, p = n // 3, float(ndtr(-z))
    by = float(values[-third:].mean() - values[:third].mean())
    return Growth(by, p, alarms=p < ALPHA and by >= LEAST_GROWTH)
