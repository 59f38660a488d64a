"""The parts of a hybrid: each scores every item for every question, from statistics that are sums over people.

A part names what may be tuned (`grid`) and where tuning starts (`start`). Scores of different parts are of different units; the
hybrid brings them to one (`hybrid`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags

from scoring.evaluation.compiled_scoring import Sparse, compiled_add_rows
from scoring.evaluation.counts import Counts
from scoring.evaluation.folding import FOREVER, Chosen, event_setting, fold_in
from scoring.evaluation.recording import Questions, Recording, Rows
from scoring.following import Damping, weigh_following
from scoring.linear import ease_weights, gram, invert_gram

Grid = Mapping[str, tuple[float, ...]]
Start = Mapping[str, float]
Scores = NDArray[np.float32]

HALF_LIVES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, FOREVER)
_MISMATCHES = (1.0, 0.8, 0.6, 0.4, 0.2)
_EVENT_WEIGHTS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""What an event may count beside the commonest, which counts 1."""


class ScoringPart(Protocol):
    """One way to score. Not safe for two threads: what was computed last is kept."""

    name: str
    """In a word."""
    grid: Grid
    """What may be tuned, and the values to try, rising."""
    start: Start
    """Where to start."""

    def scores(self, chosen: Chosen, asked: Questions) -> Scores:
        """(Q, n_items) scores of every item."""


def folding_grid(recording: Recording) -> Grid:
    """What of a history's weights may be tuned: nothing that the recording does not tell."""
    grid: dict[str, tuple[float, ...]] = {}
    if recording.ordered:
        grid["half_life"] = HALF_LIVES
    if recording.contexts:
        grid["mismatch"] = _MISMATCHES
    for code in range(1, len(recording.event_names)):
        grid[event_setting(code)] = _EVENT_WEIGHTS
    return grid


class Popular:
    """The number of people of each item, as its logarithm: the same for everybody."""

    name = "popular"

    def __init__(self, recording: Recording, learnt: Rows) -> None:
        """Count how often each item was met."""
        self.grid: Grid = {}
        self.start: Start = {}
        counts = np.bincount(learnt.distinct(recording.n_items).indices, minlength=recording.n_items)
        self._logarithms = np.log1p(counts).astype(np.float32)

    def scores(self, chosen: Chosen, asked: Questions) -> Scores:  # noqa: ARG002 - nothing can be chosen
        """(Q, n_items) scores of every item."""
        return np.repeat(self._logarithms[None, :], len(asked), axis=0)


class Following:
    """What follows what (`scoring.following`)."""

    name = "following"

    def __init__(
        self, recording: Recording, learnt: Rows, *, itself: bool = False, counts: Counts | None = None
    ) -> None:
        """Count each reach when it is first asked for.

        Args:
            recording: for its catalogue.
            learnt: what is counted.
            itself: whether an item may follow itself.
            counts: of what is learnt, if others ask them too.
        """
        self._n_items = recording.n_items
        self._itself = itself
        self._counts = counts or Counts(learnt, recording.n_items)
        self._people = np.maximum(self._counts.people(), 1).astype(np.float64)
        damps = {"damp_source": (0.0, 0.2, 0.4, 0.6, 0.8, 1.0), "damp_target": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)}
        steps = {"reach": (0.25, 0.5, 1.0, 2.0, 4.0, 8.0), "backward": (0.0, 0.25, 0.5, 0.75, 1.0)}
        order = steps if recording.ordered else {}
        self.grid: Grid = {**order, **folding_grid(recording), **damps}
        self.start: Start = {
            "reach": 4.0 if recording.ordered else 0.0,
            "half_life": 2.0 if recording.ordered else FOREVER,
            "backward": 0.5,
            "damp_source": 0.4,
            "damp_target": 0.3,
        }

    def scores(self, chosen: Chosen, asked: Questions) -> Scores:
        """(Q, n_items) scores of every item."""
        reach = chosen["reach"]
        backward = chosen["backward"] if reach else 1.0
        counted = self._counts.within(reach, itself=self._itself)
        history = fold_in(asked, self._n_items, chosen)
        source = (self._people ** -chosen["damp_source"]).astype(np.float32)
        found = np.zeros((len(asked), self._n_items), dtype=np.float32)
        for rows, share in zip(counted, (1.0, backward), strict=True):
            if share:
                compiled_add_rows()(_rows_of(history), _rows_of(rows), source * np.float32(share), found)
        found *= (self._people ** -chosen["damp_target"]).astype(np.float32)
        return found

    def table(self, chosen: Chosen, used: NDArray[Any]) -> csr_matrix:
        """(len(used), n_items) float32: the weights from these items to all."""
        reach = chosen["reach"]
        forth, back = self._counts.within(reach, itself=self._itself)
        damping = Damping(chosen["backward"] if reach else 1.0, chosen["damp_source"], chosen["damp_target"])
        return weigh_following(forth[used], self._people, damping, back=back[used], sources=used)


class Linear:
    """EASE^R of the most popular items (`scoring.linear`)."""

    name = "linear"

    def __init__(
        self,
        recording: Recording,
        learnt: Rows,
        *,
        columns: int,
        inverses: dict[float, NDArray[Any]] | None = None,
    ) -> None:
        """Invert for each ridge when it is first asked for.

        Args:
            recording: for its catalogue.
            learnt: what is counted.
            columns: items that are looked at, the most popular.
            inverses: those that are there already, if others ask them too; each that is made is added, `columns` squared numbers.
        """
        self._n_items = recording.n_items
        matrix = learnt.distinct(self._n_items)
        popularity = np.bincount(matrix.indices, minlength=self._n_items)
        kept = np.argsort(-popularity, kind="stable")[: min(columns, int(np.count_nonzero(popularity)))]
        self._columns = np.sort(kept)
        self._matrix = matrix[:, self._columns]
        self._inverses = {} if inverses is None else inverses
        self._weights: tuple[float, float, NDArray[Any]] | None = None
        self.grid: Grid = {
            "ridge": (5.0, 20.0, 80.0, 300.0, 1000.0, 3000.0),
            **folding_grid(recording),
            "power": (0.5, 0.75, 1.0, 1.25),
        }
        self.start: Start = {"ridge": 80.0, "power": 1.0, "half_life": 2.0 if recording.ordered else FOREVER}

    def scores(self, chosen: Chosen, asked: Questions) -> Scores:
        """(Q, n_items) scores of every item."""
        weights = self._weights_for(chosen["ridge"], chosen["power"])
        found = np.zeros((len(asked), self._n_items), dtype=np.float32)
        found[:, self._columns] = fold_in(asked, self._n_items, chosen)[:, self._columns] @ weights
        return found

    def table(self, chosen: Chosen, used: NDArray[Any]) -> csr_matrix:
        """(len(used), n_items) float32: the weights from these items to all; none from one that is not popular enough."""
        weights = self._weights_for(chosen["ridge"], chosen["power"])
        inside = np.isin(used, self._columns)
        rows = weights[np.searchsorted(self._columns, used[inside])].astype(np.float32)
        ends = np.concatenate(([0], np.cumsum(np.where(inside, rows.shape[1], 0))))
        columns = np.tile(self._columns, len(rows))
        return csr_matrix((rows.ravel(), columns, ends), shape=(len(used), self._n_items))

    def _weights_for(self, ridge: float, power: float) -> NDArray[Any]:
        if ridge not in self._inverses:
            self._inverses[ridge] = invert_gram(gram(self._matrix, np.float32), ridge)
        if self._weights is None or self._weights[:2] != (ridge, power):
            self._weights = None
            self._weights = ridge, power, ease_weights(self._inverses[ridge], power=power)
        return self._weights[2]


class Own:
    """What the person had to do with before, where people come back to things."""

    name = "own"

    def __init__(self, recording: Recording) -> None:
        """Needs nobody else."""
        self._n_items = recording.n_items
        self.grid: Grid = folding_grid(recording)
        self.start: Start = {"half_life": 8.0 if recording.ordered else FOREVER}

    def scores(self, chosen: Chosen, asked: Questions) -> Scores:
        """(Q, n_items): the logarithm of the weight in the history."""
        weights = fold_in(asked, self._n_items, chosen)
        np.log1p(weights.data, out=weights.data)
        return dense(weights)


class Content:
    """Items like those of the history, by what is known of them: the cosine of their tags, rare tags counting more."""

    name = "content"

    def __init__(self, recording: Recording) -> None:
        """Weigh the tags; needs nobody's behaviour."""
        assert recording.tags is not None
        self._n_items = recording.n_items
        spread = np.maximum(np.bincount(recording.tags.indices, minlength=recording.tags.shape[1]), 1)
        weighed = recording.tags @ diags(np.log1p(recording.n_items / spread))
        lengths = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1))).ravel()
        self._tags = (diags(1 / np.maximum(lengths, 1e-9)) @ weighed).astype(np.float32).tocsr()
        self.grid: Grid = folding_grid(recording)
        self.start: Start = {"half_life": 2.0 if recording.ordered else FOREVER}

    def scores(self, chosen: Chosen, asked: Questions) -> Scores:
        """(Q, n_items) scores of every item."""
        profile = np.asarray((fold_in(asked, self._n_items, chosen) @ self._tags).todense())
        return np.asarray((self._tags @ profile.T).T, dtype=np.float32)


class Circumstance:
    """How much likelier an item is under one circumstance than otherwise, shrunk towards not at all."""

    def __init__(self, recording: Recording, learnt: Rows, field: str) -> None:
        """Count items by the values of `field`."""
        self.grid: Grid = {"prior": (1.0, 4.0, 16.0, 64.0)}
        self.start: Start = {"prior": 4.0}
        self.name = f"context:{field}"
        self._field = field
        n_values = int(recording.contexts[field].max()) + 1
        ones = np.ones(len(learnt.items), dtype=np.float64)
        together = (learnt.contexts[field], learnt.items)
        self._counts = csr_matrix((ones, together), shape=(n_values, recording.n_items))
        self._share = (np.bincount(learnt.items, minlength=recording.n_items) + 0.5) / (len(learnt.items) + 1)

    def scores(self, chosen: Chosen, asked: Questions) -> Scores:
        """(Q, n_items): log((n[v, j] + prior) / (n[v] * share[j] + prior))."""
        values, back = np.unique(asked.contexts[self._field], return_inverse=True)
        counts = np.asarray(self._counts[values].todense())
        expected = counts.sum(axis=1, keepdims=True) * self._share
        lift = (counts + chosen["prior"]) / (expected + chosen["prior"])
        found: Scores = np.log(lift).astype(np.float32)[back]
        return found


def _rows_of(matrix: csr_matrix) -> Sparse:
    begins, columns = (ends.astype(np.int32, copy=False) for ends in (matrix.indptr, matrix.indices))
    return begins, columns, matrix.data


def dense(sparse: csr_matrix) -> Scores:
    """As a plain array."""
    return np.asarray(sparse.toarray(), dtype=np.float32)
