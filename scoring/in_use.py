"""The model that a gateway uses, asked the same: learnt by `Learner` with a recipe of its choice, ranked by `rank_group`.

What it knows of a person is what a gateway keeps: the last 200 distinct items to learn from, the last 20 to rank by, each where
it was seen last, and of what was seen before that the last 20 sightings. Where the recipe says that people come back to things, a
placement with repeat consumption is asked; otherwise an ordinary one, which never shows what stands in the history. Where no
order is known, but things come again, rows are taken to have come as they stand. Where nobody comes back, an app knows what
each had and names it in `exclude`: like every other recommender it is asked for something new.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from scoring.catalogue import Catalogue, Item
from scoring.composition import Composer, Newcomers, Recipe, Wanted
from scoring.contributions import MAX_ITEMS, Seen
from scoring.decay import HISTORY_LENGTH
from scoring.evaluation import Evaluation, Progress, Recording
from scoring.evaluation import evaluate as evaluate_parts
from scoring.evaluation.evaluating import DEFAULT_COLUMNS
from scoring.evaluation.keeping import all_kept, last_of_each
from scoring.evaluation.protocol import Round
from scoring.evaluation.ranks import AT
from scoring.evaluation.recording import Rows
from scoring.history import History
from scoring.learner import Learner
from scoring.model import DEFAULT_HALF_LIFE, Model
from scoring.popular import Popular
from scoring.ranking import rank_group
from scoring.recent_items import NO_ITEM
from scoring.sightings import sighting_of
from scoring.slates import Ranked
from scoring.training_recipe import TrainingRecipe
from scoring.visits import Visits

_MOST_ITEMS = 100_000
"""Ranking can name so many."""
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
    told = recording.ordered or recording.take(np.arange(len(recording.people))).repeats
    fits = told and recording.n_items <= _MOST_ITEMS
    beside = {"model in use": places_in_use} if fits else {}
    return evaluate_parts(recording, columns=columns, progress=progress, beside=beside)


def places_in_use(n_items: int, test: Round) -> NDArray[np.float64]:
    """Before each hidden item, how many stand: (Q,), from 0; past the tenth place, `n_items`."""
    given = TrainingRecipe(ridge=_RIDGE, half_life=DEFAULT_HALF_LIFE)
    model = Learner().learn(_seen(test.learnt), n_items, given, k=_NEIGHBOURS, now=0, version=1)
    ranked = _slates_with_repeats(model, test) if model.knows_repeats else _slates(model, test)
    found = np.full(len(test.asked), float(n_items))
    for n, slate in enumerate(ranked):
        target = int(test.asked.targets[n])
        if target in slate.items:
            found[n] = slate.items.index(target)
    return found


def _slates(model: Model, test: Round) -> Iterator[Ranked]:
    """What an ordinary placement shows, some people at a time."""
    rows, had = _histories(test), _had_before(test)
    available = np.ones(model.n_items, dtype=np.bool_)
    for first in range(0, len(rows), _GROUP):
        group, exclude = rows[first : first + _GROUP], had[first : first + _GROUP]
        yield from rank_group(model, group, exclude=exclude, available=available, limit=AT)


def _had_before(test: Round) -> list[NDArray[np.int32] | None]:
    """What an app names in `exclude` where nobody comes back to anything: all that each person had."""
    if test.learnt.repeats:
        return [None] * len(test.asked)
    history = test.asked.history
    ends = np.searchsorted(history.people, np.arange(1, len(test.asked)))
    return list(np.split(history.items.astype(np.int32), ends))


def _slates_with_repeats(model: Model, test: Round) -> Iterator[Ranked]:
    """What a placement with repeat consumption shows: one after the other, each with a history as a gateway keeps it."""
    catalogue = Catalogue()
    catalogue.load((str(n), Item(id=str(n))) for n in range(model.n_items))
    composer = Composer(catalogue, Popular(catalogue, model), None, Newcomers(1))
    recipe, asked = Recipe(repeats=True), test.asked.history
    kept = asked.take(all_kept(asked, HISTORY_LENGTH))
    sightings = _sightings(kept).tolist()
    ends = np.searchsorted(kept.people, np.arange(len(test.asked) + 1)).tolist()
    for first, end in pairwise(ends):
        history = History()
        for at, sighting in enumerate(sightings[first:end]):
            history.add(0, sighting, at)
        row, ages = history.rows([0])[0], history.ages(0)
        yield composer.compose(Wanted(placement="", recipe=recipe, limit=AT, row=row, ages=ages), now=0)


def _seen(learnt: Rows) -> Seen:
    last, every = last_of_each(learnt, MAX_ITEMS), all_kept(learnt, MAX_ITEMS)
    slots, people = np.unique(learnt.people, return_inverse=True)
    kept = learnt.take(last, people.astype(np.int64)[last])
    events = None if kept.events is None else kept.events.astype(np.int32)
    visits = (
        Visits(people.astype(np.int64)[every], _sightings(learnt.take(every)))
        if len(every) > len(last)
        else None
    )
    return Seen(slots, kept.people, kept.items.astype(np.int32), events, visits)


def _sightings(rows: Rows) -> NDArray[np.int32]:
    return (rows.items if rows.events is None else sighting_of(rows.items, rows.events)).astype(np.int32)


def _histories(test: Round) -> NDArray[np.int32]:
    """(Q, 20) sightings, the newest first."""
    history = test.asked.history
    kept = history.take(last_of_each(history, HISTORY_LENGTH))
    rows = np.full((len(test.asked), HISTORY_LENGTH), NO_ITEM, dtype=np.int32)
    rows[kept.people, kept.ages] = _sightings(kept)
    return rows
