"""Choosing what it counts that people come back to things, on the last sighting of everybody: a return, or something new.

The rest of the recipe is chosen before, on what people had not seen. Here the last sighting of each is hidden, whatever it was,
and ranked by the recipe with nothing of the history hidden: what coming back counts, and its half-life, is what ranks it highest.
Where that does not beat hiding the history by more than two standard errors, people do not come back to things, and it counts
nothing.

A thousand are asked at most, and of each what a gateway keeps; so one more question is all that a person moves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scoring.contributions import MAX_ITEMS, Seen
from scoring.decay import HISTORY_LENGTH
from scoring.errors import RecordingError
from scoring.evaluation.folding import event_setting
from scoring.evaluation.keeping import all_kept, last_of_each
from scoring.evaluation.parts import HALF_LIVES, Following, Linear, Own, Scores
from scoring.evaluation.protocol import Round, split
from scoring.evaluation.recording import Questions, Recording, Rows
from scoring.evaluation.tuning import is_clear, judge
from scoring.sightings import ITEM_MASK, events_of
from scoring.training_recipe import TrainingRecipe

_QUESTIONS, _CELLS, _COLUMNS = 1000, 6_000_000, 1024
"""People asked at most, scores held at once, and items of the closed form."""
_ERRORS = 2.0
"""Standard errors by which it must help: what is chosen between is many."""
LEAST_RETURNING = 50
"""People to ask, at least: one number and its half-life are chosen, and only if they clearly help."""
_STRENGTHS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""What coming back may count beside the rest, in units of their spreads."""


def choose_repeats(seen: Seen, n_items: int, recipe: TrainingRecipe) -> TrainingRecipe:
    """The recipe with what coming back counts; as it is where people do not, or too few can be asked."""
    if seen.visits is None:
        return recipe
    visits = seen.visits.in_order()
    items, events = (visits.sightings & ITEM_MASK).astype(np.int64), events_of(visits.sightings)
    recording = Recording(visits.people, items, n_items, ordered=True, events=events.astype(np.int64))
    try:
        learning = split(recording).test
    except RecordingError:
        return recipe
    if len(learning.asked) < LEAST_RETURNING:
        return recipe
    asked = _some_of(learning.asked, n_items)
    last = _histories(asked, last_of_each)
    rest = _rest(recording, learning, last, recipe)
    never = judge(rest.copy(), last, repeats=False)
    visited = _histories(asked, all_kept)
    best, chosen = never, recipe
    for half_life in HALF_LIVES:
        own = Own(recording).scores({"half_life": half_life}, visited)
        unit = float(np.std(rest) or 1.0) / float(np.std(own) or 1.0)
        for strength in _STRENGTHS:
            weight = strength * unit
            found = judge(rest + np.float32(weight) * own, asked, repeats=True)
            if found.mean() > best.mean():
                best, chosen = found, replace(recipe, repeat=weight, repeat_half_life=half_life)
    return chosen if is_clear(best - never, _ERRORS) else recipe


def _some_of(asked: Questions, n_items: int) -> Questions:
    most = min(_QUESTIONS, max(1, _CELLS // max(n_items, 1)))
    return asked.choose(np.unique(np.linspace(0, len(asked) - 1, most).astype(np.int64)))


def _histories(asked: Questions, keep: Callable[[Rows, int], NDArray[np.int64]]) -> Questions:
    """The questions with as much of each history as is kept of one."""
    return replace(asked, history=asked.history.take(keep(asked.history, HISTORY_LENGTH)))


def _rest(recording: Recording, learning: Round, asked: Questions, recipe: TrainingRecipe) -> Scores:
    """(Q, n_items): what the recipe makes of the last sightings, learnt from these alone."""
    learnt = learning.learnt.take(last_of_each(learning.learnt, MAX_ITEMS))
    folding = {"half_life": float(recipe.half_life)}
    folding |= {event_setting(code): weight for code, weight in enumerate(recipe.events)}
    if recipe.short_half_life:
        folding["half_life_up_to_5"] = float(recipe.short_half_life)
    scores = np.zeros((len(asked), recording.n_items), dtype=np.float32)
    if recipe.following:
        damping = recipe.damping
        chosen = {"reach": recipe.reach, "backward": damping.backward}
        chosen |= {"damp_source": damping.source, "damp_target": damping.target}
        scores += np.float32(recipe.following) * Following(recording, learnt).scores(chosen | folding, asked)
    if recipe.linear:
        chosen = {"ridge": recipe.ridge, "power": 1.0}
        linear = Linear(recording, learnt, columns=_COLUMNS)
        scores += np.float32(recipe.linear) * linear.scores(chosen | folding, asked)
    return scores
