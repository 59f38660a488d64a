"""What is configured of learning, as plain values: the paths know no settings library."""

from __future__ import annotations

from dataclasses import dataclass

from scoring import SlatePolicy


@dataclass(frozen=True, slots=True)
class LearningPlace:
    """A placement whose decisions are joined to what came of them."""

    id: str
    """One of the placements."""
    explore: bool
    """Whether its first places are drawn by chance."""
    candidates: int
    """How many of the best items are drawn from."""
    policy: SlatePolicy
    """How boldly the placement explores."""
    context_key: str | None
    """The member of a question's context that is learnt from."""
    context_values: tuple[str, ...]
    """The values of it that are told apart."""


@dataclass(frozen=True, slots=True)
class LearningPlan:
    """All of it."""

    places: tuple[LearningPlace, ...]
    """Placements that learn."""
    window_seconds: int
    """How long after a decision something can still come of it."""
    max_decisions: int
    """Decisions that wait for outcomes at once."""
    drift_delta: float
    """How readily a change of a rate raises an alarm."""
