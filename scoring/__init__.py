"""scoring: what to show.

The story in one page:

- The `Catalogue` knows what may be shown, each item under a permanent number.
- A permitted signal (`scoring.permitted`, made by the gateway's enforcement point only) notes an item in the person's `History`
  (their last 20, for personal slates) or among their `Contributions` (for the shared model), each under its own purpose.
- A `Scorer` turns everybody's contributions into a `Model`, whose addends are whole numbers. The one that is shipped,
  `Learner`, adds EASE^R and what follows what, by a `Recipe` it chooses, and takes people out exactly; `train` is EASE^R
  alone. `TrainingSchedule` says
  when, and when a model that still knows somebody who left must be retired (`untrained` takes its place).
- `rank_group` adds up, for a group of people at once, what their histories say; each place of a slate (`Ranked`) names its
  strongest addend, and `explain` gives all of them: they sum to the score.
- Whoever may not be personalised gets the slate of `Popular`.
- `evaluate` says how good the recommenders are on recorded behaviour.

Scoring knows nothing of consent, storage or HTTP: people are slots, and times are arguments.
"""

from scoring.catalogue import MAX_CATALOGUE_ITEMS, Catalogue, Item
from scoring.contributions import Contributions, ContributionsSnapshot, Seen
from scoring.errors import (
    CatalogueFullError,
    CatalogueItemError,
    ModelParameterError,
    RecordingError,
    ScheduleParameterError,
    ScheduleStateError,
    ScoringError,
    SnapshotShapeError,
)
from scoring.evaluation import Evaluation, Measured, Progress, Recording, evaluate
from scoring.history import History
from scoring.kept_inverse import KeptInverse
from scoring.learner import Learner
from scoring.model import Model, TrainingFacts, seal_model, untrained
from scoring.popular import Popular
from scoring.ports import Placement, Scorer
from scoring.ranking import explain, rank_group
from scoring.recent_items import NO_ITEM, RecentItemsSnapshot
from scoring.recipe import Recipe
from scoring.slates import Ranked
from scoring.trainer import ScheduleBounds, TrainingSchedule
from scoring.training import train

__all__ = [
    "MAX_CATALOGUE_ITEMS",
    "NO_ITEM",
    "Catalogue",
    "CatalogueFullError",
    "CatalogueItemError",
    "Contributions",
    "ContributionsSnapshot",
    "Evaluation",
    "History",
    "Item",
    "KeptInverse",
    "Learner",
    "Measured",
    "Model",
    "ModelParameterError",
    "Placement",
    "Popular",
    "Progress",
    "Ranked",
    "RecentItemsSnapshot",
    "Recipe",
    "Recording",
    "RecordingError",
    "ScheduleBounds",
    "ScheduleParameterError",
    "ScheduleStateError",
    "Scorer",
    "ScoringError",
    "Seen",
    "SnapshotShapeError",
    "TrainingFacts",
    "TrainingSchedule",
    "evaluate",
    "explain",
    "rank_group",
    "seal_model",
    "train",
    "untrained",
]
