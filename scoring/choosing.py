"""Choosing a recipe on a validation split, not by hand.

The last item of everybody is left out and the one before it hidden; what learns from the rest and ranks the hidden items
highest is taken. At most a thousand of them are asked for, and the closed form is of 1,024 items, so that it takes seconds.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scoring.contributions import Seen
from scoring.errors import RecordingError
from scoring.evaluation.parts import Following, Linear
from scoring.evaluation.protocol import split
from scoring.evaluation.recording import Recording
from scoring.evaluation.tuning import Tuned, settle, tune_part, tune_weights
from scoring.following import Damping
from scoring.training_recipe import TrainingRecipe

LEAST_PEOPLE = 200
"""With fewer people to ask, chance would choose."""

_CELLS = 6_000_000
_QUESTIONS = 1000
_COLUMNS = 1024
_LONGEST = 1000


def choose_recipe(seen: Seen, n_items: int, fallback: TrainingRecipe) -> TrainingRecipe:
    """The recipe that ranks hidden items highest; `fallback` where too few people have three items."""
    recording = Recording(seen.people, seen.items.astype(np.int64), n_items, ordered=True)
    try:
        learning = split(recording).tuning
    except RecordingError:
        return fallback
    most = min(_QUESTIONS, max(1, _CELLS // max(n_items, 1)))
    if len(learning.asked) < LEAST_PEOPLE:
        return fallback
    numbers = np.unique(np.linspace(0, len(learning.asked) - 1, most).astype(np.int64))
    asked = learning.asked.choose(numbers)
    parts = [
        tune_part(part, asked, repeats=False)
        for part in (
            Following(recording, learning.learnt),
            Linear(recording, learning.learnt, columns=_COLUMNS),
        )
    ]
    best = max(parts, key=lambda tuned: tuned.gain)
    half_life = min(max(1, round(best.chosen["half_life"])), _LONGEST)
    alike = [_with_half_life(tuned, half_life) for tuned in parts]
    together = [settle(tuned.part, tuned.chosen, asked, repeats=False) for tuned in alike]
    weights = tune_weights(together, asked, repeats=False)
    following, linear = (weight / tuned.unit for weight, tuned in zip(weights, together, strict=True))
    chosen = together[0].chosen
    return TrainingRecipe(
        ridge=together[1].chosen["ridge"],
        half_life=half_life,
        linear=linear,
        following=following,
        reach=chosen["reach"],
        damping=Damping(chosen["backward"], chosen["damp_source"], chosen["damp_target"]),
        validated_on=len(asked),
        ndcg_at_10=max(tuned.gain for tuned in together),
    )


def _with_half_life(tuned: Tuned, half_life: int) -> Tuned:
    """One half-life for histories of every length, and the plain closed form, as the model in use has them."""
    chosen = {name: value for name, value in tuned.chosen.items() if not name.startswith("half_life_")}
    return replace(
        tuned,
        chosen={**chosen, "half_life": float(half_life)} | ({"power": 1.0} if "power" in chosen else {}),
    )
