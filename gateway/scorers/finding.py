"""Scorers by name: the shipped one, and those that installed distributions offer as entry points.

A distribution offers one in the group `volens.scorers`; what its entry point names is called without arguments and returns a
`scoring.Scorer`. It is the operator's code: it is loaded only if `model.scorer` names it.
"""

from __future__ import annotations

from importlib.metadata import entry_points

from gateway.errors import ScorerError
from scoring import Learner, Scorer

GROUP = "volens.scorers"
"""The group of entry points."""

SHIPPED = "item-to-item"
"""The name of the scorer that is shipped."""


def find_scorer(name: str, *, choose_recipe: bool) -> Scorer:
    """The scorer of that name.

    Raises:
        ScorerError: no installed distribution offers it, several do, or it cannot be made.
    """
    if name == SHIPPED:
        return Learner(choose=choose_recipe)
    offered = tuple(entry_points(group=GROUP, name=name))
    if len(offered) != 1:
        raise ScorerError("model.scorer: no installed distribution offers this scorer, or several do")
    try:
        scorer: Scorer = offered[0].load()()
    except (ImportError, AttributeError, TypeError) as exc:
        raise ScorerError("model.scorer: the scorer cannot be loaded") from exc
    if not callable(getattr(scorer, "learn", None)):
        raise ScorerError("model.scorer: what the entry point gives is not a scorer")
    return scorer
