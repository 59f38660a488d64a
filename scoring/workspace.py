"""The memory that ranking works in: one set of arrays per thread, made for the model in use and used again.

Between two groups every accumulator stands at its floor: zero, or far below zero for what is not available, so that no
history can lift it above. Who breaks off in between must `discard`.
"""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from scoring.decay import HISTORY_LENGTH
from scoring.model import Model

GROUP = 16
"""People ranked at once: their accumulators stay in the cache."""


NUMBER_BITS = 12
"""Of a key, for the number of an addend."""

CELL_BITS = 21
"""Of a key, for the number of an accumulator."""

_SUNK = -(1 << 30)
"""Below every score, and still exact in a key."""


class Workspace:
    """Arrays for a group of people and one model of `m` columns and K neighbours."""

    def __init__(self, model: Model) -> None:
        """Allocate: `m + K` accumulators a person, for the columns and the padding."""
        m, k = len(model.columns), model.neighbours.shape[1]
        lookups = GROUP * HISTORY_LENGTH
        self.model = model
        self.accumulators = np.zeros((GROUP, m + k), dtype=np.int32)
        """(GROUP, m + K): the scores, by person and column."""
        starts = np.arange(GROUP, dtype=np.int64)[:, None] * (m + k)
        self.starts = starts
        """(GROUP, 1): where each person's accumulators start."""
        self.shifted = model.neighbours << NUMBER_BITS
        """(m + 1, K): the neighbours, where a key has them."""
        self.names = (starts << NUMBER_BITS) + np.arange(HISTORY_LENGTH * k)
        """(GROUP, 20 * K): of each addend the start and its number, where a key has them."""
        self.recency = np.repeat(model.recency, k, axis=1)
        """(21, 20 * K): the recency weight of each addend, by length of history."""
        self.neighbours = np.empty((lookups, k), dtype=np.int32)
        self.weights = np.empty((lookups, k), dtype=np.int16)
        self.addends = np.empty((GROUP, HISTORY_LENGTH * k), dtype=np.int32)
        self.low = np.empty((GROUP, HISTORY_LENGTH * k), dtype=np.int64)
        self.cells = np.empty((GROUP, HISTORY_LENGTH * k), dtype=np.int64)
        self.totals = np.empty((GROUP, HISTORY_LENGTH * k), dtype=np.int32)
        self.keys = np.empty((GROUP, HISTORY_LENGTH * k), dtype=np.int64)
        self._available = b""
        self._floor = np.zeros(m + k, dtype=np.int32)

    def sink(self, available: NDArray[np.bool_]) -> None:
        """Let everything that is not available stand below zero. Costs a comparison while nothing has changed."""
        now = available[: self.model.n_items]
        if (seen := now.tobytes()) != self._available:
            self._available = seen
            self._floor[: len(self.model.columns)] = np.where(now[self.model.columns], 0, _SUNK)
            self.accumulators[:] = self._floor

    def restore(self, n: int) -> None:
        """Bring the first `n` people's accumulators back to the floor."""
        self.accumulators[:n] = self._floor


class _Threads(threading.local):
    workspace: Workspace | None = None


_threads = _Threads()


def workspace_for(model: Model) -> Workspace:
    """This thread's workspace, made anew for another model."""
    workspace = _threads.workspace
    if workspace is None or workspace.model is not model:
        workspace = _threads.workspace = Workspace(model)
    return workspace


def discard() -> None:
    """Forget this thread's workspace: its accumulators may not be zero."""
    _threads.workspace = None
