"""Experiments in which nothing differs, from the first exposure to the report, looked at twenty times: hardly ever an alarm."""

from __future__ import annotations

import numpy as np

from scoring import Alarm, Experiment, Metric, Split, Trials, analyse, choose_arm
from tests.requirement import whole_campaign

RUNS = 1_000 if whole_campaign() else 60
LOOKS, UNITS_A_LOOK = 20, 50
DAY = 86_400
EXPERIMENT = Experiment(
    id="aa",
    arms=("a", "b"),
    weights=(0.5, 0.5),
    baseline="a",
    metrics=(
        Metric("orders", "Order Completed", once=True),
        Metric("revenue", "Order Completed", field="revenue"),
    ),
)


def live(trials: Trials, rng: np.random.Generator, slot: int, salt: str) -> None:
    """Somebody who has a past, is put into an arm, and has a future that the arm does not change."""
    arm = choose_arm(Split(salt, EXPERIMENT.arms, EXPERIMENT.weights), f"unit-{slot}")
    assert arm is not None
    eager = rng.random() < 0.3
    for at in (DAY, 3 * DAY):
        if rng.random() < (0.4 if eager else 0.05):
            trials.observe(("Order Completed", None), slot, at, 1.0)
            trials.observe(("Order Completed", "revenue"), slot, at, float(rng.gamma(2.0, 20.0)))
        if at == DAY:
            trials.expose("aa", arm, slot, 2 * DAY)


def test_twenty_looks_at_arms_that_do_not_differ() -> None:
    alarms = broken = 0
    for run in range(RUNS):
        rng, trials = np.random.default_rng([run, 20_261_121]), Trials()
        found = set()
        for look in range(LOOKS):
            for slot in range(look * UNITS_A_LOOK, (look + 1) * UNITS_A_LOOK):
                live(trials, rng, slot, f"salt-{run}")
            report = analyse(EXPERIMENT, trials.units_of(EXPERIMENT), {})
            found |= {each.verdict for each in report.metrics}
            broken += report.split_alarm is Alarm.RED
        alarms += bool(found & {"better", "worse"})
        assert any(each.variance_removed > 0 for each in report.metrics)
    assert alarms / RUNS <= 0.05
    assert broken / (RUNS * LOOKS) <= 0.01
