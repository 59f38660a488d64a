"""The numbers of the last hours, a row a minute, in memory only and bounded.

A column is a number of `/metrics` with its labels; which there are is found out as they appear, up to a bound. Before it
appeared, and where nobody looked, a number is not a number: charts leave a gap there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_MINUTES = 360
"""Rows that are kept: six hours."""

MAX_COLUMNS = 2_000
"""Numbers that are kept of each minute; further ones are left out. Both bounds together are 5.8 MB."""

HARDLY_SECONDS = 30
"""A present sample replaces one that is not older."""

Labels = tuple[tuple[str, str], ...]
"""Sorted by name."""

Reading = tuple[str, Labels, float]
"""A number: its name, labels and value."""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One number over time."""

    labels: Labels
    """Which of its name."""
    values: NDArray[np.float64]
    """(minutes,), the oldest first; nan where it is not known."""


class Samples:
    """Rows of numbers. Lives on the event loop; no locks."""

    def __init__(self, *, minutes: int = MAX_MINUTES, columns: int = MAX_COLUMNS) -> None:
        """Keep so many rows (two or more) of so many numbers."""
        assert minutes > 1
        self._minutes = minutes
        self._bound = columns
        self._column: dict[tuple[str, Labels], int] = {}
        self._of_name: dict[str, list[Labels]] = {}
        self._times: list[int] = []
        self._rows = np.full((0, 0), np.nan)

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self._times)

    @property
    def times(self) -> list[int]:
        """When each row was taken (unix seconds), the oldest first."""
        return list(self._times)

    def add(self, at: int, readings: Iterable[Reading]) -> None:
        """Add a row; beyond the bound the oldest goes.

        Args:
            at: unix seconds.
            readings: the numbers of now.
        """
        row = np.full(self._bound, np.nan)
        for name, labels, value in readings:
            column = self._column_of(name, labels)
            if column is not None:
                row[column] = value
        kept = self._rows[-(self._minutes - 1) :]
        rows = np.full((len(kept) + 1, len(self._column)), np.nan)
        rows[:-1, : kept.shape[1]] = kept
        rows[-1] = row[: len(self._column)]
        self._rows = rows
        self._times = [*self._times[-(self._minutes - 1) :], at]

    def with_now(self, at: int, readings: Iterable[Reading]) -> Samples:
        """These rows and one more, which is not kept; it stands for the last one, if that is hardly older."""
        found = Samples(minutes=self._minutes, columns=self._bound)
        found._column = dict(self._column)
        found._of_name = {name: list(labels) for name, labels in self._of_name.items()}
        replaced = len(self) > 1 and at - self._times[-1] < HARDLY_SECONDS
        kept = slice(0, len(self) - replaced)
        found._times, found._rows = self._times[kept], self._rows[kept]
        found.add(at, readings)
        return found

    def of(self, name: str, **labels: str) -> list[Series]:
        """Every number of a name that has these labels, and maybe others."""
        wanted = set(labels.items())
        return [
            Series(each, self._rows[:, self._column[name, each]])
            for each in self._of_name.get(name, ())
            if wanted <= set(each)
        ]

    def one(self, name: str, **labels: str) -> NDArray[np.float64]:
        """The number with exactly these labels; nan throughout if there is none."""
        column = self._column.get((name, tuple(sorted(labels.items()))))
        return np.full(len(self), np.nan) if column is None else self._rows[:, column]

    def _column_of(self, name: str, labels: Labels) -> int | None:
        key = (name, labels)
        found = self._column.get(key)
        if found is None and len(self._column) < self._bound:
            found = self._column[key] = len(self._column)
            self._of_name.setdefault(name, []).append(labels)
        return found
