"""What an experiment is: its arms, what is measured, and which way is better."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a metric is there for."""

    GOAL = "goal"
    """What the experiment is to change."""
    GUARDRAIL = "guardrail"
    """What it must not make worse."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One number per unit, made of the events after its exposure."""

    name: str
    """What people call it."""
    event: str
    """The name of the event that counts."""
    field: str | None = None
    """A number of the event that is added up; without one, events are counted."""
    once: bool = False
    """Count a unit once (a conversion), however often the event came."""
    role: Role = Role.GOAL
    """What it is there for."""
    more_is_better: bool = True
    """Which way is good."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """A comparison of arms."""

    id: str
    """The id of the experiment."""
    arms: tuple[str, ...]
    """The variants, in order."""
    weights: tuple[float, ...]
    """The share of each; sums to 1."""
    baseline: str
    """The arm that the others are compared with."""
    metrics: tuple[Metric, ...]
    """What is measured."""
    alpha: float = 0.05
    """How often at most, over the whole life of an experiment in which nothing differs, a difference may be claimed."""
