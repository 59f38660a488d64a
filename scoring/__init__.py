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
- A placement with a `Recipe` of its own, or a question that brings more than a history, gets its slate from the `Composer`.

Scoring knows nothing of consent, storage or HTTP: people are slots, and times are arguments.
"""

from scoring.catalogue import MAX_CATALOGUE_ITEMS, Catalogue, Item
from scoring.composition import (
    BoostRule,
    Composer,
    ContentIndex,
    EditorialRules,
    Exposure,
    Newcomers,
    Recipe,
    Text,
    Trending,
    Wanted,
    text_of,
)
from scoring.contributions import Contributions, ContributionsSnapshot
from scoring.errors import (
    CatalogueFullError,
    CatalogueItemError,
    ModelParameterError,
    ScheduleParameterError,
    ScheduleStateError,
    ScoringError,
    SnapshotShapeError,
)
from scoring.history import History
from scoring.model import Model, untrained
from scoring.popular import Popular
from scoring.ports import Placement, Surroundings
from scoring.ranking import explain, rank_group
from scoring.recent_items import NO_ITEM, RecentItemsSnapshot
from scoring.slates import Part, Ranked
from scoring.trainer import ScheduleBounds, TrainingSchedule
from scoring.training import train

__all__ = [
    "MAX_CATALOGUE_ITEMS",
    "NO_ITEM",
    "BoostRule",
    "Catalogue",
    "CatalogueFullError",
    "CatalogueItemError",
    "Composer",
    "ContentIndex",
    "Contributions",
    "ContributionsSnapshot",
    "EditorialRules",
    "Exposure",
    "History",
    "Item",
    "Model",
    "ModelParameterError",
    "Newcomers",
    "Part",
    "Placement",
    "Popular",
    "Ranked",
    "RecentItemsSnapshot",
    "Recipe",
    "ScheduleBounds",
    "ScheduleParameterError",
    "ScheduleStateError",
    "ScoringError",
    "SnapshotShapeError",
    "Surroundings",
    "Text",
    "TrainingSchedule",
    "Trending",
    "Wanted",
    "explain",
    "rank_group",
    "text_of",
    "train",
    "untrained",
]
