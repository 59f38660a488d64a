"""Draws the first places of personal slates where the placement explores, a group of questions at once.

- Only personalised questions come here, so `recommendations` (or what the placement stands on) holds.
- What was drawn, from what, with which chance and how likely it was goes into the decision's sealed evidence: all of it, each
  time. The chance is fresh from the operating system, and known to nobody who cannot open the evidence.
- Whether it may be learnt from is decided in the same step: the person permits it, and the question does not narrow that. It is
  learnt from once the evidence is durable, if the person permits it then.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from gateway.deciding.asked import Asked
from gateway.learning.learner import OutcomeLearner
from gateway.learning.placements import LearningPlace
from scoring import (
    NO_SURROUNDINGS,
    NOBODY_LEFT,
    Catalogue,
    DrawnSlate,
    Model,
    Ranked,
    chances_of,
    describe_candidates,
    draw_slates,
    seed_bytes,
)

_NO_BYTES = b""


class Explorer:
    """Reorders slates before they become evidence."""

    def __init__(
        self,
        learner: OutcomeLearner,
        catalogue: Catalogue,
        permitted: Callable[[int, int], int],
        entropy: Callable[[int], bytes] = os.urandom,
    ) -> None:
        """Explore by what `learner` knows; `permitted` gives a slot's bits at a time."""
        self._learner = learner
        self._catalogue = catalogue
        self._permitted = permitted
        self._entropy = entropy
        self.drawn = 0
        """Slates drawn."""

    def width_of(self, personal: Sequence[Asked]) -> int:
        """How many items have to be ranked for these questions."""
        configured = self._learner.placements
        return max(
            (found.candidates for asked in personal if (found := configured.get(asked.placement.id))),
            default=0,
        )

    def explore(self, personal: Sequence[Asked], model: Model, now: int) -> None:
        """Draw the first places of those slates whose placement explores, and say in each how."""
        groups: dict[str, list[Asked]] = {}
        for asked in personal:
            if asked.placement.id in self._learner.placements:
                asked.at = now
                groups.setdefault(asked.placement.id, []).append(asked)
        for name, group in groups.items():
            placement = self._learner.placements[name]
            if placement.explore:
                self._draw(placement, group, model, now)
            else:
                for asked in group:
                    asked.slate.drawn = DrawnSlate(
                        self._teaches(asked, now), [], [], [], [], _NO_BYTES, 0.0, 0.0, _NO_BYTES
                    )

    def shown(self, asked: Asked, index: int, drawn: DrawnSlate) -> None:
        """The slate was shown, and its evidence is durable."""
        permitted = self._permitted(asked.slot, asked.at) if drawn.teaches else 0
        if self._learner.permitted(asked.placement.id, permitted):
            items = asked.slate.items[: asked.limit]
            self._learner.shown(asked.slot, index, asked.at, asked.placement.id, items, drawn)

    def _teaches(self, asked: Asked, now: int) -> bool:
        bit = self._learner.training_bit
        permitted = self._permitted(asked.slot, now) & asked.claims
        return bit is not None and bool(permitted >> bit & 1)

    def _draw(self, placement: LearningPlace, group: list[Asked], model: Model, now: int) -> None:
        features, counts = self._describe(placement, group, model)
        policy = placement.policy
        utilities = self._learner.posterior(placement.id).utilities(features)
        n_bytes = seed_bytes(policy.places)
        seed = self._entropy(n_bytes * len(group))
        drawn = draw_slates(policy, utilities, counts, chances_of(seed).reshape(len(group), -1))
        for row, asked in enumerate(group):
            n = int(counts[row])
            chosen = drawn.chosen[row][drawn.chosen[row] != NOBODY_LEFT]
            said = DrawnSlate(
                teaches=self._teaches(asked, now),
                candidates=asked.slate.items[:n],
                utilities=utilities[row, :n].tolist(),
                chosen=chosen.tolist(),
                propensities=drawn.propensities[row, : len(chosen)].tolist(),
                seed=seed[n_bytes * row : n_bytes * (row + 1)],
                temperature=policy.temperature,
                floor=policy.floor,
                features=features[row, chosen].astype("<i2").tobytes(),
            )
            asked.slate = _in_order(asked.slate, said)
        self.drawn += len(group)

    def _describe(
        self, placement: LearningPlace, group: list[Asked], model: Model
    ) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
        """The features of each one's candidates, (R, N, 60), and how many there are, (R,)."""
        width = placement.candidates
        items = np.zeros((len(group), width), dtype=np.int64)
        scores = np.zeros((len(group), width), dtype=np.int64)
        counts = np.zeros(len(group), dtype=np.int64)
        for row, asked in enumerate(group):
            n = counts[row] = min(width, len(asked.slate.items))
            items[row, :n] = asked.slate.items[:n]
            scores[row, :n] = asked.slate.scores[:n]
        known = items < model.n_items
        popularity = np.where(known, model.popularity.take(items, mode="clip"), 0).astype(np.int64)
        categories = self._catalogue.category_of.take(items, mode="clip").astype(np.int64)
        surroundings = np.array([_surroundings(placement, asked) for asked in group], dtype=np.int64)
        return describe_candidates(scores, popularity, categories, surroundings), counts


def _in_order(slate: Ranked, drawn: DrawnSlate) -> Ranked:
    """The slate with what was drawn first, and everything else behind it as it was ranked."""
    taken = set(drawn.chosen)
    order = [*drawn.chosen, *(place for place in range(len(slate.items)) if place not in taken)]
    return Ranked(
        [slate.items[place] for place in order],
        [slate.scores[place] for place in order],
        [slate.because[place] for place in order],
        [slate.addends[place] for place in order],
        drawn,
    )


def _surroundings(placement: LearningPlace, asked: Asked) -> int:
    """Which of the surroundings that are told apart is at hand."""
    said = (asked.context or {}).get(placement.context_key) if placement.context_key else None
    if isinstance(said, str) and said in placement.context_values:
        return placement.context_values.index(said)
    return NO_SURROUNDINGS
