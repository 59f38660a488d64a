"""Experiments: who sees which arm, what was seen and done, and what may be concluded from it.

- `choose_arm` gives a unit its arm by hashing alone, so it is the same everywhere and for ever, and a ramp that rises leaves
  everybody where they are.
- `Trials` keeps what people saw and did, and forgets a person at once.
- `analyse` compares the arms, as often as one likes: its intervals hold at every moment.
"""

from scoring.experiments.analysis import (
    ArmReport,
    ExperimentReport,
    MetricReport,
    analyse,
)
from scoring.experiments.bucketing import Namespace, Split, choose_arm, fnv1a_32, hash_share
from scoring.experiments.definition import Experiment, Metric, Role
from scoring.experiments.inference import (
    Alarm,
    Interval,
    Sample,
    adjust_by_covariate,
    always_valid_p,
    check_split,
    check_withdrawals,
    confidence_sequence,
    holm,
)
from scoring.experiments.ramps import RampStep, coverage_at, rises
from scoring.experiments.trials import Trials, Units

__all__ = [
    "Alarm",
    "ArmReport",
    "Experiment",
    "ExperimentReport",
    "Interval",
    "Metric",
    "MetricReport",
    "Namespace",
    "RampStep",
    "Role",
    "Sample",
    "Split",
    "Trials",
    "Units",
    "adjust_by_covariate",
    "always_valid_p",
    "analyse",
    "check_split",
    "check_withdrawals",
    "choose_arm",
    "confidence_sequence",
    "coverage_at",
    "fnv1a_32",
    "hash_share",
    "holm",
    "rises",
]
