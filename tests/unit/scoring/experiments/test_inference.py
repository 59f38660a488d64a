"""Inference: the same numbers as gbstats, and no more false alarms than promised however often one looks."""

from __future__ import annotations

import json
from math import inf, sqrt
from pathlib import Path

import numpy as np
import pytest

from scoring import (
    Alarm,
    Sample,
    adjust_by_covariate,
    always_valid_p,
    check_split,
    check_withdrawals,
    confidence_sequence,
    holm,
)
from tests.requirement import whole_campaign

ORACLE = json.loads((Path(__file__).parents[3] / "vectors/experiments/growthbook.json").read_text())
PEEKS = 20


@pytest.mark.parametrize("case", ORACLE["sequential"], ids=lambda case: str(case["samples"][0][0]))
@pytest.mark.parametrize("form", ["", "adjusted_"])
def test_intervals_and_p_values_are_those_of_gbstats(case: dict, form: str) -> None:
    baseline, treatment = (Sample(*each) for each in case[f"{form}samples"])
    interval = confidence_sequence(treatment, baseline, case["alpha"])
    assert [interval.low, interval.high] == pytest.approx(case[f"{form}interval"], rel=1e-9)
    assert always_valid_p(treatment, baseline, case["alpha"]) == pytest.approx(case[f"{form}p"], rel=1e-9)


@pytest.mark.parametrize("case", [each for each in ORACLE["sequential"] if "values" in each])
def test_the_covariate_takes_out_what_gbstats_takes_out(case: dict) -> None:
    values, before = ([np.array(each) for each in case[name]] for name in ("values", "before"))
    adjusted = adjust_by_covariate(values, before)
    shift = adjusted[0].mean() - case["adjusted_samples"][0][1]
    for ours, (n, mean, variance) in zip(adjusted, case["adjusted_samples"], strict=True):
        assert len(ours) == n
        assert ours.mean() - shift == pytest.approx(mean, rel=1e-9, abs=1e-9)
        assert ours.var(ddof=1) == pytest.approx(variance, rel=1e-9)
    both = np.concatenate
    assert both(adjusted).mean() == pytest.approx(both(values).mean()), "nothing is added to everybody"


def test_a_covariate_that_says_nothing_changes_nothing() -> None:
    values = [np.arange(5.0), np.arange(7.0)]
    same = adjust_by_covariate(values, [np.zeros(5), np.zeros(7)])
    assert all((a == b).all() for a, b in zip(same, values, strict=True))


@pytest.mark.parametrize(("users", "weights", "p"), ORACLE["srm"])
def test_the_split_is_checked_as_gbstats_does(users: list[int], weights: list[float], p: float) -> None:
    assert check_split(users, weights)[0] == pytest.approx(p, rel=1e-9)


@pytest.mark.parametrize(
    ("counts", "alarm"),
    [
        ([5000, 5000], Alarm.NONE),
        ([5135, 4865], Alarm.YELLOW),
        ([5200, 4800], Alarm.RED),
        ([50_070_000, 49_930_000], Alarm.YELLOW),
        ([4, 4], Alarm.TOO_FEW),
        ([0, 0], Alarm.TOO_FEW),
    ],
)
def test_a_split_is_red_if_it_is_improbable_and_off_by_a_thousandth(counts: list[int], alarm: Alarm) -> None:
    assert check_split(counts, [0.5, 0.5])[1] is alarm


def test_an_arm_that_drives_people_out_is_seen() -> None:
    assert check_withdrawals([1000, 1000], [20, 22])[1] is Alarm.NONE
    assert check_withdrawals([1000, 1000], [20, 45])[1] is Alarm.YELLOW
    assert check_withdrawals([1000, 1000], [20, 80])[1] is Alarm.RED
    assert check_withdrawals([1000, 1000], [0, 2])[1] is Alarm.TOO_FEW
    assert check_withdrawals([0, 0], [0, 0])[1] is Alarm.TOO_FEW


def test_holm_corrects_in_order_and_never_beyond_one() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.6, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_too_little_says_nothing() -> None:
    few, many = Sample(10, 1.0, 1.0), Sample(10_000, 0.0, 1.0)
    assert confidence_sequence(few, many, 0.05).high == inf
    assert always_valid_p(few, many, 0.05) == 1.0
    assert always_valid_p(Sample(100, 1.0, 0.0), Sample(100, 0.0, 0.0), 0.05) == 1.0


def peeks(rng: np.random.Generator, rate: float, other: float) -> list[tuple[Sample, Sample]]:
    """Two arms that grow, looked at twenty times."""
    arms = [np.cumsum(rng.random(250 * PEEKS) < chance)[249::250] for chance in (rate, other)]
    sizes = 250 * np.arange(1, PEEKS + 1)
    found = []
    for n, *hits in zip(sizes.tolist(), *arms, strict=True):
        means = [hit / n for hit in hits]
        found.append(tuple(Sample(n, m, m * (1 - m) * n / (n - 1)) for m in means))
    return found  # type: ignore[return-value]


def test_twenty_looks_at_equal_arms_raise_at_most_five_false_alarms_in_a_hundred() -> None:
    runs = 4_000 if whole_campaign() else 500
    rng = np.random.default_rng(20_261_121)
    false_alarms = naive = 0
    for _ in range(runs):
        looks = peeks(rng, 0.1, 0.1)
        false_alarms += any(always_valid_p(a, b, 0.05) < 0.05 for a, b in looks)
        naive += any(abs(a.mean - b.mean) > 1.96 * sqrt((a.variance + b.variance) / a.n) for a, b in looks)
    assert false_alarms / runs <= 0.05
    assert naive / runs > 0.15, "what the sequence protects from: the same looks with an ordinary test"


def test_a_true_difference_is_found() -> None:
    rng = np.random.default_rng(3)
    found = [any(always_valid_p(a, b, 0.05) < 0.05 for a, b in peeks(rng, 0.1, 0.13)) for _ in range(100)]
    assert sum(found) > 85


def test_the_interval_leaves_nought_out_exactly_when_p_is_below_alpha() -> None:
    rng = np.random.default_rng(5)
    for a, b in (look for _ in range(40) for look in peeks(rng, 0.1, 0.12)):
        interval = confidence_sequence(a, b, 0.05)
        assert (interval.low > 0 or interval.high < 0) == (always_valid_p(a, b, 0.05) < 0.05)
