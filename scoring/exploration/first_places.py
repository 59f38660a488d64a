"""What other ways of filling the first place would have brought, from slates whose first place was drawn.

Of each person one slate counts, the last that has waited its time: slates of one person resemble one another, and intervals that
took them for many people would be too narrow. Everything behind the first place stays as it was drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from scoring.exploration.posterior import ShownSlate
from scoring.off_policy.logged import LoggedDecisions, TargetPolicy
from scoring.off_policy.verdict import PolicyVerdict, judge_policy
from scoring.segments import MIN_COHORT


class FirstPlacePolicy(StrEnum):
    """A way of filling the first place."""

    RANKED = "ranked"
    """By the ranking alone: what exploring costs, or brings."""
    LEARNT = "learnt"
    """Always what promised most, as it was known then: what is left to gain by less chance."""
    UNIFORM = "uniform"
    """Any of the candidates, by chance alone."""


@dataclass(frozen=True, slots=True, eq=False)
class FirstPlaces:
    """n drawn first places, each of somebody else; all arrays are of one length."""

    answered: NDArray[np.float64]
    """(n,) 1 where it was answered."""
    propensities: NDArray[np.float64]
    """(n,) how likely it was to stand there."""
    candidates: NDArray[np.int64]
    """(n,) from how many it was drawn."""
    ranks: NDArray[np.int64]
    """(n,) where it stood in the ranking, from 0."""
    promised_most: NDArray[np.bool_]
    """(n,) whether it promised most."""

    @classmethod
    def of(cls, slates: Iterable[ShownSlate]) -> FirstPlaces:
        """Those of slates whose draw is known."""
        first = [
            (each.answered & 1, each.propensity, each.candidates, each.rank, each.promised_most)
            for each in slates
            if each.propensity > 0
        ]
        columns = np.array(first, dtype=np.float64).reshape(len(first), 5).T
        return cls(
            answered=columns[0],
            propensities=columns[1],
            candidates=columns[2].astype(np.int64),
            ranks=columns[3].astype(np.int64),
            promised_most=columns[4].astype(np.bool_),
        )

    def __len__(self) -> int:
        """How many there are."""
        return len(self.answered)

    def share_answered(self) -> float | None:
        """How many of all were answered; None of fewer people than MIN_COHORT, of whom it would say what somebody did."""
        return float(self.answered.mean()) if len(self) >= MIN_COHORT else None

    def judge(self, chance: np.random.Generator) -> Mapping[FirstPlacePolicy, PolicyVerdict]:
        """Say of each policy what it would have brought, in answers per slate, or why nobody can say.

        Args:
            chance: for resampling.

        Raises:
            LoggedDecisionsError: there are none.
        """
        nothing = np.zeros(len(self), dtype=np.int64)
        logged = LoggedDecisions(self.answered, self.propensities, nothing, nothing)
        taken = {
            FirstPlacePolicy.RANKED: (self.ranks == 0).astype(np.float64),
            FirstPlacePolicy.LEARNT: self.promised_most.astype(np.float64),
            FirstPlacePolicy.UNIFORM: 1 / np.maximum(self.candidates, 1),
        }
        return {name: judge_policy(logged, TargetPolicy(each), chance) for name, each in taken.items()}
