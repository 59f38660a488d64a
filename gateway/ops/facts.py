"""What the page shows beside the numbers of `/metrics`: how things stand at this moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scoring import ExperimentReport


@dataclass(frozen=True, slots=True)
class RuleFact:
    """A rule, and what became of it."""

    name: str
    """The name of the rule."""
    purpose: str
    """For which it acts."""
    in_force: bool
    """Whether it applies."""
    matches: int
    """How often its condition held."""
    fires: int
    """How often it acted."""
    conversions: int
    """How often that was followed by what counts as success."""
    suppressed: Mapping[str, int]
    """How often it might not act, by reason."""


@dataclass(frozen=True, slots=True)
class ExperimentFact:
    """An experiment, and what may be concluded now."""

    name: str
    """The name of the experiment."""
    hypothesis: str
    """What is believed."""
    report: ExperimentReport
    """The comparison of its arms."""


@dataclass(frozen=True, slots=True)
class ModelFact:
    """A model, and how it was examined."""

    version: int
    """Its running number."""
    stage: str
    """In use, in the shadow, ..."""
    people: int
    """Trained on so many, to the nearest ten."""
    examined_on: int
    """People it was examined on, to the nearest ten; 0 for too few to tell."""
    quality: float
    """NDCG@10 on them."""
    of_popularity: float
    """That of showing what is popular."""


@dataclass(frozen=True, slots=True)
class DestinationFact:
    """Where permitted signals go."""

    name: str
    """The id of the destination."""
    lag: int
    """Log entries it has not seen yet."""
    dead_letters: int
    """Signals that could not be delivered."""
    delivered: int
    """Signals delivered since the start."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it."""

    checks: Mapping[str, bool]
    """What must hold before requests are welcome."""
    purposes: tuple[str, ...]
    """Ids, in the order of the policy."""
    rules: tuple[RuleFact, ...]
    """The rules, sorted by name."""
    experiments: tuple[ExperimentFact, ...]
    """The experiments, sorted by name."""
    more_experiments: int
    """Not shown, because they are many."""
    models: tuple[ModelFact, ...]
    """The newest first."""
    destinations: tuple[DestinationFact, ...]
    """The destinations, in the order they are configured."""
