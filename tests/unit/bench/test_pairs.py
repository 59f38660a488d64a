"""The arithmetic of pairs."""

from __future__ import annotations

from bench.pairs import compare
from bench.wrk_load import Load


def load(rate: float, *, busy: float = 0.2) -> Load:
    """A run of a server that takes 50 us of processor time for a request."""
    return Load(rate, p50_ms=1.0, p99_ms=2.0, generator_busy=busy, server_us=50.0)


def test_the_ratio_is_the_median_of_the_ratios_and_not_the_ratio_of_the_medians() -> None:
    pairs = [(load(100), load(300)), (load(1000), load(1000)), (load(400), load(800))]
    row = compare(pairs, 1, others=0.0)
    assert row["value"] == 2.0
    assert row["unit"] == "x baseline [1.00-3.00]"
    assert [pair["ratio"] for pair in row["pairs"]] == [3.0, 1.0, 2.0]


def test_events_are_counted_and_not_requests() -> None:
    row = compare([(load(2000), load(500))], 100, others=0.0)
    assert row["detail"].startswith("50,000/s against 200,000/s; CPU 0.5 us each against 0.5; ")


def test_a_quiet_run_says_nothing_of_disturbance() -> None:
    detail = compare([(load(10), load(10))], 1, others=0.05)["detail"]
    assert "quiet" not in detail
    assert "busy" not in detail


def test_a_saturated_load_generator_and_a_shared_machine_are_told() -> None:
    detail = compare([(load(10), load(10, busy=0.97))], 1, others=0.3)["detail"]
    assert "the load generator was 97% busy" in detail
    assert "others used 30% of the cores" in detail
