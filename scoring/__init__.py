"""scoring: what to show.

- The `Catalogue` knows what may be shown, each item under a permanent number.
- A permitted signal (`scoring.permitted`, made by the gateway's enforcement point only) notes an item in the person's `History`
  (their last 20, for slates) or among their `Contributions` (for the shared model), each under its own purpose.
- A `Scorer` turns everybody's contributions into a `Model`, whose addends are whole numbers. The one that is shipped,
  `Learner`, adds EASE^R and what follows what, and takes people out exactly; `train` is EASE^R alone. `TrainingSchedule`
  says when, and when a model that still knows somebody who left must be retired (`untrained` takes its place).
- `rank_group` adds up, for a group of people at once, what their histories say; each place of a slate (`Ranked`) names its
  strongest addend, and `explain` gives all of them: they sum to the score.
- `Engine` applies rules and segments: conditions over features of permitted signals, and what is done when they hold.
- Whoever may not be personalised gets the slate of `Popular`. `evaluate` says how good slates are on recorded behaviour.
- Where a placement explores, `draw_slates` draws its first places with their true probability, and a `Posterior` learns from the
  answers and forgets a person exactly. `judge_policy` says what another policy would have brought, or why nobody can say;
  `ModelVersions` which trained model is in use and which may be gone back to; `AdaptiveWindow` when a rate has changed.
- `scoring.experiments` shares people out among variants (`choose_arm`), keeps what they did (`Trials`), compares (`analyse`).
- A placement with a `Recipe` of its own, or a question that brings more than a history, gets its slate from the `Composer`.

Scoring knows nothing of consent, storage or HTTP: people are slots, and times are arguments.
"""

from scoring.catalogue import MAX_CATALOGUE_ITEMS, Catalogue, Item
from scoring.compiling import compiled
from scoring.composition import (
    BoostRule,
    Composer,
    ContentIndex,
    EditorialRules,
    Newcomers,
    Recipe,
    Text,
    Trending,
    Wanted,
    text_of,
)
from scoring.contributions import Contributions, ContributionsSnapshot, Seen
from scoring.drift.adaptive_window import AdaptiveWindow
from scoring.drift.narrowing import growth_of, mean_concentration
from scoring.errors import (
    CatalogueFullError,
    CatalogueItemError,
    DriftParameterError,
    ExplorationParameterError,
    ExpressionError,
    LoggedDecisionsError,
    ModelParameterError,
    RecordingError,
    ScheduleParameterError,
    ScheduleStateError,
    ScoringError,
    SnapshotShapeError,
)
from scoring.evaluation import Evaluation, Measured, Progress, Recording
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
from scoring.exploration.first_places import FirstPlaces
from scoring.exploration.posterior import Posterior, ShownSlate
from scoring.exploration.slate_policy import (
    NOBODY_LEFT,
    UTILITY_UNIT,
    SlatePolicy,
    draw_slates,
    propensities_of,
)
from scoring.features import Feature, Measure, State
from scoring.features.declaration import OF_GROUPS as FEATURES_OF_GROUPS
from scoring.features.declaration import OF_ITEMS as FEATURES_OF_ITEMS
from scoring.features.declaration import WINDOWED as FEATURES_WINDOWED
from scoring.history import History
from scoring.in_use import evaluate
from scoring.kept_inverse import KeptInverse
from scoring.learner import Learner
from scoring.model import Model, TrainingFacts, seal_model, untrained
from scoring.off_policy.gates import Gates, Refusal, Support
from scoring.off_policy.logged import (
    LoggedDecisions,
    TargetPolicy,
    best_policy,
    tabular_policy,
    uniform_policy,
)
from scoring.off_policy.verdict import Estimate, PolicyVerdict, compare_policies, judge_policy
from scoring.packed_model import pack_model, unpack_model
from scoring.popular import Popular
from scoring.ports import Placement, Scorer, Surroundings
from scoring.preparing import prepare_ranking
from scoring.promotion.holdout import HeldOut, hold_out, quality_of, quality_of_popularity
from scoring.promotion.versions import Candidate, ModelVersions, Stage
from scoring.ranking import explain, rank_group
from scoring.recent_items import NO_ITEM, RecentItemsSnapshot
from scoring.rules import EXPECTED as EXPECTED_SUPPRESSIONS
from scoring.rules import (
    RECORD_FIELDS,
    Absence,
    Action,
    ActionKind,
    Conversion,
    Declared,
    Definitions,
    Effect,
    EffectKind,
    Engine,
    Expression,
    Firing,
    NotificationLimits,
    Rule,
    Segment,
    Standing,
    Suppression,
    compile_expression,
    variable_of,
    zone_of,
)
from scoring.rules.cel_words import FAILURES as EXPRESSION_FAILURES
from scoring.rules.cel_words import read_words
from scoring.sightings import ITEM_MASK, N_EVENTS, events_of, sighting_of
from scoring.slates import Part, Ranked
from scoring.trainer import ScheduleBounds, TrainingSchedule
from scoring.training import train
from scoring.training_recipe import TrainingRecipe

__all__ = [
    "EXPECTED_SUPPRESSIONS",
    "EXPRESSION_FAILURES",
    "FEATURES_OF_GROUPS",
    "FEATURES_OF_ITEMS",
    "FEATURES_WINDOWED",
    "ITEM_MASK",
    "MAX_CATALOGUE_ITEMS",
    "MAX_SURROUNDINGS",
    "NOBODY_LEFT",
    "NO_ITEM",
    "NO_SURROUNDINGS",
    "N_EVENTS",
    "N_FEATURES",
    "RECORD_FIELDS",
    "UTILITY_UNIT",
    "Absence",
    "Action",
    "ActionKind",
    "AdaptiveWindow",
    "Alarm",
    "BoostRule",
    "Candidate",
    "Catalogue",
    "CatalogueFullError",
    "CatalogueItemError",
    "Composer",
    "ContentIndex",
    "Contributions",
    "ContributionsSnapshot",
    "Conversion",
    "Declared",
    "Definitions",
    "DrawnSlate",
    "DriftParameterError",
    "EditorialRules",
    "Effect",
    "EffectKind",
    "Engine",
    "Estimate",
    "Evaluation",
    "Experiment",
    "ExperimentReport",
    "ExplorationParameterError",
    "Expression",
    "ExpressionError",
    "Feature",
    "Firing",
    "FirstPlaces",
    "Gates",
    "HeldOut",
    "History",
    "Interval",
    "Item",
    "KeptInverse",
    "Learner",
    "LoggedDecisions",
    "LoggedDecisionsError",
    "Measure",
    "Measured",
    "Metric",
    "MetricReport",
    "Model",
    "ModelParameterError",
    "ModelVersions",
    "Namespace",
    "Newcomers",
    "NotificationLimits",
    "Part",
    "Placement",
    "PolicyVerdict",
    "Popular",
    "Posterior",
    "Progress",
    "RampStep",
    "Ranked",
    "RecentItemsSnapshot",
    "Recipe",
    "Recording",
    "RecordingError",
    "Refusal",
    "Role",
    "Rule",
    "Sample",
    "ScheduleBounds",
    "ScheduleParameterError",
    "ScheduleStateError",
    "Scorer",
    "ScoringError",
    "Seen",
    "Segment",
    "ShownSlate",
    "SlatePolicy",
    "SnapshotShapeError",
    "Split",
    "Stage",
    "Standing",
    "State",
    "Support",
    "Suppression",
    "Surroundings",
    "TargetPolicy",
    "Text",
    "TrainingFacts",
    "TrainingRecipe",
    "TrainingSchedule",
    "Trending",
    "Trials",
    "Wanted",
    "adjust_by_covariate",
    "always_valid_p",
    "analyse",
    "best_policy",
    "chances_of",
    "check_split",
    "check_withdrawals",
    "choose_arm",
    "compare_policies",
    "compile_expression",
    "compiled",
    "confidence_sequence",
    "coverage_at",
    "describe_candidates",
    "draw_again",
    "draw_slates",
    "evaluate",
    "events_of",
    "explain",
    "growth_of",
    "hash_share",
    "hold_out",
    "holm",
    "judge_policy",
    "mean_concentration",
    "pack_model",
    "prepare_ranking",
    "propensities_of",
    "quality_of",
    "quality_of_popularity",
    "rank_group",
    "read_words",
    "rises",
    "seal_model",
    "seed_bytes",
    "sighting_of",
    "tabular_policy",
    "text_of",
    "train",
    "uniform_policy",
    "unpack_model",
    "untrained",
    "variable_of",
    "zone_of",
]
