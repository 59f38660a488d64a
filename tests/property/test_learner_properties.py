"""However people come, change and leave: what is kept equals what is learnt anew, within 1e-9."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring import Contributions, KeptInverse, Learner, TrainingRecipe
from scoring.linear import ease_weights

N_ITEMS = 24
STEP = st.tuples(st.integers(0, 30), st.lists(st.integers(0, N_ITEMS - 1), max_size=6))


@given(st.lists(st.lists(STEP, max_size=3), min_size=1, max_size=12), st.sampled_from([0.5, 20.0, 300.0]))
@settings(max_examples=60, deadline=None)
def test_what_is_kept_equals_what_is_learnt_anew(
    rounds: list[list[tuple[int, list[int]]]], ridge: float
) -> None:
    contributions, learner, at = Contributions(), Learner(choose=False), 1
    for item in range(N_ITEMS):
        for person in range(100 + item, 104 + item):
            contributions.add(person, item, at)
    for changes in rounds:
        for person, items in changes:
            contributions.clear(person)
            for item in items:
                at += 1
                contributions.add(person, item, at)
        seen = contributions.freeze().seen(N_ITEMS)
        learner.learn(seen, N_ITEMS, TrainingRecipe(ridge, 5), k=10, now=1, version=1)
        kept = learner._inverse
        assert kept is not None
        anew = KeptInverse(seen.matrix(N_ITEMS)[:, learner._columns], ridge)
        assert np.abs(ease_weights(kept.p) - ease_weights(anew.p)).max(initial=0) < 1e-9
