"""A recording: who had to do with what, as numbers, in order where an order is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from scoring.errors import RecordingError


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """Rows of behaviour, each person's together and the oldest first.

    Raises:
        RecordingError: the arrays are not of one length, or not grouped by person.
    """

    people: NDArray[np.int64]
    """(n,): whose, rising from 0."""
    items: NDArray[np.int64]
    """(n,): which, from 0."""
    n_items: int
    """How many items there are."""
    ordered: bool
    """Whether the order within a person means anything."""
    tie: NDArray[np.int64] | None = None
    """(n,): decides which row of a person is hidden where there is no order: the smallest. None: never asked."""
    tested: NDArray[np.bool_] | None = None
    """(n,): rows set aside for testing by whoever made the recording; only looked at where there is no order."""
    contexts: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    """Name -> (n,): the circumstances of each row, as codes from 0."""
    tags: csr_matrix | None = None
    """(n_items, tags): what is known of each item, ones."""
    events: NDArray[np.int64] | None = None
    """(n,): what was done, as codes from 0, the commonest first. None: rows are all of one kind."""
    event_names: tuple[str, ...] = ()
    """What each code means."""
    times: NDArray[np.float64] | None = None
    """(n,): when, on one clock for everybody; seconds where the recording says so. None: nothing is known but an order."""

    def __post_init__(self) -> None:
        """Refuse what does not fit together."""
        beside: list[NDArray[Any]] = [self.items, *self.contexts.values()]
        beside += [
            values for values in (self.tie, self.tested, self.events, self.times) if values is not None
        ]
        if any(len(values) != len(self.people) for values in beside):
            raise RecordingError("the columns of a recording are of one length")
        if len(self.people) and (self.people[0] < 0 or np.any(np.diff(self.people) < 0)):
            raise RecordingError("a recording is grouped by person")
        if len(self.items) and not 0 <= int(self.items.min()) <= int(self.items.max()) < self.n_items:
            raise RecordingError("an item of a recording is beyond its catalogue")

    def take(self, rows: NDArray[Any]) -> Rows:
        """Some rows, by number, rising."""
        return Rows(self.people, self.items, self.contexts, self.events, self.times).take(rows)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows of a recording, still grouped by person and in order."""

    people: NDArray[np.int64]
    """(n,): whose, rising."""
    items: NDArray[np.int64]
    """(n,) the index of each item."""
    contexts: Mapping[str, NDArray[np.int64]]
    """Name -> (n,)."""
    events: NDArray[np.int64] | None = None
    """(n,): what was done."""
    times: NDArray[np.float64] | None = None
    """(n,): when it was done."""

    def take(self, rows: NDArray[Any] | slice, people: NDArray[np.int64] | None = None) -> Rows:
        """Some of them, rising; under other numbers of people, if they are given."""
        return Rows(
            self.people[rows] if people is None else people,
            self.items[rows],
            {name: values[rows] for name, values in self.contexts.items()},
            None if self.events is None else self.events[rows],
            None if self.times is None else self.times[rows],
        )

    @property
    def ages(self) -> NDArray[np.int64]:
        """(n,): how many rows of the same person came later."""
        ends = np.searchsorted(self.people, self.people, side="right")
        return ends - 1 - np.arange(len(self.people))

    @property
    def repeats(self) -> bool:
        """Whether anybody had to do with an item twice."""
        pairs = self.people * (int(self.items.max(initial=0)) + 1) + self.items
        pairs.sort()
        return bool(np.any(pairs[1:] == pairs[:-1]))

    def distinct(self, n_items: int) -> csr_matrix:
        """(people, n_items): ones where a person had to do with an item."""
        n_people = int(self.people[-1]) + 1 if len(self.people) else 0
        ones = np.ones(len(self.items), dtype=np.float32)
        matrix = csr_matrix((ones, (self.people, self.items)), shape=(n_people, n_items))
        matrix.data[:] = 1
        return matrix


@dataclass(frozen=True, slots=True, eq=False)
class Questions:
    """What is asked: a history and its circumstances, and the item that came."""

    history: Rows
    """The histories; `people` numbers the questions from 0."""
    targets: NDArray[np.int64]
    """(Q,): the hidden items."""
    contexts: Mapping[str, NDArray[np.int64]]
    """Name -> (Q,): the circumstances of the hidden rows."""
    times: NDArray[np.float64] | None = None
    """(Q,): when each is asked: the moment of the hidden row."""

    def __len__(self) -> int:
        """How many questions there are."""
        return len(self.targets)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(Q,): rows of each history."""
        return np.bincount(self.history.people, minlength=len(self.targets))

    def take(self, first: int, last: int) -> Questions:
        """The questions from `first` to before `last`."""
        low, high = np.searchsorted(self.history.people, (first, last))
        rows = slice(low, high)
        history = self.history.take(rows, self.history.people[rows] - first)
        contexts = {name: values[first:last] for name, values in self.contexts.items()}
        times = None if self.times is None else self.times[first:last]
        return Questions(history, self.targets[first:last], contexts, times)

    def choose(self, kept: NDArray[np.int64]) -> Questions:
        """Some questions, by number, rising."""
        number = np.full(len(self), -1)
        number[kept] = np.arange(len(kept))
        rows = np.flatnonzero(number[self.history.people] >= 0)
        history = self.history.take(rows, number[self.history.people[rows]])
        contexts = {name: values[kept] for name, values in self.contexts.items()}
        times = None if self.times is None else self.times[kept]
        return Questions(history, self.targets[kept], contexts, times)
