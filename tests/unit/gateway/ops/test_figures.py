"""Rates and quantiles: right where something is known, and silent where nothing is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ops.figures import last, per_minute, quantile, rise


def test_a_rate_is_the_rise_for_each_minute() -> None:
    totals = np.array([0.0, 30.0, 30.0, 90.0, np.nan, 100.0, 40.0])
    rates = per_minute([0, 60, 120, 150, 210, 270, 330], totals)
    assert rates[:3].tolist() == [30.0, 0.0, 120.0]
    assert np.isnan(rates[3:]).all(), "unknown, unknown, and fallen"


def test_samples_that_are_too_close_tell_nothing() -> None:
    rates = per_minute([0, 4, 9, 9], np.array([0.0, 10.0, 20.0, 30.0]))
    assert np.isnan(rates).tolist() == [True, False, True]


def test_several_totals_at_once_are_each_by_itself() -> None:
    totals = np.array([[0.0, 0.0], [6.0, 1.0], [6.0, 3.0]])
    assert per_minute([0, 60, 120], totals).tolist() == [[6.0, 1.0], [0.0, 2.0]]


def test_the_rise_leaves_out_what_is_not_known() -> None:
    assert rise(np.array([np.nan, 3.0, np.nan, 8.0, np.nan])) == 5.0
    assert rise(np.array([np.nan, 3.0])) == 0.0
    assert last(np.array([np.nan, 3.0, np.nan])) == 3.0
    assert last(np.array([np.nan])) is None


def test_a_quantile_lies_where_prometheus_puts_it() -> None:
    bounds = [0.1, 0.2, 0.4]
    totals = np.array([[0, 0, 0, 0], [0, 10, 20, 20], [0, 10, 20, 30], [0, 10, 20, 30]], dtype=float)
    assert quantile(bounds, totals, 0.5)[0] == pytest.approx(0.2)
    assert quantile(bounds, totals, 0.75)[0] == pytest.approx(0.3)
    assert quantile(bounds, totals, 0.5)[1] == pytest.approx(0.4), "beyond the last bound"
    assert np.isnan(quantile(bounds, totals, 0.5)[2]), "nothing was measured"


@given(st.lists(st.floats(0.0, 0.9), min_size=1, max_size=200), st.floats(0.01, 0.99))
def test_a_quantile_is_in_the_bucket_of_the_true_one(measured: list[float], q: float) -> None:
    bounds = [0.05, 0.1, 0.3, 0.6, 1.0]
    counted = [sum(each <= bound for each in measured) for bound in bounds]
    totals = np.array([[0.0] * 6, [*counted, len(measured)]])
    [found] = quantile(bounds, totals, q)
    rank = int(np.ceil(q * len(measured) - 1e-9)) - 1
    true = sorted(measured)[max(rank, 0)]
    bucket = next(k for k, bound in enumerate(bounds) if true <= bound)
    assert ([0.0, *bounds][bucket] - 1e-9) <= found <= bounds[bucket] + 1e-9
