"""What one person adds to the sum: the pairs of items they know, clipped, in whole numbers.

A history of n distinct items adds the same value v(n) to each of its n (n + 1) / 2 pairs, an item with itself among them, and
nothing elsewhere: the upper triangle of v(n) x x', with x the set of items. v falls with n, so that the norm of any
contribution stays below one bound, which the noise is measured against. Times do not enter.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from federated.errors import ClipError
from federated.items import ItemList, Visit

MAX_CLIPPED_ITEMS = 512
MAX_UNIT = 1 << 20


@dataclass(frozen=True, slots=True)
class Clip:
    """How much of one person counts; part of the signed manifest, and applied by the device itself."""

    max_items: int = 100
    """Items of a history that count: the last ones."""
    unit: int = 4_096
    """Value of the one pair of a history of one item: what 1 is in whole numbers."""
    exponent_percent: int = 75
    """v(n) = unit * n ** -(exponent_percent / 100), rounded down."""

    def __post_init__(self) -> None:
        """Refuse bounds that bound nothing.

        Raises:
            ClipError: a number out of range.
        """
        if not 1 <= self.max_items <= MAX_CLIPPED_ITEMS:
            raise ClipError("the number of items that count is out of range")
        if not 64 <= self.unit <= MAX_UNIT:
            raise ClipError("the unit is out of range")
        if not 0 <= self.exponent_percent <= 200:
            raise ClipError("the exponent is out of range")

    def value_of(self, n_items: int) -> int:
        """v(n), the value of each pair of a history of `n_items`; 0 for none."""
        return int(self.unit / n_items ** (self.exponent_percent / 100)) if n_items else 0

    @property
    def norm_squared(self) -> int:
        """The largest square of a contribution's Euclidean norm, exactly."""
        sizes = range(1, self.max_items + 1)
        return max(self.value_of(n) ** 2 * n * (n + 1) // 2 for n in sizes)

    @property
    def norm(self) -> float:
        """The largest Euclidean norm, rounded up: adding or removing one person moves the sum by no more."""
        return math.nextafter(math.sqrt(self.norm_squared), math.inf)

    @property
    def most_people(self) -> int:
        """How many contributions the sum can hold without running over 32 bits with a sign."""
        return (2**31 - 1) // self.value_of(1)


def update_of(history: Iterable[Visit], items: ItemList, clip: Clip) -> NDArray[np.uint32]:
    """The contribution of a history: the upper triangle, row by row, m (m + 1) / 2 values.

    Args:
        history: what the device remembers, in any order.
        items: the list of the round, m items.
        clip: how much counts.
    """
    numbers = np.sort(np.array(items.latest_of(history, clip.max_items), np.int64))
    return update_of_numbers(numbers, len(items), clip)


def update_of_numbers(numbers: NDArray[np.int64], n_items: int, clip: Clip) -> NDArray[np.uint32]:
    """The contribution of a set of item numbers, ascending and distinct, at most `clip.max_items` of them."""
    update = np.zeros(n_pairs(n_items), np.uint32)
    if len(numbers):
        row, column = np.triu_indices(len(numbers))
        update[place_of_pair(numbers[row], numbers[column], n_items)] = clip.value_of(len(numbers))
    return update


def n_pairs(n_items: int) -> int:
    """How many values a contribution has."""
    return n_items * (n_items + 1) // 2


def place_of_pair(row: NDArray[np.int64], column: NDArray[np.int64], n_items: int) -> NDArray[np.int64]:
    """Where the pair of two items, row <= column, stands in the upper triangle."""
    place: NDArray[np.int64] = row * n_items - row * (row - 1) // 2 + (column - row)
    return place


def square_of(triangle: NDArray[np.int64], n_items: int) -> NDArray[np.float64]:
    """The symmetric matrix of an upper triangle.

    Raises:
        ClipError: a triangle of another number of items.
    """
    if triangle.shape != (n_pairs(n_items),):
        raise ClipError("the sum is not of this many items")
    square = np.zeros((n_items, n_items))
    upper = np.triu_indices(n_items)
    square[upper] = triangle
    square.T[upper] = triangle
    return square
