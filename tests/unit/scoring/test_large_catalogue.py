"""A catalogue far beyond the closed form: bounded memory, and every item that anybody had is known."""

from __future__ import annotations

import tracemalloc

import numpy as np

from scoring import Learner, TrainingRecipe, explain, rank_group
from scoring.contributions import Seen
from tests.unit.scoring.material import row_of

N_ITEMS = 60_000
HEAD = 512
LARGEST_BYTES = 160_000_000
"""Where a dense matrix over all items would have 14,400,000,000 even in single precision."""


def shoppers(n_people: int = 20_000, length: int = 8) -> Seen:
    """Everybody walks along a shelf; every item is on somebody's way."""
    rng = np.random.default_rng(5)
    starts = np.concatenate((np.arange(0, N_ITEMS, 4), (rng.random(n_people) ** 3 * N_ITEMS).astype(int)))
    items = (starts[:, None] + np.arange(length)) % N_ITEMS
    people = np.repeat(np.arange(len(starts), dtype=np.int64), length)
    return Seen(np.arange(len(starts), dtype=np.int64), people, items.ravel().astype(np.int32))


def test_sixty_thousand_items_are_trained_in_bounded_memory() -> None:
    seen, recipe = shoppers(), TrainingRecipe(ridge=100.0, half_life=3, linear=1.0, following=0.5)
    learner = Learner(head=HEAD, choose=False)
    tracemalloc.start()
    try:
        model = learner.learn(seen, N_ITEMS, recipe, k=20, now=1, version=1)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < LARGEST_BYTES
    assert learner.nbytes == 8 * HEAD**2
    assert len(model.columns) == N_ITEMS
    everything = np.ones(N_ITEMS, dtype=np.bool_)
    for item in (7, 30_001, 59_990):
        row = row_of(item, item - 1)
        slate = rank_group(model, row[None], exclude=[None], available=everything, limit=5)[0]
        assert item + 1 in slate.items[:3]
        assert sum(addend for _, addend in explain(model, row, slate.items[0])) == slate.scores[0]
