"""Recency weights."""

from __future__ import annotations

import numpy as np
import pytest

from scoring import ModelParameterError
from scoring.decay import recency_weights


@pytest.mark.parametrize("half_life", [1, 5, 20, 1000])
class TestWeights:
    def test_never_fall_towards_the_newest_and_end_where_the_history_ends(self, half_life: int) -> None:
        weights = recency_weights(half_life)
        for count in range(21):
            row = weights[count]
            assert (np.diff(row[:count]) <= 0).all()
            assert (row[:count] > 0).all()
            assert not row[count:].any()

    def test_a_new_item_leaves_the_weights_before_it_alone(self, half_life: int) -> None:
        weights = recency_weights(half_life)
        for count in range(20):
            assert weights[count + 1, 1 : count + 1].tolist() == weights[count, :count].tolist()

    def test_sums_stay_below_sixteen_bits(self, half_life: int) -> None:
        weights = recency_weights(half_life)
        assert weights.max() <= 1024
        assert weights.sum(axis=1).max() < 2**16


def test_an_item_counts_half_as_much_as_the_one_half_a_life_later() -> None:
    full = recency_weights(5)[20]
    assert full[0] == 1024
    assert full[5] == 512
    assert full[10] == 256


@pytest.mark.parametrize("half_life", [0, -1, 1001])
def test_a_half_life_out_of_range_is_refused(half_life: int) -> None:
    with pytest.raises(ModelParameterError):
        recency_weights(half_life)
