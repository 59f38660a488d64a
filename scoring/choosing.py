"""Choosing a recipe on a validation split, not by hand.

The last item of everybody is left out and the one before it hidden; what learns from the rest and ranks the hidden items
highest is taken. At most a thousand of them are asked for, and the closed form is of 1,024 items, so that it takes seconds.

What is asked is what the model in use will be asked: the last twenty items of each, with what was done last with each. An event
that fewer than `LEAST_SIGHTINGS` of them are of counts like the commonest.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scoring.contributions import Seen
from scoring.decay import HISTORY_LENGTH
from scoring.errors import RecordingError
from scoring.evaluation.folding import event_setting
from scoring.evaluation.parts import Following, Linear
from scoring.evaluation.protocol import split
from scoring.evaluation.ranks import gains, places
from scoring.evaluation.recording import Questions, Recording
from scoring.evaluation.tuning import Tuned, hide_history, settle, tune_part, tune_weights
from scoring.following import Damping
from scoring.sightings import N_EVENTS
from scoring.training_recipe import TrainingRecipe

LEAST_PEOPLE = 200
"""With fewer people to ask, chance would choose."""
LEAST_SIGHTINGS = 200
"""Of an event, before it may count otherwise than the commonest."""
MOST_EVENTS = 8
"""That may; the rarer ones count like the commonest."""

_CELLS = 6_000_000
_QUESTIONS = 1000
_COLUMNS = 1024
_LONGEST = 1000
_FOLDING = ("half_life", "half_life_up_to_5")

Codes = NDArray[np.int32]


def choose_recipe(seen: Seen, n_items: int, fallback: TrainingRecipe) -> TrainingRecipe:
    """The recipe that ranks hidden items highest; `fallback` where too few people have three items."""
    recording, codes = _recording(seen, n_items)
    try:
        learning = split(recording).tuning
    except RecordingError:
        return fallback
    most = min(_QUESTIONS, max(1, _CELLS // max(n_items, 1)))
    if len(learning.asked) < LEAST_PEOPLE:
        return fallback
    numbers = np.unique(np.linspace(0, len(learning.asked) - 1, most).astype(np.int64))
    asked = _as_kept(learning.asked.choose(numbers))
    parts = [
        tune_part(part, asked, repeats=False)
        for part in (
            Following(recording, learning.learnt),
            Linear(recording, learning.learnt, columns=_COLUMNS),
        )
    ]
    folding = _folding(max(parts, key=lambda tuned: tuned.gain), len(codes))
    together = [settle(t.part, _folded_by(t, folding), asked, repeats=False) for t in parts]
    weights = tune_weights(together, asked, repeats=False).weights
    following, linear = (weight / tuned.unit for weight, tuned in zip(weights, together, strict=True))
    chosen = together[0].chosen
    return TrainingRecipe(
        ridge=together[1].chosen["ridge"],
        half_life=round(folding["half_life"]),
        short_half_life=round(folding.get("half_life_up_to_5", 0)),
        events=_by_code(folding, codes),
        linear=linear,
        following=following,
        reach=chosen["reach"],
        damping=Damping(chosen["backward"], chosen["damp_source"], chosen["damp_target"]),
        validated_on=len(asked),
        ndcg_at_10=_quality(together, weights, asked),
    )


def _quality(parts: list[Tuned], weights: list[float], asked: Questions) -> float:
    """NDCG@10 of the sum."""
    total = np.zeros((len(asked), 1), dtype=np.float32)
    for tuned, weight in zip(parts, weights, strict=True):
        if weight:
            total = total + np.float32(weight) * tuned.scores(asked)
    return float(gains(places(hide_history(total, asked), asked.targets)).mean())


def _recording(seen: Seen, n_items: int) -> tuple[Recording, Codes]:
    """What was seen as a recording, and the codes of its events, the commonest first; rare ones are taken for that one."""
    plain = Recording(seen.people, seen.items.astype(np.int64), n_items, ordered=True)
    if seen.events is None or not len(seen.events):
        return plain, np.zeros(1, dtype=np.int32)
    counts = np.bincount(seen.events, minlength=N_EVENTS)
    order = np.argsort(-counts, kind="stable")
    codes = order[: min(MOST_EVENTS, max(1, int((counts >= LEAST_SIGHTINGS).sum())))].astype(np.int32)
    number = np.zeros(N_EVENTS, dtype=np.int64)
    number[codes] = np.arange(len(codes))
    names = tuple(str(code) for code in codes)
    return replace(plain, events=number[seen.events], event_names=names), codes


def _as_kept(asked: Questions) -> Questions:
    """The questions with as much of each history as is kept of one."""
    history = asked.history
    return replace(asked, history=history.take(np.flatnonzero(history.ages < HISTORY_LENGTH)))


def _folding(best: Tuned, n_events: int) -> dict[str, float]:
    """How the better part folds a history in, as the model in use can: half-lives in whole items, and what events count."""
    names = [*_FOLDING, *(event_setting(number) for number in range(1, n_events))]
    folding = {name: best.chosen[name] for name in names if name in best.chosen}
    return folding | {name: float(_whole(folding[name])) for name in _FOLDING if name in folding}


def _whole(half_life: float) -> int:
    return min(max(1, round(half_life)), _LONGEST)


def _folded_by(tuned: Tuned, folding: dict[str, float]) -> dict[str, float]:
    """The settings of a part, but for its folding; and the plain closed form, as the model in use has it."""
    apart = {name for name in tuned.chosen if name.startswith("half_life_")}
    chosen = {name: value for name, value in tuned.chosen.items() if name not in apart}
    return chosen | folding | ({"power": 1.0} if "power" in chosen else {})


def _by_code(folding: dict[str, float], codes: Codes) -> tuple[float, ...]:
    """What each code counts; nothing if all count alike."""
    weights = [1.0] * (int(codes.max()) + 1)
    for number, code in enumerate(codes.tolist()):
        weights[code] = folding.get(event_setting(number), 1.0)
    return tuple(weights) if set(weights) != {1.0} else ()
