"""How a model is made of its statistics: λ, half-life and what each statistic counts.

    weight[i -> j] = linear * B[i, j] + following * F[i, j]

with B of `scoring.linear` and F of `scoring.following`. Both are folded in with the same weights of a history, so a score stays a
sum of addends.
"""

from __future__ import annotations

from dataclasses import dataclass

from scoring.following import DEFAULT_DAMPING, Damping


@dataclass(frozen=True, slots=True)
class TrainingRecipe:
    """Everything that is chosen about a model."""

    ridge: float
    """λ of EASE^R."""
    half_life: float
    """Of the recency weights, in items."""
    linear: float = 1.0
    """What B counts."""
    following: float = 0.0
    """What F counts."""
    reach: float = 4.0
    """Steps after which a pair of F counts half."""
    damping: Damping = DEFAULT_DAMPING
    """How far popular items are held back in F."""
    validated_on: int = 0
    """Hidden items that it was chosen by; 0 if it was not chosen but set."""
    ndcg_at_10: float = 0.0
    """Of those, by the parts together."""
    short_half_life: float = 0
    """That of histories of up to five items (`decay.SHORT`); 0 for the same."""
    events: tuple[float, ...] = ()
    """What each event counts in a history, by its code (`scoring.sightings`); 1 for those that are not listed."""
    repeat: float = 0.0
    """What coming back to an item counts for it (`scoring.repeat_consumption`), in units of a weight; 0 where people do not come
    back, and where it was not chosen."""
    repeat_half_life: float = 0.0
    """Of that, in sightings."""

    def __post_init__(self) -> None:
        """Let whole half-lives be numbers like others: a model that is read back says the same of itself."""
        object.__setattr__(self, "half_life", float(self.half_life))
        object.__setattr__(self, "short_half_life", float(self.short_half_life))
