"""ADWIN: a window over a stream of numbers that grows while their mean stays, and begins anew when it has changed.

- The window is kept as buckets of 1, 2, 4, ... values with sum and variance, at most five of a size: memory and time grow with
  the logarithm of its length.
- Every 32 values it is cut at each border between buckets; if the two means differ by more than chance explains at
  confidence `delta`, that is one alarm.

Source: Bifet and Gavaldà, "Learning from Time-Changing Data with Adaptive Windowing", SDM 2007, section 4.1. The correction for
small parts and the new beginning are those of river 0.26: the same stream gives the same alarms (tests/vectors/adwin).
"""

from __future__ import annotations

from math import log, sqrt

from scoring.errors import DriftParameterError

DEFAULT_DELTA = 0.05
"""A rate of 5 % raises less than one false alarm in 100,000 values, and its fall to 3 % is seen within 3,000."""

_CHECKED_EVERY = 32
_BUCKETS_OF_A_SIZE = 5
_LEAST_PART = 5
_LEAST_WINDOW = 10

_Bucket = tuple[float, float]
"""Sum, and sum of squared distances from the mean."""


class AdaptiveWindow:
    """Watches the mean of one stream."""

    def __init__(self, delta: float = DEFAULT_DELTA) -> None:
        """Take `delta` as the chance of a false alarm at a cut.

        Raises:
            DriftParameterError: it is not between 0 and 1.
        """
        if not 0 < delta < 1:
            raise DriftParameterError
        self._delta = delta
        self.alarms = 0
        """How often the mean has changed."""
        self._begin()

    def _begin(self) -> None:
        self._rows: list[list[_Bucket]] = [[]]
        """Row k holds buckets of 2**k values, the oldest first."""
        self.width = 0
        """Values in the window."""
        self.total = 0.0
        """Their sum."""
        self._variance = 0.0

    @property
    def mean(self) -> float:
        """Of the window; 0 while it is empty."""
        return self.total / self.width if self.width else 0.0

    def update(self, value: float) -> bool:
        """Take the next value of the stream. Says whether the mean has changed."""
        self._insert(value)
        if self.width % _CHECKED_EVERY or self.width <= _LEAST_WINDOW:
            return False
        if not self._find_cut():
            return False
        self.alarms += 1
        self._begin()
        return True

    def _insert(self, value: float) -> None:
        if self.width:
            self._variance += self.width * (value - self.mean) ** 2 / (self.width + 1)
        self.width += 1
        self.total += value
        self._rows[0].append((value, 0.0))
        for k, row in enumerate(self._rows):
            if len(row) <= _BUCKETS_OF_A_SIZE:
                return
            if k + 1 == len(self._rows):
                self._rows.append([])
            self._rows[k + 1].append(_merge(row[0], row[1], 1 << k))
            del row[:2]

    def _find_cut(self) -> bool:
        """Whether some cut of the window leaves two parts with different means."""
        confidence = log(2 * log(self.width) / self._delta)
        spread = 2 * self._variance / self.width * confidence
        older, older_sum, newer, newer_sum = 0, 0.0, self.width, self.total
        for k in range(len(self._rows) - 1, -1, -1):
            for total, _ in self._rows[k]:
                older, older_sum = older + (1 << k), older_sum + total
                newer, newer_sum = newer - (1 << k), newer_sum - total
                if min(older, newer) < _LEAST_PART:
                    continue
                rarity = 1 / (older - _LEAST_PART + 1) + 1 / (newer - _LEAST_PART + 1)
                bound = sqrt(rarity * spread) + 2 / 3 * confidence * rarity
                if abs(older_sum / older - newer_sum / newer) > bound:
                    return True
        return False


def _merge(one: _Bucket, other: _Bucket, size: int) -> _Bucket:
    """Two buckets of `size` values as one."""
    apart = (one[0] - other[0]) / size
    return one[0] + other[0], one[1] + other[1] + size * apart**2 / 2
