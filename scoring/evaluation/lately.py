"""What many people turn to just now, as a part: the same for everybody who asks at one moment, and another an hour later.

    heat[j, t] = sum over rows of j before t of 2 ** (-(t - time of the row) / half-life)

A sum over people, and the counterpart of what a placement's `trending_share` adds (`scoring.composition.trending`). Only rows
before the moment of the question count, so nothing of the future is used; it needs times that are of one clock for everybody.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoring.evaluation.folding import Chosen
from scoring.evaluation.parts import Grid, Scores, Start
from scoring.evaluation.recording import Questions, Recording, Rows

_SHARES = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)
"""Half-lives to try, as shares of the time in which the middle 98 % of the rows lie."""
_KEPT = 12.0
"""Half-lives after which a row is negligible."""


def has_times(learnt: Rows) -> bool:
    """Whether the rows tell of different moments."""
    return learnt.times is not None and _span(learnt.times) > 0


def _span(times: NDArray[np.float64]) -> float:
    low, high = np.quantile(times, (0.01, 0.99))
    return float(high - low)


class Lately:
    """What was turned to shortly before the question."""

    name = "lately"

    def __init__(self, recording: Recording, learnt: Rows) -> None:
        """Put what was learnt in the order of time."""
        assert learnt.times is not None
        order = np.argsort(learnt.times, kind="stable")
        self._n_items = recording.n_items
        self._times, self._items = learnt.times[order], learnt.items[order]
        span = _span(learnt.times)
        self.grid: Grid = {"lately_half_life": tuple(share * span for share in _SHARES)}
        self.start: Start = {"lately_half_life": 0.01 * span}

    def scores(self, chosen: Chosen, asked: Questions) -> Scores:
        """(Q, n_items): the logarithm of 1 and the heat at the moment of each question."""
        assert asked.times is not None
        half_life = chosen["lately_half_life"]
        found = np.empty((len(asked), self._n_items), dtype=np.float32)
        heat, clock, done = np.zeros(self._n_items), -np.inf, 0
        for question in np.argsort(asked.times, kind="stable").tolist():
            moment = float(asked.times[question])
            if moment > clock:
                heat *= 2.0 ** -((moment - clock) / half_life) if np.isfinite(clock) else 0.0
                until = int(np.searchsorted(self._times, moment, side="left"))
                done = max(done, int(np.searchsorted(self._times, moment - _KEPT * half_life)))
                ages = (moment - self._times[done:until]) / half_life
                heat += np.bincount(self._items[done:until], 2.0**-ages, minlength=self._n_items)
                clock, done = moment, max(done, until)
            found[question] = np.log1p(heat)
        return found
