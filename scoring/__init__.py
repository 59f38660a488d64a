"""scoring: what to show.

The story in one page:

- The `Catalogue` knows what may be shown, each item under a permanent number.
- A permitted signal (`scoring.permitted`, made by the gateway's enforcement point only) notes an item in the person's `History`
  (their last 20, for personal slates) or among their `Contributions` (for the shared model), each under its own purpose.
- `train` turns everybody's contributions into a `Model`: EASE^R, whose addends are whole numbers. `TrainingSchedule` says
  when, and when a model that still knows somebody who left must be retired (`untrained` takes its place).
- `rank_group` adds up, for a group of people at once, what their histories say; each place of a slate (`Ranked`) names its
  strongest addend, and `explain` gives all of them: they sum to the score.
- `Engine` applies rules and segments: conditions over features of permitted signals, and what is done when they hold.
- Whoever may not be personalised gets the slate of `Popular`.

Scoring knows nothing of consent, storage or HTTP: people are slots, and times are arguments.
"""

from scoring.catalogue import MAX_CATALOGUE_ITEMS, Catalogue, Item
from scoring.contributions import Contributions, ContributionsSnapshot
from scoring.errors import (
    CatalogueFullError,
    CatalogueItemError,
    ExpressionError,
    ModelParameterError,
    ScheduleParameterError,
    ScheduleStateError,
    ScoringError,
    SnapshotShapeError,
)
from scoring.features import Feature, Measure, State
from scoring.features.declaration import OF_GROUPS as FEATURES_OF_GROUPS
from scoring.features.declaration import OF_ITEMS as FEATURES_OF_ITEMS
from scoring.features.declaration import WINDOWED as FEATURES_WINDOWED
from scoring.history import History
from scoring.model import Model, untrained
from scoring.popular import Popular
from scoring.ports import Placement
from scoring.ranking import explain, rank_group
from scoring.recent_items import NO_ITEM, RecentItemsSnapshot
from scoring.rules import EXPECTED as EXPECTED_SUPPRESSIONS
from scoring.rules import (
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
    RuleStatistics,
    Segment,
    Standing,
    Suppression,
    compile_expression,
    variable_of,
    zone_of,
)
from scoring.rules.expression import FAILURES as EXPRESSION_FAILURES
from scoring.segments import MIN_COHORT
from scoring.slates import Ranked
from scoring.trainer import ScheduleBounds, TrainingSchedule
from scoring.training import train

__all__ = [
    "EXPECTED_SUPPRESSIONS",
    "EXPRESSION_FAILURES",
    "FEATURES_OF_GROUPS",
    "FEATURES_OF_ITEMS",
    "FEATURES_WINDOWED",
    "MAX_CATALOGUE_ITEMS",
    "MIN_COHORT",
    "NO_ITEM",
    "Absence",
    "Action",
    "ActionKind",
    "Catalogue",
    "CatalogueFullError",
    "CatalogueItemError",
    "Contributions",
    "ContributionsSnapshot",
    "Conversion",
    "Declared",
    "Definitions",
    "Effect",
    "EffectKind",
    "Engine",
    "Expression",
    "ExpressionError",
    "Feature",
    "Firing",
    "History",
    "Item",
    "Measure",
    "Model",
    "ModelParameterError",
    "NotificationLimits",
    "Placement",
    "Popular",
    "Ranked",
    "RecentItemsSnapshot",
    "Rule",
    "RuleStatistics",
    "ScheduleBounds",
    "ScheduleParameterError",
    "ScheduleStateError",
    "ScoringError",
    "Segment",
    "SnapshotShapeError",
    "Standing",
    "State",
    "Suppression",
    "TrainingSchedule",
    "compile_expression",
    "explain",
    "rank_group",
    "train",
    "untrained",
    "variable_of",
    "zone_of",
]
