"""Choosing a recipe on a validation split, not by hand.

The last item of everybody with three or more is hidden; what learns from the rest and ranks the hidden items highest is taken.

- What is asked is what the model in use will be asked: a table of weights from item to item, by the last twenty items of each,
  with what was done last with each. All that is known of a person stays hidden.
- A table is judged by its entries (`compiled_judging`), so that five thousand people are asked within seconds: of the recipes
  that one thousand choose, some are worse than no choice at all.
- What one statistic adds to the other must clear a standard error; else the better one stands alone.
- The closed form is of 1,024 items. An event that fewer than `LEAST_SIGHTINGS` of them are of counts like the commonest.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from scoring.contributions import Seen
from scoring.decay import HISTORY_LENGTH, LONGEST
from scoring.errors import RecordingError
from scoring.evaluation.folding import event_setting
from scoring.evaluation.parts import Following, Linear
from scoring.evaluation.protocol import split
from scoring.evaluation.ranks import gains
from scoring.evaluation.recording import Questions, Recording
from scoring.evaluation.tuning import WEIGHTS, Gains, is_clear, tune_settings
from scoring.following import Damping
from scoring.sightings import N_EVENTS
from scoring.training_recipe import TrainingRecipe
from scoring.validating import Trial, ask

LEAST_PEOPLE = 200
"""With fewer people to ask, chance would choose."""
LEAST_SIGHTINGS = 200
"""Of an event, before it may count otherwise than the commonest."""
MOST_EVENTS = 8
"""That may; the rarer ones count like the commonest."""

_QUESTIONS, _LEAST_QUESTIONS = 5000, 1000
_ADDENDS = 20_000_000
"""Of all questions together, more or less: a tenth of a second for each table."""
_COLUMNS = 1024
_FOLDING = ("half_life", "half_life_up_to_5")

Codes = NDArray[np.int32]
Part = Following | Linear
Settings = dict[str, float]


def choose_recipe(seen: Seen, n_items: int, fallback: TrainingRecipe) -> TrainingRecipe:
    """The recipe that ranks hidden items highest; `fallback` where too few people have three items."""
    recording, codes = _recording(seen, n_items)
    try:
        learning = split(recording).test
    except RecordingError:
        return fallback
    if len(learning.asked) < LEAST_PEOPLE:
        return fallback
    following = Following(recording, learning.learnt)
    linear = Linear(recording, learning.learnt, columns=_COLUMNS)
    trial = ask(_some(learning.asked, following), n_items)
    chosen = [_tune(following, trial), _tune(linear, trial)]
    alone = [_look(following, trial, chosen[0]).mean(), _look(linear, trial, chosen[1]).mean()]
    folding = _folding(chosen[int(alone[1] > alone[0])], len(codes))
    tables = following.table(chosen[0], trial.items), linear.table(chosen[1], trial.items)
    weights = _blend(tables, folding, trial)
    together = tables[0] * weights[0] + tables[1] * weights[1]
    return TrainingRecipe(
        ridge=chosen[1]["ridge"],
        half_life=folding["half_life"],
        short_half_life=folding.get("half_life_up_to_5", 0.0),
        events=_by_code(folding, codes),
        linear=weights[1],
        following=weights[0],
        reach=chosen[0]["reach"],
        damping=Damping(chosen[0]["backward"], chosen[0]["damp_source"], chosen[0]["damp_target"]),
        validated_on=len(trial.asked),
        ndcg_at_10=float(gains(trial.places(together, folding)).mean()),
    )


def _some(asked: Questions, following: Following) -> Questions:
    """As many questions as are asked in seconds: every so many-th."""
    history = asked.history
    items, rows = np.unique(history.items[history.ages < HISTORY_LENGTH], return_inverse=True)
    entries = np.diff(following.table(following.start, items).indptr)
    within = _ADDENDS * len(asked) // max(int(entries[rows].sum()), 1)
    most = min(_QUESTIONS, max(_LEAST_QUESTIONS, within), len(asked))
    return asked.choose(np.unique(np.linspace(0, len(asked) - 1, most).astype(np.int64)))


def _tune(part: Part, trial: Trial) -> Settings:
    """The best settings of one statistic alone, among those that the model in use has."""
    grid = {name: values for name, values in part.grid.items() if name != "power"}
    return tune_settings(part.start, grid, trial.asked.lengths, partial(_look, part, trial))


def _look(part: Part, trial: Trial, chosen: Settings) -> Gains:
    return trial.judge(part.table(chosen, trial.items), chosen)


def _blend(tables: tuple[csr_matrix, csr_matrix], folding: Settings, trial: Trial) -> list[float]:
    """What each table counts in their sum: the better one alone, unless the other adds to it by more than a standard error."""
    alone = [trial.judge(table, folding) for table in tables]
    best = int(alone[1].mean() > alone[0].mean())
    other = 1 - best
    units = [max(float(np.linalg.norm(np.maximum(table.data, 0))), 1e-9) for table in tables]
    weights = [0.0, 0.0]
    weights[best] = 1.0
    most = alone[best]
    for share in WEIGHTS[1:]:
        weight = share * units[best] / units[other]
        found = trial.judge(tables[best] + tables[other] * np.float32(weight), folding)
        if found.mean() > most.mean() and is_clear(found - alone[best]):
            most, weights[other] = found, weight
    return weights


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


def _folding(chosen: Settings, n_events: int) -> Settings:
    """How the better statistic folds a history in, as the model in use can: half-lives in its range, and what events count."""
    names = [*_FOLDING, *(event_setting(number) for number in range(1, n_events))]
    folding = {name: chosen[name] for name in names if name in chosen}
    return folding | {name: min(folding[name], LONGEST) for name in _FOLDING if name in folding}


def _by_code(folding: dict[str, float], codes: Codes) -> tuple[float, ...]:
    """What each code counts; nothing if all count alike."""
    weights = [1.0] * (int(codes.max()) + 1)
    for number, code in enumerate(codes.tolist()):
        weights[code] = folding.get(event_setting(number), 1.0)
    return tuple(weights) if set(weights) != {1.0} else ()
