"""The model that a gateway uses, asked the same: learnt by `Learner` with a recipe of its choice, ranked by `rank_group`.

What it knows of a person is what a gateway keeps: the last 200 distinct items to learn from, the last 20 to rank by, each where
it was seen last. It never shows what stands in the history, so where people come back to things it cannot be right. Where nobody
does, an app knows what each had and names it in `exclude`: like every other recommender it is asked for something new.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoring.contributions import Seen
from scoring.decay import HISTORY_LENGTH
from scoring.evaluation import Evaluation, Progress, Recording
from scoring.evaluation import evaluate as evaluate_parts
from scoring.evaluation.evaluating import DEFAULT_COLUMNS
from scoring.evaluation.protocol import Round
from scoring.evaluation.ranks import AT
from scoring.evaluation.recording import Rows
from scoring.learner import Learner
from scoring.model import DEFAULT_HALF_LIFE
from scoring.ranking import rank_group
from scoring.recent_items import NO_ITEM
from scoring.sightings import sighting_of
from scoring.training_recipe import TrainingRecipe

_MOST_ITEMS = 100_000
"""Ranking can name so many."""
_CONTRIBUTED = 200
_RIDGE, _NEIGHBOURS = 100.0, 50
_GROUP = 256


def evaluate(
    recording: Recording, *, columns: int = DEFAULT_COLUMNS, progress: Progress = lambda _: None
) -> Evaluation:
    """Evaluate the hybrid and its parts on a recording (`scoring.evaluation`), and beside them the model in use.

    Args:
        recording: who had to do with what.
        columns: items that the closed form of EASE^R is computed for; 8 * columns**2 bytes.
        progress: told what comes next.

    Raises:
        RecordingError: nothing can be hidden and asked about.
    """
    fits = recording.ordered and recording.n_items <= _MOST_ITEMS
    beside = {"model in use": places_in_use} if fits else {}
    return evaluate_parts(recording, columns=columns, progress=progress, beside=beside)


def places_in_use(n_items: int, test: Round) -> NDArray[np.float64]:
    """Before each hidden item, how many stand: (Q,), from 0; past the tenth place, `n_items`."""
    given = TrainingRecipe(ridge=_RIDGE, half_life=DEFAULT_HALF_LIFE)
    seen = _seen(test.learnt)
    model = Learner().learn(seen, n_items, given, k=_NEIGHBOURS, now=0, version=1)
    rows, had = _histories(test), _had_before(test)
    available = np.ones(n_items, dtype=np.bool_)
    found = np.full(len(rows), float(n_items))
    for first in range(0, len(rows), _GROUP):
        group, exclude = rows[first : first + _GROUP], had[first : first + _GROUP]
        slates = rank_group(model, group, exclude=exclude, available=available, limit=AT)
        for n, slate in enumerate(slates, start=first):
            target = int(test.asked.targets[n])
            if target in slate.items:
                found[n] = slate.items.index(target)
    return found


def _had_before(test: Round) -> list[NDArray[np.int32] | None]:
    """What an app names in `exclude` where nobody comes back to anything: all that each person had."""
    if test.learnt.repeats:
        return [None] * len(test.asked)
    history = test.asked.history
    ends = np.searchsorted(history.people, np.arange(1, len(test.asked)))
    return list(np.split(history.items.astype(np.int32), ends))


def _distinct(rows: Rows, most: int) -> Rows:
    """Of each person the last rows of their last `most` items, still the oldest first."""
    newest_first = np.arange(len(rows.people))[::-1]
    pairs = rows.people[::-1] * (int(rows.items.max(initial=0)) + 1) + rows.items[::-1]
    kept = rows.take(np.sort(newest_first[np.unique(pairs, return_index=True)[1]]))
    return kept.take(np.flatnonzero(kept.ages < most))


def _seen(learnt: Rows) -> Seen:
    kept = _distinct(learnt, _CONTRIBUTED)
    slots, people = np.unique(kept.people, return_inverse=True)
    events = None if kept.events is None else kept.events.astype(np.int32)
    return Seen(slots, people.astype(np.int64), kept.items.astype(np.int32), events)


def _histories(test: Round) -> NDArray[np.int32]:
    """(Q, 20) sightings, the newest first."""
    kept = _distinct(test.asked.history, HISTORY_LENGTH)
    sightings = kept.items if kept.events is None else sighting_of(kept.items, kept.events)
    rows = np.full((len(test.asked), HISTORY_LENGTH), NO_ITEM, dtype=np.int32)
    rows[kept.people, kept.ages] = sightings
    return rows
