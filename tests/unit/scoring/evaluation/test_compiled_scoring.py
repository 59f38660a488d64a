"""The compiled loops against matrices laid out in full: what a history adds up to, and where an item stands."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import random as random_matrix

from scoring.evaluation.compiled_scoring import compiled_add_rows, compiled_count_before
from scoring.evaluation.counts import Counts
from scoring.evaluation.parts import Following
from scoring.evaluation.protocol import split
from scoring.following import Damping, count_following, weigh_following
from tests.unit.scoring.evaluation.recordings import cycling


def test_rows_are_added_up_as_a_product_of_matrices_adds_them() -> None:
    rng = np.random.default_rng(3)
    history = random_matrix(7, 50, 0.1, "csr", np.float32, rng)
    rows = random_matrix(50, 50, 0.2, "csr", np.float32, rng)
    weights = rng.random(50, dtype=np.float32)
    found = np.ones((7, 50), dtype=np.float32)
    sparse = [(each.indptr, each.indices, each.data) for each in (history, rows)]
    compiled_add_rows()(*sparse, weights, found)
    assert np.allclose(found, 1 + history.toarray() @ (weights[:, None] * rows.toarray()), atol=1e-6)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_an_item_stands_behind_those_above_it_and_half_of_those_level_with_it(kind: type) -> None:
    scores = np.array([[1, 3, 2, 2, 2], [0, 0, 0, 0, 0], [5, -np.inf, -np.inf, 1, 0]], dtype=kind)
    before = np.empty(3)
    compiled_count_before()(scores, np.array([2, 4, 1]), before)
    assert before.tolist() == [1 + 2 / 2, 4 / 2, 3 + 1 / 2]


@pytest.mark.parametrize("backward", [0.0, 0.5])
def test_what_follows_is_scored_by_the_weights_that_a_model_has(backward: float) -> None:
    recording = cycling(30)
    round_ = split(recording).test
    part = Following(recording, round_.learnt)
    chosen = {"reach": 2.0, "backward": backward, "damp_source": 0.4, "damp_target": 0.3, "half_life": 1e6}
    learnt, n_items = round_.learnt, recording.n_items
    counts = count_following(learnt.people, learnt.items, n_items, reach=2.0)
    popularity = Counts(learnt, n_items).people()
    weights = weigh_following(counts, popularity, Damping(backward, 0.4, 0.3)).toarray()
    for question in range(len(round_.asked)):
        history = round_.asked.history.items[round_.asked.history.people == question]
        assert np.allclose(
            part.scores(chosen, round_.asked)[question], weights[history].sum(axis=0), rtol=1e-5
        )


def test_some_questions_are_asked_as_among_all() -> None:
    recording = cycling(40)
    every, some = split(recording), split(recording, tuning=7, test=5)
    kept = np.unique(np.linspace(0, len(every.test.asked) - 1, 5).astype(np.int64))
    wanted = every.test.asked.choose(kept)
    assert np.array_equal(some.test.asked.targets, wanted.targets)
    assert np.array_equal(some.test.asked.history.people, wanted.history.people)
    assert np.array_equal(some.test.asked.history.items, wanted.history.items)
    assert len(some.tuning.asked) == 7
    assert np.array_equal(some.test.learnt.items, every.test.learnt.items), (
        "what is learnt from is all the same"
    )
