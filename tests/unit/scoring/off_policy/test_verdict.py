"""A verdict is right where the truth is known, and refused where the log does not carry it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from scoring import (
    Estimate,
    Gates,
    LoggedDecisions,
    LoggedDecisionsError,
    Refusal,
    TargetPolicy,
    best_policy,
    compare_policies,
    judge_policy,
    tabular_policy,
    uniform_policy,
)
from tests.requirement import datasets_directory

RATES = np.array([[0.02, 0.08, 0.05, 0.01], [0.06, 0.01, 0.05, 0.10]])


def log_of(n, seed, logging=None):
    """Decisions of a policy (contexts, actions) in a world whose rates are known."""
    chance = np.random.default_rng(seed)
    logging = np.array([[0.4, 0.3, 0.2, 0.1], [0.1, 0.2, 0.3, 0.4]]) if logging is None else logging
    contexts = chance.integers(0, 2, n)
    actions = np.array([chance.choice(4, p=logging[context]) for context in contexts])
    rewards = (chance.random(n) < RATES[contexts, actions]).astype(float)
    return LoggedDecisions(rewards, logging[contexts, actions], actions, contexts)


def chance():
    return np.random.default_rng(3)


def test_every_estimate_of_a_known_world_holds_the_truth_in_its_interval():
    logged = log_of(30_000, 1)
    truth = RATES.mean()
    verdict = judge_policy(logged, uniform_policy(logged), chance())
    assert verdict.refused == ()
    for estimate in (verdict.snips, verdict.doubly_robust, verdict.clipped):
        assert estimate.low < truth < estimate.high
        assert estimate.low < estimate.value < estimate.high
    width = verdict.doubly_robust.high - verdict.doubly_robust.low
    assert width <= 1.05 * (verdict.clipped.high - verdict.clipped.low)


def test_intervals_hold_the_truth_as_often_as_they_say():
    truth, held = RATES.mean(), 0
    for seed in range(40):
        logged = log_of(2_000, 100 + seed)
        found = judge_policy(logged, uniform_policy(logged), chance()).snips
        held += found.low <= truth <= found.high
    assert (
        held >= 34
    )  # 38 expected; fewer than 34 happens once in 50 suites of intervals that are too narrow by a quarter


def test_the_policy_that_logged_is_estimated_by_the_mean_of_the_log():
    logged = log_of(3_000, 2)
    verdict = judge_policy(logged, TargetPolicy(logged.propensities), chance())
    mean = logged.rewards.mean()
    assert verdict.snips.value == pytest.approx(mean)
    assert verdict.clipped.value == pytest.approx(mean)
    assert verdict.doubly_robust is None
    assert verdict.support.effective == pytest.approx(3_000)


def test_looking_at_the_context_beats_not_looking_by_the_interval():
    earlier, later = log_of(20_000, 5), log_of(20_000, 6)
    looking, blind = (tabular_policy(later, best_policy(earlier, by_context=each)) for each in (True, False))
    difference = compare_policies(later, looking, blind, chance())
    assert isinstance(difference, Estimate)
    assert difference.low > 0
    assert compare_policies(later, looking, looking, chance()) == Estimate(0.0, 0.0, 0.0)


def test_a_log_with_two_effective_decisions_in_ten_thousand_is_refused_with_the_reason():
    n = 10_000
    propensities = np.full(n, 0.999)
    propensities[:2] = 1e-6
    actions = np.zeros(n, dtype=np.int64)
    actions[:2] = 1
    logged = LoggedDecisions(np.zeros(n), propensities, actions, np.zeros(n, dtype=np.int64))
    verdict = judge_policy(logged, uniform_policy(logged), chance())
    assert round(verdict.support.effective) == 2
    assert set(verdict.refused) == set(Refusal)
    assert (verdict.snips, verdict.doubly_robust, verdict.clipped) == (None, None, None)
    assert (
        compare_policies(logged, uniform_policy(logged), uniform_policy(logged), chance()) == verdict.refused
    )


def test_propensities_that_are_wrong_show_in_the_mean_weight():
    logged = log_of(5_000, 8)
    invented = LoggedDecisions(logged.rewards, np.full(5_000, 0.5), logged.actions, logged.contexts)
    assert judge_policy(invented, uniform_policy(invented), chance()).refused == (Refusal.MEAN_WEIGHT,)


def test_an_action_that_the_target_never_takes_may_be_as_unlikely_as_it_was():
    n = 4_000
    propensities, actions = np.full(n, 0.5), np.arange(n) % 2
    propensities[0], actions[0] = 1e-9, 2
    logged = LoggedDecisions(np.ones(n), propensities, actions, np.zeros(n, dtype=np.int64))
    never = tabular_policy(logged, np.array([[0.5, 0.5, 0.0]]))
    assert judge_policy(logged, never, chance()).refused == ()
    assert judge_policy(logged, never, chance(), Gates(effective=5_000)).refused == (
        Refusal.EFFECTIVE_SAMPLE,
    )


@pytest.mark.parametrize(
    "change",
    [
        {"rewards": np.array([np.nan, 0.0])},
        {"rewards": np.array([-1.0, 0.0])},
        {"rewards": np.zeros(3)},
        {"propensities": np.array([0.0, 1.0])},
        {"propensities": np.array([0.5, 1.5])},
        {"propensities": np.array([0.5, np.nan])},
        {"actions": np.array([-1, 0])},
        {"contexts": np.array([0, -2])},
    ],
)
def test_what_cannot_be_a_log_is_refused(change):
    good = {
        "rewards": np.zeros(2),
        "propensities": np.ones(2),
        "actions": np.zeros(2, int),
        "contexts": np.zeros(2, int),
    }
    LoggedDecisions(**good)
    with pytest.raises(LoggedDecisionsError):
        LoggedDecisions(**(good | change))


@pytest.mark.parametrize("table", [np.ones((1, 2)), np.array([[0.5, 0.4]]), np.array([[1.5, -0.5]])])
def test_a_table_that_is_no_policy_is_refused(table):
    logged = LoggedDecisions(np.zeros(2), np.ones(2), np.zeros(2, int), np.zeros(2, int))
    with pytest.raises(LoggedDecisionsError):
        tabular_policy(logged, table)


def test_on_recorded_decisions_the_estimates_agree_with_what_was_measured():
    recorded = pl.read_parquet(datasets_directory() / "obd" / "obd_men.parquet")
    measured = recorded.filter(policy="random")["click"].mean()
    kept = recorded.filter(policy="bts")
    logged = LoggedDecisions(
        kept["click"].to_numpy().astype(float),
        kept["propensity"].to_numpy(),
        kept["item_id"].to_numpy(),
        kept["position"].to_numpy() - 1,
    )
    verdict = judge_policy(logged, uniform_policy(logged), chance())
    assert verdict.refused == ()
    assert round(verdict.support.effective) == 656
    assert verdict.snips.value == pytest.approx(0.0032, abs=5e-5)
    assert verdict.snips.low < measured < verdict.snips.high
    itself = (measured / 10_000) ** 0.5 * 1.96  # what was measured is an estimate too
    assert verdict.doubly_robust.low < measured + itself
    assert verdict.doubly_robust.high > measured - itself
