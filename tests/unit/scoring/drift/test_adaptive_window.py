"""ADWIN raises the alarms that river raises, sees the shift that matters in time, and is silent where nothing changed."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from scoring import AdaptiveWindow, DriftParameterError

ROOT = Path(__file__).parents[4]


ALARMS = json.loads((ROOT / "tests/vectors/adwin/alarms.json").read_text())


def recorded_stream(case):
    """The 20,000 values that the vectors were recorded on: a linear congruential generator's, compared with a rate."""
    state = case["seed"]
    for n in range(20_000):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        yield 1.0 if (state >> 11) / 2**53 < (case["before"] if n < 10_000 else case["after"]) else 0.0


def events(rate, n, seed):
    return (np.random.default_rng(seed).random(n) < rate).astype(float).tolist()


@pytest.mark.parametrize("case", ALARMS, ids=lambda case: f"{case['before']}-{case['after']}-{case['delta']}")
def test_the_same_stream_gives_the_same_alarms_as_river(case):
    window = AdaptiveWindow(case["delta"])
    alarms = [n for n, value in enumerate(recorded_stream(case)) if window.update(value)]
    assert alarms == case["alarms"]
    assert window.width == case["width"]
    assert window.mean == pytest.approx(case["mean"], abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_a_fall_from_five_to_three_per_cent_is_seen_within_three_thousand_events(seed):
    window = AdaptiveWindow()
    for value in events(0.05, 20_000, seed):
        window.update(value)
    assert any(window.update(value) for value in events(0.03, 3_000, 100 + seed))


def test_there_is_at_most_one_false_alarm_in_a_hundred_thousand_events():
    for seed in range(3):
        window = AdaptiveWindow()
        for value in events(0.05, 100_000, 50 + seed):
            window.update(value)
        assert window.alarms <= 1


def test_a_window_of_a_million_values_stays_small():
    window = AdaptiveWindow(1e-6)
    for value in events(0.5, 30_000, 1):
        window.update(value)
    assert window.width == 30_000
    assert sum(map(len, window._rows)) <= 5 * 16
    assert all(len(row) <= 5 for row in window._rows)
    assert sum(len(row) << k for k, row in enumerate(window._rows)) == 30_000


def test_after_an_alarm_the_window_begins_anew():
    window = AdaptiveWindow()
    at = [n for n, value in enumerate([0.0] * 2000 + [1.0] * 2000) if window.update(value)]
    assert len(at) == 1
    assert window.alarms == 1
    assert window.width == 4000 - at[0] - 1
    assert window.mean == 1.0
    assert all(b > a for a, b in pairwise([2000, *at]))


@pytest.mark.parametrize("delta", [0.0, 1.0, -1.0, 2.0])
def test_a_confidence_out_of_range_is_refused(delta):
    with pytest.raises(DriftParameterError):
        AdaptiveWindow(delta)
