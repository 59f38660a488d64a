"""The port of an outside model: from what people have seen to a table that scores histories.

A scorer learns, and gives a `Model`: of each item the related ones and their weights. That is what makes a batch of histories
into scores and addends (`rank_group`, `explain`), whoever learnt it; so every promise about slates holds for an outside model
as well: the addends of a score are literal, its digest stands in every entry, and nothing of a person is asked while
a slate is made.
"""

from __future__ import annotations

from typing import Protocol

from scoring.contributions import Seen
from scoring.model import Model
from scoring.training_recipe import TrainingRecipe


class Scorer(Protocol):
    """What learns the shared model. `Learner` is the one that is shipped; the setting `model.scorer` names another.

    - **Forgetting**: the model that is returned depends on `seen` alone, and on nobody who is not in it. What is kept from one
      call to the next must not keep whoever left; the published bound is measured from the withdrawal to
      the adoption of the model.
    - **Concurrency**: called on a thread beside the event loop, never twice at once. It should let other threads run.
    - **Ordering**: calls come in the order of `version`.
    - **Errors**: any exception means no model. The one in use stays until the bound, then it is retired.
    - **Absence**: with nobody, or no items, a model that is not `usable`.
    """

    def learn(
        self, seen: Seen, n_items: int, given: TrainingRecipe, *, k: int, now: int, version: int
    ) -> Model:
        """Learn anew from everybody who takes part.

        Args:
            seen: who saw what, in order; a copy.
            n_items: size of the catalogue; items are below it.
            given: what the settings say of λ and half-life.
            k: related items per item, 1 to 200.
            now: when `seen` was taken (unix seconds).
            version: the model's number; higher than that of every one before.

        Returns:
            A model made by `seal_model`.
        """
        ...
