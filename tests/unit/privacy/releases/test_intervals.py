"""Intervals hold the truth as often as they say; the naive one does not."""

from __future__ import annotations

import numpy as np
import pytest

from privacy.releases import intervals
from privacy.releases.plan import Keyed
from privacy.releases.shapes import Law

RUNS = 4000


def covered(found, truth: float) -> float:
    return float(np.mean([each.low <= truth <= each.high for each in found]))


@pytest.fixture
def chance():
    return np.random.default_rng(6)


@pytest.mark.parametrize(("people", "noise"), [(500, 20.0), (2000, 20.0), (10_000, 5.5)])
def test_counts(chance, people, noise):
    seen = chance.poisson(people, RUNS) + np.round(chance.normal(0, noise, RUNS))
    assert covered([intervals.count(each, noise) for each in seen], people) == pytest.approx(0.95, abs=0.012)
    if noise == 20.0:
        naive = np.mean(np.abs(seen - people) <= intervals.Z * np.sqrt(np.maximum(seen, 0)))
        assert naive < 0.94


@pytest.mark.parametrize("people", [500, 2000, 10_000])
def test_laplace_noise_lies_further_off_than_normal_noise_as_often(chance, people):
    noise, spread = 20.0, Keyed(("all",), 1, 20.0, law=Law.LAPLACE).spread(20.0)
    drawn = chance.laplace(0, noise / np.sqrt(2), RUNS)
    found = covered([intervals.recorded(people + each, spread) for each in drawn], people)
    assert found == pytest.approx(0.95, abs=0.012)
    assert covered([intervals.recorded(people + each, noise) for each in drawn], people) < found
    seen = chance.poisson(people, RUNS) + np.round(drawn)
    assert 0.94 <= covered([intervals.count(each, spread) for each in seen], people) <= 0.975


@pytest.mark.parametrize(("people", "noise"), [(500, 20.0), (2000, 20.0), (10_000, 20.0)])
def test_shares_and_differences(chance, people, noise):
    rates = (0.10, 0.13)
    arms = [
        (
            chance.binomial(people, rate, RUNS) + chance.normal(0, noise, RUNS),
            people + chance.normal(0, noise, RUNS),
        )
        for rate in rates
    ]
    first, second = ([(float(r), float(n)) for r, n in zip(*arm, strict=True)] for arm in arms)
    found = [intervals.difference(one, other, noise) for one, other in zip(first, second, strict=True)]
    assert covered(found, rates[1] - rates[0]) == pytest.approx(0.95, abs=0.015)
    naive = [
        abs(o[0] / o[1] - f[0] / f[1] - 0.03) <= 1.96 * np.sqrt(sum(p * (1 - p) for p in rates) / people)
        for f, o in zip(first, second, strict=True)
    ]
    if people == 500:
        assert np.mean(naive) < 0.6, "what everybody would compute is wrong half of the time"
    assert covered([intervals.share(*each, noise) for each in first], rates[0]) >= 0.935


@pytest.mark.parametrize(
    ("people", "noise", "steps"), [(300, 5.0, 50), (1000, 7.0, 100), (10_000, 15.0, 200)]
)
def test_quantiles(chance, people, noise, steps):
    most, truth = 10_000, np.exp(7)  # the median of what people have
    asked = tuple(step * most // (steps - 1) for step in range(steps))
    found, naive = [], 0
    for _ in range(2000):
        owned = chance.lognormal(7, 1, chance.poisson(people))
        counts = np.bincount(np.searchsorted(asked, owned), minlength=steps + 1)
        noisy = counts + np.round(chance.normal(0, noise, steps + 1))
        found.append(intervals.quantile(asked, noisy.tolist(), 0.5, noise))
        ranks = np.cumsum(noisy)
        near = [np.searchsorted(ranks, share * ranks[-1]) for share in (0.45, 0.55)]
        naive += asked[min(near[0], steps - 1)] <= truth <= asked[min(near[1], steps - 1)]
    assert not any(each.hidden for each in found)
    assert covered(found, truth) == pytest.approx(0.955, abs=0.02)
    assert np.mean([each.value for each in found]) == pytest.approx(truth, rel=0.03)
    if people == 300:
        assert naive / len(found) < 0.9, (
            "the neighbours by a twentieth say nothing of how many people there are"
        )


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_quantiles_of_whole_numbers_are_told_exactly_where_nothing_is_in_doubt(share):
    counts = [0.0, 100_000.0, 0.0, 0.0, 0.0]
    found = intervals.quantile((0, 1, 2, 3), counts, share, 1.0)
    assert (found.value, found.low, found.high, found.hidden) == (1.0, 1.0, 1.0, False)


@pytest.mark.parametrize(("counts", "value"), [([9e4, 0.0, 0.0], 0.0), ([0.0, 0.0, 9e4], 50.0)])
def test_a_quantile_lies_between_nothing_and_the_most_that_is_counted(counts, value):
    assert intervals.quantile((0, 50), counts, 0.5, 2.0).value == value


@pytest.mark.parametrize("counts", [[0.0, 0.0, 0.0], [-9.0, 3.0, -2.0]])
def test_quantiles_of_nobody_are_hidden(counts):
    assert intervals.quantile((0, 50), counts, 0.5, 5.0).hidden


def test_recorded_sums(chance):
    seen = 5000 + chance.normal(0, 70.0, RUNS)
    assert covered([intervals.recorded(each, 70.0) for each in seen], 5000) == pytest.approx(0.95, abs=0.012)


def test_totals_and_means_cover_at_least_as_much(chance):
    totals, means = [], []
    for _ in range(1000):
        people = chance.poisson(800)
        amounts = np.minimum(chance.exponential(8, people), 30)
        noisy = float(amounts.sum() + chance.normal(0, 150))
        totals.append(intervals.total(noisy, 150.0, 30))
        means.append(intervals.mean(noisy, 150.0, float(people + chance.normal(0, 12)), 12.0, 30))
    truth = 8 * (1 - np.exp(-30 / 8))
    assert covered(totals, 800 * truth) >= 0.95
    assert covered(means, truth) >= 0.95


@pytest.mark.parametrize(("value", "hidden"), [(100.0, False), (66.0, True), (0.0, True), (-5.0, True)])
def test_what_is_mostly_noise_is_hidden(value, hidden):
    assert intervals.count(value, 20.0).hidden is hidden


def test_no_number_of_people_is_negative():
    found = intervals.count(-40.0, 20.0)
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high >= 0
