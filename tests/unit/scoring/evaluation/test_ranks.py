"""Places, gains and intervals."""

from __future__ import annotations

import numpy as np
import pytest

from scoring.evaluation.ranks import gains, hits, interval, places


def test_the_place_counts_what_is_higher_and_half_of_what_is_level() -> None:
    scores = np.array([[3.0, 2.0, 1.0, 2.0], [1.0, 1.0, 1.0, 1.0]])
    assert places(scores, np.array([1, 0])).tolist() == [1.5, 1.5]
    assert places(scores, np.array([0, 3])).tolist() == [0.0, 1.5]


def test_scores_that_are_all_alike_are_no_hit_among_many() -> None:
    found = places(np.zeros((1, 1000)), np.array([0]))
    assert hits(found).sum() == 0
    assert gains(found).sum() == 0


def test_gains_are_those_of_one_relevant_item() -> None:
    assert gains(np.array([0.0, 1.0, 2.0, 9.0, 10.0])) == pytest.approx(
        [1, 0.63093, 0.5, 0.28906, 0], abs=1e-5
    )


def test_the_interval_covers_the_mean_and_shrinks_with_more_questions() -> None:
    values = np.random.default_rng(1).random(4000)
    low, high = interval(values)
    wide_low, wide_high = interval(values[:100])
    assert low < values.mean() < high
    assert wide_high - wide_low > 3 * (high - low)
    assert interval(values) == (low, high)
