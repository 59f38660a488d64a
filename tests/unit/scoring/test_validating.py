"""Judging a table by its entries says what judging the scores of all items says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix, random_array

from scoring.evaluation.folding import fold_in
from scoring.evaluation.protocol import split
from scoring.evaluation.ranks import places
from scoring.evaluation.recording import Recording
from scoring.evaluation.tuning import hide_history, judge
from scoring.validating import ask
from tests.unit.scoring.evaluation.recordings import aimless

FOLDINGS = {"half_life": 2.0}, {"half_life": 0.5, "half_life_up_to_5": 8.0}


def table_of(shape: tuple[int, int], density: float) -> csr_matrix:
    """Whole numbers, so that sums are exact and some stand level; a third are below 0."""
    rng = np.random.default_rng(4)
    return csr_matrix(
        random_array(shape, density=density, rng=rng, data_sampler=lambda size: rng.integers(-3, 7, size)),
        dtype=np.float32,
    )


@pytest.mark.parametrize("density", [0.0, 0.02, 0.3, 1.0])
@pytest.mark.parametrize("folding", FOLDINGS)
def test_places_are_those_of_the_scores(density: float, folding: dict[str, float]) -> None:
    asked = split(aimless()).test.asked
    trial = ask(asked, 60)
    table = table_of((len(trial.items), 60), density)
    weights = np.zeros((60, 60), dtype=np.float32)
    weights[trial.items] = np.maximum(table.toarray(), 0)
    power_of_two = {name: 1.0 if value == 2.0 else value for name, value in folding.items()}
    scores = np.asarray(fold_in(asked, 60, power_of_two) @ weights, dtype=np.float32)
    expected = places(hide_history(scores, asked), asked.targets)
    assert trial.places(table, power_of_two).tolist() == expected.tolist()
    assert trial.judge(table, power_of_two).tolist() == judge(scores, asked, repeats=False).tolist()


def test_of_a_long_history_the_last_twenty_speak_and_all_are_hidden() -> None:
    people, items = np.repeat(np.arange(50), 40), np.concatenate([np.arange(40) + n for n in range(50)]) % 60
    asked = split(Recording(people, items, 60, ordered=True)).test.asked
    trial = ask(asked, 60)
    assert trial.asked.lengths.tolist() == [20] * 50
    assert np.diff(trial.known.indptr).tolist() == [39] * 50
    nothing = csr_matrix((len(trial.items), 60), dtype=np.float32)
    assert trial.places(nothing, {"half_life": 2.0}).tolist() == [10.0] * 50  # level with twenty others
