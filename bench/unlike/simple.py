"""Recommenders of a few lines: nothing is tuned, and each is looked at with and without what a person had before.

They learn from all but the last row of whoever has three, and rank everything for the last: the protocol of docs/evaluation.md,
written down a second time. So the best of them, chosen on the test, is a little flattered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from scoring import Recording

Scores = NDArray[np.float64]
_MOST_QUESTIONS, _MOST_INVERTED = 1500, 5000


@dataclass(frozen=True)
class Asked:
    """Everything hidden, and what is left."""

    n_items: int
    people: NDArray[np.int64]
    """(n,): whose, of what is learnt from."""
    items: NDArray[np.int64]
    """(n,): which item, likewise."""
    times: NDArray[np.float64] | None
    """(n,): when, if that is known."""
    rows: NDArray[np.int64]
    """(h,): the question of each row of a history."""
    history: NDArray[np.int64]
    """(h,): the item of each row."""
    ages: NDArray[np.int64]
    """(h,): rows that came later."""
    targets: NDArray[np.int64]
    """(Q,): what was hidden."""
    moments: NDArray[np.float64] | None
    """(Q,): when it was done."""

    def fold(self, half_life: float) -> csr_matrix:
        """(Q, n_items): histories, the recent weighing more."""
        weights = 2.0 ** (-self.ages / half_life)
        return csr_matrix((weights, (self.rows, self.history)), shape=(len(self.targets), self.n_items))


def hide_last(recording: Recording) -> Asked:
    """The questions, every so many-th if there are more than 1,500."""
    people, items = recording.people, recording.items
    order = np.arange(len(people))
    if not recording.ordered and recording.tie is not None:
        order = np.lexsort((-recording.tie, people))
    ends = np.append(np.flatnonzero(np.diff(people)), len(people) - 1)
    last = order[ends[np.diff(np.append(-1, ends)) >= 3]]
    left = np.delete(np.arange(len(people)), last)
    if len(last) > _MOST_QUESTIONS:
        last = last[np.unique(np.linspace(0, len(last) - 1, _MOST_QUESTIONS).astype(np.int64))]
    number = np.full(int(people.max()) + 1, -1)
    number[people[last]] = np.arange(len(last))
    mine = left[number[people[left]] >= 0]
    rows = number[people[mine]]
    ages = np.cumsum(np.bincount(rows, minlength=len(last)))[rows] - 1 - np.arange(len(rows))
    times = recording.times
    return Asked(
        recording.n_items,
        people[left],
        items[left],
        None if times is None else times[left],
        rows,
        items[mine],
        ages,
        items[last],
        None if times is None else times[last],
    )


def best_simple(recording: Recording) -> tuple[str, float, float]:
    """The best of all: its name, its NDCG@10, and the standard error of that."""
    asked = hide_last(recording)
    seen = (asked.fold(1e9) > 0).toarray()
    found = []
    for name, scores in recommend(asked):
        for hidden in (False, True):
            gained = _gains(np.where(seen & hidden, -np.inf, scores), asked.targets)
            error = float(gained.std()) / len(gained) ** 0.5
            found.append((float(gained.mean()), name + (", nothing again" if hidden else ""), error))
    gain, name, error = max(found)
    return name, gain, error


def recommend(asked: Asked) -> Iterator[tuple[str, Scores]]:
    """Each recommender's scores, (Q, n_items)."""
    shape = (int(asked.people.max()) + 1, asked.n_items)
    matrix = csr_matrix((np.ones(len(asked.people)), (asked.people, asked.items)), shape=shape)
    matrix.data[:] = 1
    popular = np.asarray(matrix.sum(axis=0)).ravel()
    tie = 1e-6 * popular / max(popular.max(), 1)
    yield "popular", np.repeat(popular[None, :], len(asked.targets), axis=0)
    yield from _steps(asked, tie)
    yield from _own(asked, tie)
    yield from _neighbours(asked, (matrix.T @ matrix).toarray(), popular)
    if asked.times is not None and asked.moments is not None:
        span = float(np.ptp(asked.times))
        for share in (0.005, 0.02, 0.1):
            yield f"popular lately, {share:g} of the time", _lately(asked, share * span) + tie


def _steps(asked: Asked, tie: Scores) -> Iterator[tuple[str, Scores]]:
    here = np.flatnonzero(asked.people[1:] == asked.people[:-1])
    counts = np.zeros((asked.n_items, asked.n_items))
    np.add.at(counts, (asked.items[here], asked.items[here + 1]), 1)
    counts /= np.maximum(counts.sum(axis=1, keepdims=True), 1)
    newest = asked.history[asked.ages == 0]
    yield "Markov chain", counts[newest] + tie
    yield "Markov chain, half-life 1", asked.fold(1) @ counts + tie


def _own(asked: Asked, tie: Scores) -> Iterator[tuple[str, Scores]]:
    yield "what was had last", _dense(asked.fold(0.2)) + tie
    yield "what was had often", _dense(asked.fold(1e9)) + tie
    yield "what was had often lately", _dense(asked.fold(10)) + tie


def _neighbours(asked: Asked, together: Scores, popular: Scores) -> Iterator[tuple[str, Scores]]:
    cosine = together / np.sqrt(np.maximum(np.outer(popular, popular), 1))
    np.fill_diagonal(cosine, 0)
    tables = {"item neighbours": cosine}
    if asked.n_items <= _MOST_INVERTED:
        for ridge in (50, 300):
            inverse = np.linalg.inv(together + ridge * np.eye(asked.n_items))
            tables[f"EASE, {ridge}"] = -inverse / np.diag(inverse)
            np.fill_diagonal(tables[f"EASE, {ridge}"], 0)
    for name, table in tables.items():
        for half_life in (2, 10, 1e9):
            yield f"{name}, half-life {half_life:g}", np.asarray(asked.fold(half_life) @ table)


def _lately(asked: Asked, half_life: float) -> Scores:
    assert asked.times is not None
    assert asked.moments is not None
    found = np.zeros((len(asked.targets), asked.n_items))
    for question, moment in enumerate(asked.moments):
        ages = moment - asked.times
        recent = (ages > 0) & (ages < 6 * half_life)
        found[question] = np.bincount(
            asked.items[recent], 2.0 ** (-ages[recent] / half_life), minlength=asked.n_items
        )
    return found


def _dense(matrix: csr_matrix) -> Scores:
    return np.asarray(matrix.toarray())


def _gains(scores: Scores, targets: NDArray[np.int64]) -> Scores:
    own = scores[np.arange(len(targets)), targets][:, None]
    before = (scores > own).sum(axis=1) + ((scores == own).sum(axis=1) - 1) / 2
    return np.where(before < 10, 1 / np.log2(before + 2), 0.0)
