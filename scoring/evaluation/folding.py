"""Folding a history in: what each of its rows weighs, by how recent it is and how like the circumstances are.

    weight = 2 ** (-(rows that came later) / half_life) * mismatch ** (circumstances that differ) * event_CODE

What the commonest event counts is 1; `event_1`, `event_2`, ... is what the others count.
Short and long histories may want different half-lives: `half_life` holds for all, unless one for its length is given.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.sparse import csr_matrix

from scoring.evaluation.recording import Questions

FOREVER = 1e6
"""A half-life that lets every row of a history count alike."""

REGIMES = {"half_life_up_to_5": (0, 5), "half_life_up_to_20": (5, 20), "half_life_beyond_20": (20, 1 << 40)}
"""Name -> the lengths of history it is for: more than the first, up to the second."""

Chosen = Mapping[str, float]


def event_setting(code: int) -> str:
    """The name of what an event counts, by its code."""
    return f"event_{code}"


def fold_in(asked: Questions, n_items: int, chosen: Chosen) -> csr_matrix:
    """(Q, n_items) float32: what each item of a history weighs; rows of one item are added up."""
    history = asked.history
    half_lives = np.full(len(asked), chosen.get("half_life", FOREVER))
    for name, (above, up_to) in REGIMES.items():
        if name in chosen:
            half_lives[(asked.lengths > above) & (asked.lengths <= up_to)] = chosen[name]
    weights = 2.0 ** (-history.ages / half_lives[history.people])
    mismatch = chosen.get("mismatch", 1.0)
    if mismatch < 1:
        differ = np.zeros(len(weights))
        for name, values in history.contexts.items():
            differ += values != asked.contexts[name][history.people]
        weights *= mismatch**differ
    if history.events is not None:
        counts = [
            chosen.get(event_setting(code), 1.0) for code in range(int(history.events.max(initial=0)) + 1)
        ]
        weights *= np.array(counts)[history.events]
    return csr_matrix(
        (weights.astype(np.float32), (history.people, history.items)), shape=(len(asked), n_items)
    )
