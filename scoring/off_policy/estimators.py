"""The estimators: clipped inverse propensities, the same normalised by itself, and doubly robust.

    w = target / propensity
    clipped IPS = mean(min(w, cap) r)
    SNIPS       = sum(w r) / sum(w)
    DR          = mean(sum over a of target(a) q(a) + w (r - q(done)))      q learnt on the other folds

Clipping is biased downwards and steady; SNIPS is consistent and bounded by the largest reward; DR is unbiased whatever q is, and
steady where q is good. Each gives one number a decision, so that an interval can be drawn by resampling.

Source: Swaminathan and Joachims, "The Self-Normalized Estimator", NIPS 2015; Dudík, Langford and Li, "Doubly Robust Policy
Evaluation and Learning", ICML 2011.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoring.off_policy.logged import LoggedDecisions, TargetPolicy, smoothed_means

WEIGHT_CAP = 10.0
"""Of clipped IPS."""

_FOLDS = 5


def weights_of(logged: LoggedDecisions, target: TargetPolicy) -> NDArray[np.float64]:
    """(n,): how much more likely the target is to do what was done."""
    weights: NDArray[np.float64] = target.taken / logged.propensities
    return weights


def doubly_robust_terms(
    logged: LoggedDecisions, target: TargetPolicy, weights: NDArray[np.float64], chance: np.random.Generator
) -> NDArray[np.float64] | None:
    """(n,): the terms whose mean is DR, with the model of rewards learnt on the other four fifths; None if the target's
    probabilities of what was not done are unknown.
    """
    if target.whole is None:
        return None
    shape = target.whole.shape
    fold_of = chance.permutation(len(logged)) % _FOLDS
    terms = np.zeros(len(logged))
    for fold in range(_FOLDS):
        here = fold_of == fold
        there = ~here if 0 < here.sum() < len(logged) else here
        known = smoothed_means(logged.rewards[there], logged.actions[there], logged.contexts[there], shape)
        contexts = logged.contexts[here]
        expected = (target.whole * known).sum(axis=1)[contexts]
        surprise = logged.rewards[here] - known[contexts, logged.actions[here]]
        terms[here] = expected + weights[here] * surprise
    return terms
