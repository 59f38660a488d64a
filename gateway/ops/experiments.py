"""How experiments stand, as they are shown: what somebody must look at, and each comparison with its interval. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gateway.ops.charts import Whisker, draw_whisker
from gateway.ops.facts import ExperimentFact
from gateway.ops.spelling import Spelling
from gateway.ops.words import VERDICTS
from gateway.wording.languages import phrase
from scoring import Alarm

_SPLIT = {
    Alarm.RED: phrase("the arms are not as full as their weights say (red)"),
    Alarm.YELLOW: phrase("the arms are not as full as their weights say (yellow)"),
}
_WITHDRAWALS = {
    Alarm.RED: phrase("one arm drives more people to withdraw (red)"),
    Alarm.YELLOW: phrase("one arm drives more people to withdraw (yellow)"),
}


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


def show_experiment(fact: ExperimentFact, spelling: Spelling) -> ShownExperiment:
    """An experiment, ready to be drawn."""
    report = fact.report
    alarms = [
        spelling.say(texts[alarm])
        for texts, alarm in ((_SPLIT, report.split_alarm), (_WITHDRAWALS, report.withdrawals_alarm))
        if alarm in texts
    ]
    shown = []
    for each in report.metrics:
        ends = (each.interval.low, each.interval.high)
        bounded = all(np.isfinite(ends))
        reach = max(map(abs, (*ends, each.difference))) if bounded else 0.0
        said = spelling.say(phrase("no interval yet"))
        if bounded:
            difference, low, high = map(spelling.change, (each.difference, *ends))
            text = phrase("%(difference)s, between %(low)s and %(high)s")
            said = spelling.say(text, difference=difference, low=low, high=high)
        whisker = draw_whisker(*ends, each.difference, reach) if reach > 0 else None
        shown.append(ShownMetric(each.metric, each.arm, spelling.word(each.verdict, VERDICTS), said, whisker))
    return ShownExperiment(fact, tuple(alarms), tuple(shown))
