"""scoring: what to show.

The story in one page:

- The `Catalogue` knows what may be shown, each item under a permanent number.
- A permitted signal (`scoring.permitted`, made by the gateway's enforcement point only) notes an item in the person's `History`
  (their last 20, for personal slates) or among their `Contributions` (for the shared model), each under its own purpose.
- `train` turns everybody's contributions into a `Model`: EASE^R, whose addends are whole numbers. `TrainingSchedule` says
  when, and when a model that still knows somebody who left must be retired (`untrained` takes its place).
- `rank_group` adds up, for a group of people at once, what their histories say; each place of a slate (`Ranked`) names its
  strongest addend, and `explain` gives all of them: they sum to the score.
- Whoever may not be personalised gets the slate of `Popular`.
- Where a placement explores, `draw_slates` draws its first places with their true probability, and a `Posterior` learns from the
  answers and forgets a person exactly. `judge_policy` says what another policy would have brought, or why nobody can say;
  `AdaptiveWindow` notices when a rate has changed.

- `scoring.experiments` shares people out among variants (`choose_arm`), keeps what they did (`Trials`), and compares (`analyse`).
- `evaluate` says how good the recommenders are on recorded behaviour.

Scoring knows nothing of consent, storage or HTTP: people are slots, and times are arguments.
"""

from scoring.catalogue import MAX_CATALOGUE_ITEMS, Catalogue, Item
from scoring.contributions import Contributions, ContributionsSnapshot
from scoring.drift.adaptive_window import AdaptiveWindow
from scoring.errors import (
    CatalogueFullError,
    CatalogueItemError,
    DriftParameterError,
    ExplorationParameterError,
    LoggedDecisionsError,
    ModelParameterError,
    RecordingError,
    ScheduleParameterError,
    ScheduleStateError,
    ScoringError,
    SnapshotShapeError,
)
from scoring.evaluation import Evaluation, Measured, Progress, Recording, evaluate
from scoring.experiments import (
    Alarm,
    Experiment,
    ExperimentReport,
    Interval,
    Metric,
    MetricReport,
    Namespace,
    RampStep,
    Role,
    Sample,
    Split,
    Trials,
    Units,
    adjust_by_covariate,
    always_valid_p,
    analyse,
    check_split,
    check_withdrawals,
    choose_arm,
    confidence_sequence,
    coverage_at,
    hash_share,
    holm,
    rises,
)
from scoring.exploration.drawn import DrawnSlate, chances_of, draw_again, seed_bytes
from scoring.exploration.features import MAX_SURROUNDINGS, N_FEATURES, NO_SURROUNDINGS, describe_candidates
from scoring.exploration.posterior import Posterior, ShownSlate
from scoring.exploration.slate_policy import (
    NOBODY_LEFT,
    UTILITY_UNIT,
    Draw,
    SlatePolicy,
    draw_slates,
    propensities_of,
)
from scoring.history import History
from scoring.model import Model, untrained
from scoring.off_policy.gates import Gates, Refusal, Support
from scoring.off_policy.logged import (
    LoggedDecisions,
    TargetPolicy,
    best_policy,
    tabular_policy,
    uniform_policy,
)
from scoring.off_policy.verdict import Estimate, Verdict, compare_policies, judge_policy
from scoring.popular import Popular
from scoring.ports import Placement
from scoring.ranking import explain, rank_group
from scoring.recent_items import NO_ITEM, RecentItems, RecentItemsSnapshot
from scoring.slates import Ranked
from scoring.trainer import ScheduleBounds, TrainingSchedule
from scoring.training import train

__all__ = [
    "MAX_CATALOGUE_ITEMS",
    "MAX_SURROUNDINGS",
    "NOBODY_LEFT",
    "NO_ITEM",
    "NO_SURROUNDINGS",
    "N_FEATURES",
    "UTILITY_UNIT",
    "AdaptiveWindow",
    "Alarm",
    "Catalogue",
    "CatalogueFullError",
    "CatalogueItemError",
    "Contributions",
    "ContributionsSnapshot",
    "Draw",
    "DrawnSlate",
    "DriftParameterError",
    "Estimate",
    "Evaluation",
    "Experiment",
    "ExperimentReport",
    "ExplorationParameterError",
    "Gates",
    "History",
    "Interval",
    "Item",
    "LoggedDecisions",
    "LoggedDecisionsError",
    "Measured",
    "Metric",
    "MetricReport",
    "Model",
    "ModelParameterError",
    "Namespace",
    "Placement",
    "Popular",
    "Posterior",
    "Progress",
    "RampStep",
    "Ranked",
    "RecentItems",
    "RecentItemsSnapshot",
    "Recording",
    "RecordingError",
    "Refusal",
    "Role",
    "Sample",
    "ScheduleBounds",
    "ScheduleParameterError",
    "ScheduleStateError",
    "ScoringError",
    "ShownSlate",
    "SlatePolicy",
    "SnapshotShapeError",
    "Split",
    "Support",
    "TargetPolicy",
    "TrainingSchedule",
    "Trials",
    "Units",
    "Verdict",
    "adjust_by_covariate",
    "always_valid_p",
    "analyse",
    "best_policy",
    "chances_of",
    "check_split",
    "check_withdrawals",
    "choose_arm",
    "compare_policies",
    "confidence_sequence",
    "coverage_at",
    "describe_candidates",
    "draw_again",
    "draw_slates",
    "evaluate",
    "explain",
    "hash_share",
    "holm",
    "judge_policy",
    "propensities_of",
    "rank_group",
    "rises",
    "seed_bytes",
    "tabular_policy",
    "train",
    "uniform_policy",
    "untrained",
]
