"""Recency weights."""

from __future__ import annotations

import numpy as np
import pytest

from scoring import ModelParameterError
from scoring.decay import LEAST_NEWEST, SHORT, event_shares, recency_weights, weigh
from scoring.sightings import sighting_of


@pytest.mark.parametrize("half_life", [0.25, 0.5, 1, 5, 20, 1000])
class TestWeights:
    def test_never_fall_towards_the_newest_and_end_where_the_history_ends(self, half_life: float) -> None:
        weights = recency_weights(half_life)
        for count in range(21):
            row = weights[count]
            assert (np.diff(row[:count]) <= 0).all()
            assert (row[:count] > 0).all()
            assert not row[count:].any()

    def test_a_new_item_leaves_the_weights_before_it_alone(self, half_life: float) -> None:
        weights = recency_weights(half_life)
        for count in range(20):
            if weights[count, 0] != LEAST_NEWEST:
                assert weights[count + 1, 1 : count + 1].tolist() == weights[count, :count].tolist()

    def test_sums_stay_below_sixteen_bits(self, half_life: float) -> None:
        weights = recency_weights(half_life)
        assert weights.max() <= 1024
        assert weights.sum(axis=1).max() < 2**16


def test_an_item_counts_half_as_much_as_the_one_half_a_life_later() -> None:
    full = recency_weights(5)[20]
    assert full[0] == 1024
    assert full[5] == 512
    assert full[10] == 256


@pytest.mark.parametrize("count", [1, 2, 5, 12, 20])
def test_short_half_lives_are_not_lost_in_rounding(count: int) -> None:
    row = recency_weights(1)[count]
    assert row[0] >= LEAST_NEWEST
    assert row[: min(count, 5)].tolist() == [row[0] // 2**age for age in range(min(count, 5))]


def test_where_the_last_item_decides_the_others_weigh_next_to_nothing() -> None:
    weights = recency_weights(0.25)
    for count in range(2, 21):
        assert weights[count, 0] >= 16 * weights[count, 1]
    assert recency_weights(1000, 0.5)[5, :3].tolist() == [1013, 253, 63]


@pytest.mark.parametrize(
    ("half_life", "short"), [(0.2, 0), (1001, 0), (5, 0.2), (5, 1001), (float("nan"), 0)]
)
def test_half_lives_out_of_range_are_refused(half_life: float, short: float) -> None:
    with pytest.raises(ModelParameterError):
        recency_weights(half_life, short)


def test_short_histories_may_have_a_half_life_of_their_own() -> None:
    weights, common = recency_weights(8, 1), recency_weights(8)
    for count in range(1, SHORT + 1):
        assert weights[count, 0] == common[count, 0]
        assert all(abs(weights[count, age] * 2**age - weights[count, 0]) <= 2**age for age in range(count))
    assert np.array_equal(weights[SHORT + 1 :], common[SHORT + 1 :])


@pytest.mark.parametrize("half_life", [1, 5, 1000])
def test_whatever_events_count_the_weights_of_a_history_stay_below_sixteen_bits(half_life: int) -> None:
    recency = recency_weights(half_life)
    shares = event_shares((1.0, 8.0, 0.25), recency)
    row = np.full(20, sighting_of(0, 1), dtype=np.int32)
    assert weigh(row, recency[20], shares).sum() < 2**16
    assert shares[1] == pytest.approx(8 * shares[0], rel=0.1)
    assert shares[2] == pytest.approx(shares[0] / 4, rel=0.1)
    assert set(shares[3:].tolist()) == {shares[0]}


def test_what_counts_as_recency_says_is_not_changed_by_a_rounding() -> None:
    recency = recency_weights(5)
    row = np.arange(20, dtype=np.int32)
    assert weigh(row, recency[20], event_shares((), recency)).tolist() == recency[20].tolist()
    assert event_shares((0.0,), recency)[0] == 0
    assert not weigh(row, recency[20], event_shares((0.0,), recency)).any()


@pytest.mark.parametrize("weights", [(-1.0,), (float("nan"),), (float("inf"),), (1.0,) * 65])
def test_events_that_weigh_nothing_sensible_are_refused(weights: tuple[float, ...]) -> None:
    with pytest.raises(ModelParameterError):
        event_shares(weights, recency_weights(5))


@pytest.mark.parametrize("half_life", [0, -1, 1001])
def test_a_half_life_out_of_range_is_refused(half_life: int) -> None:
    with pytest.raises(ModelParameterError):
        recency_weights(half_life)
