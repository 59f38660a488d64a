"""On made-up recordings to which nobody comes back, the model in use is as good as the best of what it is made of."""

from __future__ import annotations

import numpy as np
import pytest

from bench.unlike.made_up import MADE_UP
from scoring import Recording
from scoring.evaluation.parts import Following, Linear
from scoring.evaluation.protocol import split
from scoring.evaluation.ranks import gains, places
from scoring.evaluation.tuning import hide_history, tune_part
from scoring.in_use import places_in_use


@pytest.mark.parametrize("name", ["steps", "tastes"])
def test_it_is_as_good_as_the_best_of_its_statistics_alone_but_for_chance(name: str) -> None:
    made = MADE_UP[name]()
    first = np.sort(np.unique(made.people * made.n_items + made.items, return_index=True)[1])
    rows = made.take(first)
    recording = Recording(rows.people, rows.items, made.n_items, ordered=True)
    protocol = split(recording)
    found = gains(places_in_use(made.n_items, protocol.test))
    learnt = protocol.tuning.learnt, protocol.test.learnt
    pairs = [
        [Following(recording, each) for each in learnt],
        [Linear(recording, each, columns=400) for each in learnt],
    ]
    alone = []
    for tuned_with, tested in pairs:
        chosen = tune_part(tuned_with, protocol.tuning.asked, repeats=False).chosen
        scores = hide_history(tested.scores(chosen, protocol.test.asked), protocol.test.asked)
        alone.append(gains(places(scores, protocol.test.asked.targets)).mean())
    assert found.mean() > max(alone) - found.std() / len(found) ** 0.5
