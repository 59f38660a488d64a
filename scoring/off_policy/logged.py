"""Logged decisions, as an evaluation takes them: what was done, how likely it was, how likely it would be, what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.errors import LoggedDecisionsError


@dataclass(frozen=True, slots=True, eq=False)
class LoggedDecisions:
    """n decisions of one logging policy; all arrays are of one length."""

    rewards: NDArray[np.float64]
    """(n,) what came of each, from 0."""
    propensities: NDArray[np.float64]
    """(n,) how likely the logging policy was to do what it did, above 0 up to 1."""
    actions: NDArray[np.int64]
    """(n,) what it did, numbered from 0."""
    contexts: NDArray[np.int64]
    """(n,) in which surroundings, numbered from 0."""

    def __post_init__(self) -> None:
        """Refuse what cannot be a log.

        Raises:
            LoggedDecisionsError: lengths differ, there are none, or a number is out of its range.
        """
        lengths = {len(each) for each in (self.rewards, self.propensities, self.actions, self.contexts)}
        if lengths == {0} or len(lengths) != 1:
            raise LoggedDecisionsError(
                "logged decisions have a reward, a propensity, an action, a context each"
            )
        if not np.isfinite(self.rewards).all() or self.rewards.min() < 0:
            raise LoggedDecisionsError("rewards are numbers from 0")
        if not (self.propensities.min() > 0 and self.propensities.max() <= 1):
            raise LoggedDecisionsError("propensities are above 0, and 1 at most")
        if self.actions.min() < 0 or self.contexts.min() < 0:
            raise LoggedDecisionsError("actions and contexts are numbered from 0")

    def __len__(self) -> int:
        """How many decisions."""
        return len(self.rewards)

    @property
    def n_actions(self) -> int:
        """How many different actions there are."""
        return int(self.actions.max()) + 1

    @property
    def n_contexts(self) -> int:
        """How many different contexts there are."""
        return int(self.contexts.max()) + 1

    def part(self, chosen: NDArray[Any]) -> LoggedDecisions:
        """Some of them, by index or mask."""
        return LoggedDecisions(
            self.rewards[chosen], self.propensities[chosen], self.actions[chosen], self.contexts[chosen]
        )


@dataclass(frozen=True, slots=True, eq=False)
class TargetPolicy:
    """Another way of choosing."""

    taken: NDArray[np.float64]
    """(n,) how likely it is to do what was done, each time."""
    whole: NDArray[np.float64] | None = None
    """(contexts, actions) how likely it is to do each thing in each of the surroundings, if that is known."""


def uniform_policy(logged: LoggedDecisions) -> TargetPolicy:
    """Whoever does everything equally often."""
    share = 1 / logged.n_actions
    return TargetPolicy(np.full(len(logged), share), np.full((logged.n_contexts, logged.n_actions), share))


def tabular_policy(logged: LoggedDecisions, whole: NDArray[np.float64]) -> TargetPolicy:
    """Whoever chooses by this table.

    Args:
        logged: the decisions to be evaluated on.
        whole: (contexts, actions), rows that sum to 1.

    Raises:
        LoggedDecisionsError: the table has another shape, or a row is no distribution.
    """
    if whole.shape != (logged.n_contexts, logged.n_actions) or whole.min() < 0:
        raise LoggedDecisionsError("a policy has a probability for each action in each context")
    if np.abs(whole.sum(axis=1) - 1).max() > 1e-6:
        raise LoggedDecisionsError("the probabilities of a context sum to 1")
    return TargetPolicy(whole[logged.contexts, logged.actions], whole)


def best_policy(logged: LoggedDecisions, *, by_context: bool) -> NDArray[np.float64]:
    """The policy that always does what brought most in a log, as a table; rare actions count as average ones.

    Args:
        logged: what to learn from; never what is evaluated on afterwards.
        by_context: whether it may look at the surroundings.
    """
    contexts = logged.contexts if by_context else np.zeros(len(logged), dtype=np.int64)
    means = smoothed_means(logged.rewards, logged.actions, contexts, (logged.n_contexts, logged.n_actions))
    table = means if by_context else np.broadcast_to(means[:1], means.shape)
    whole = np.zeros(table.shape)
    whole[np.arange(len(table)), table.argmax(axis=1)] = 1
    return whole


def smoothed_means(
    rewards: NDArray[np.float64],
    actions: NDArray[np.int64],
    contexts: NDArray[np.int64],
    shape: tuple[int, int],
) -> NDArray[np.float64]:
    """The mean reward of each action in each context, (contexts, actions), drawn towards the action's mean and that towards
    the mean of everything, as if SMOOTHING more had been seen of each.
    """
    overall = float(rewards.mean())
    of_action = _drawn_towards(actions, rewards, shape[1], np.full(shape[1], overall))
    cells = contexts * shape[1] + actions
    return _drawn_towards(cells, rewards, shape[0] * shape[1], np.tile(of_action, shape[0])).reshape(shape)


SMOOTHING = 50.0
"""Decisions that a prior mean weighs as much as."""


def _drawn_towards(
    groups: NDArray[np.int64], rewards: NDArray[np.float64], n: int, prior: NDArray[np.float64]
) -> NDArray[np.float64]:
    sums = np.bincount(groups, weights=rewards, minlength=n)
    counts = np.bincount(groups, minlength=n)
    means: NDArray[np.float64] = (sums + SMOOTHING * prior) / (counts + SMOOTHING)
    return means
