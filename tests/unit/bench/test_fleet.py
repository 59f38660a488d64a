"""The bench of rounds runs, and says what it is to say."""

from __future__ import annotations

import pytest

from bench.fleet import simulated


@pytest.mark.slow
def test_a_few_simulated_devices_have_their_row(tmp_path):
    [row] = simulated(tmp_path, devices=24, rounds=1)
    assert row["name"] == "24 simulated devices, 1 rounds"
    assert row["value"] > 0
    assert "processor time" in row["detail"]
