"""The comparison of an experiment's arms, made of what stands at this moment.

- Nobody is told a result that the numbers do not carry: with a split that does not fit its weights the verdict is withheld.
- Goals are corrected for there being several (metrics times arms); guardrails are not, because an alarm should come early.
- Who withdrew is in no arm any more; how many withdrew from each is a guardrail of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from scoring.experiments.definition import Experiment, Metric, Role
from scoring.experiments.inference import (
    Alarm,
    Interval,
    adjust_by_covariate,
    always_valid_p,
    check_split,
    check_withdrawals,
    confidence_sequence,
    sample,
)
from scoring.experiments.inference import holm as adjust_for_several
from scoring.experiments.trials import Units


@dataclass(frozen=True, slots=True)
class ArmReport:
    """How many are in an arm."""

    arm: str
    """The name of the arm."""
    weight: float
    """What share it should have."""
    units: int
    """How many are counted."""
    withdrawn: int
    """How many were exposed and withdrew since: in no number but this one."""


@dataclass(frozen=True, slots=True)
class MetricReport:
    """One arm against the baseline, by one metric."""

    metric: str
    """The name of the metric."""
    role: Role
    """What it is there for."""
    arm: str
    """The name of the arm."""
    mean: float
    """Of this arm's units, as measured."""
    baseline_mean: float
    """Of the baseline's units, as measured."""
    difference: float
    """Of the means, after taking out what was known before the exposure."""
    interval: Interval
    """Where the true difference lies: valid at every look."""
    p: float
    """The p-value, valid at every look."""
    p_adjusted: float
    """For there being several goals; of a guardrail the same as `p`."""
    variance_removed: float
    """What share of the variance the covariate took out, from 0 to 1."""
    verdict: str
    """`better`, `worse`, `undecided`, `too_few`, or `withheld` (the split is broken)."""


@dataclass(frozen=True, slots=True)
class ExperimentReport:
    """Everything that may be said of an experiment now."""

    arms: tuple[ArmReport, ...]
    """How many are in each."""
    split_p: float
    """Of the check that the arms are as full as their weights say."""
    split_alarm: Alarm
    """What it means."""
    withdrawals_p: float
    """Of the check that no arm drives people to withdraw."""
    withdrawals_alarm: Alarm
    """What it means."""
    in_two_arms: int
    """Units that were seen in several arms, and left out."""
    metrics: tuple[MetricReport, ...]
    """Each arm but the baseline, by each metric."""


def analyse(experiment: Experiment, units: Units, withdrawn: Mapping[str, int]) -> ExperimentReport:
    """Compare the arms.

    Args:
        experiment: what is compared, and how.
        units: what stands.
        withdrawn: per arm, how many units were exposed and withdrew.
    """
    counted = np.bincount(units.arm, minlength=len(experiment.arms)).tolist()
    gone = [withdrawn.get(arm, 0) for arm in experiment.arms]
    exposed = [n + left for n, left in zip(counted, gone, strict=True)]
    split_p, split_alarm = check_split(exposed, experiment.weights)
    withdrawals_p, withdrawals_alarm = check_withdrawals(exposed, gone)
    reports = [
        _compare(experiment, metric, number, arm, units)
        for number, metric in enumerate(experiment.metrics)
        for arm in experiment.arms
        if arm != experiment.baseline
    ]
    return ExperimentReport(
        arms=tuple(
            ArmReport(arm, weight, n, left)
            for arm, weight, n, left in zip(experiment.arms, experiment.weights, counted, gone, strict=True)
        ),
        split_p=split_p,
        split_alarm=split_alarm,
        withdrawals_p=withdrawals_p,
        withdrawals_alarm=withdrawals_alarm,
        in_two_arms=units.in_two_arms,
        metrics=_judged(experiment, reports, is_broken=split_alarm is Alarm.RED),
    )


def _compare(experiment: Experiment, metric: Metric, number: int, arm: str, units: Units) -> MetricReport:
    chosen = [units.arm == experiment.arms.index(name) for name in (arm, experiment.baseline)]
    raw = [units.values[number][each] for each in chosen]
    adjusted = adjust_by_covariate(raw, [units.before[number][each] for each in chosen])
    treatment, baseline = (sample(each) for each in adjusted)
    plain_treatment, plain_baseline = (sample(each) for each in raw)
    p = always_valid_p(treatment, baseline, experiment.alpha)
    variance = plain_treatment.variance + plain_baseline.variance
    kept = (treatment.variance + baseline.variance) / variance if variance > 0 else 1.0
    return MetricReport(
        metric=metric.name,
        role=metric.role,
        arm=arm,
        mean=plain_treatment.mean,
        baseline_mean=plain_baseline.mean,
        difference=treatment.mean - baseline.mean,
        interval=confidence_sequence(treatment, baseline, experiment.alpha),
        p=p,
        p_adjusted=p,
        variance_removed=max(0.0, 1 - kept),
        verdict="undecided",
    )


def _judged(
    experiment: Experiment, reports: list[MetricReport], *, is_broken: bool
) -> tuple[MetricReport, ...]:
    goals = [place for place, each in enumerate(reports) if each.role is Role.GOAL]
    adjusted = dict(zip(goals, adjust_for_several([reports[place].p for place in goals]), strict=True))
    better = {metric.name: metric.more_is_better for metric in experiment.metrics}
    judged = []
    for place, each in enumerate(reports):
        p = adjusted.get(place, each.p)
        verdict = "undecided"
        if is_broken:
            verdict = "withheld"
        elif each.interval.high == float("inf"):
            verdict = "too_few"
        elif p < experiment.alpha:
            verdict = "better" if (each.difference > 0) is better[each.metric] else "worse"
        judged.append(replace(each, p_adjusted=p, verdict=verdict))
    return tuple(judged)
