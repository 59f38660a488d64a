"""How experiments stand, as they are shown: what somebody must look at, and each comparison with its interval. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gateway.ops.charts import Whisker, draw_whisker
from gateway.ops.facts import ExperimentFact
from gateway.ops.spelling import words
from scoring import Alarm

_ALARMING = (Alarm.RED, Alarm.YELLOW)


@dataclass(frozen=True, slots=True)
class ShownMetric:
    """One arm against the baseline."""

    metric: str
    """The metric that is compared."""
    arm: str
    """The arm it is compared for."""
    verdict: str
    """What may be said."""
    difference: str
    """Of the means, with its interval, in words."""
    whisker: Whisker | None
    """The interval; None where it is not bounded."""


@dataclass(frozen=True, slots=True)
class ShownExperiment:
    """One experiment, ready to show."""

    fact: ExperimentFact
    """What is known."""
    alarms: tuple[str, ...]
    """What somebody must look at."""
    metrics: tuple[ShownMetric, ...]
    """The comparisons, one for each metric and arm."""


def show_experiment(fact: ExperimentFact) -> ShownExperiment:
    """An experiment, ready to be drawn."""
    report = fact.report
    alarms = []
    if report.split_alarm in _ALARMING:
        alarms.append(f"the arms are not as full as their weights say ({report.split_alarm.value})")
    if report.withdrawals_alarm in _ALARMING:
        alarms.append(f"one arm drives more people to withdraw ({report.withdrawals_alarm.value})")
    shown = []
    for each in report.metrics:
        ends = (each.interval.low, each.interval.high)
        bounded = all(np.isfinite(ends))
        reach = max(map(abs, (*ends, each.difference))) if bounded else 0.0
        said = (
            f"{each.difference:+.3g}, between {ends[0]:+.3g} and {ends[1]:+.3g}"
            if bounded
            else "no interval yet"
        )
        whisker = draw_whisker(*ends, each.difference, reach) if reach > 0 else None
        shown.append(ShownMetric(each.metric, each.arm, words(each.verdict), said, whisker))
    return ShownExperiment(fact, tuple(alarms), tuple(shown))
