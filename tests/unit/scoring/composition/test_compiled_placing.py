"""What is compiled gives what the plain form of it gives, and what others compute."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse import random as random_matrix

from scoring.composition.compiled_placing import compare_rows, pick_diverse, prepare_composing


def by_numpy(value, likeness, strength, places):
    """The same choice, an array at a time."""
    value, total, chosen = value.copy(), np.zeros(len(value)), []
    for place in range(places):
        best = int(np.argmax(value - strength * total / max(place, 1)))
        chosen.append(best)
        total += likeness[best]
        value[best] = -np.inf
    return chosen


@pytest.mark.parametrize("seed", range(20))
def test_what_is_picked_is_what_numpy_picks(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 60))
    value = np.round(rng.random(n), 1)  # many are equal
    likeness = np.round(rng.random((n, n)), 1).astype(np.float32)
    places = int(rng.integers(1, n + 1))
    compiled, _ = prepare_composing()
    for pick in (pick_diverse, compiled):
        chosen = np.empty(places, dtype=np.int64)
        pick(value.copy(), likeness, 1.5, chosen)
        assert chosen.tolist() == by_numpy(value, likeness, 1.5, places)


@pytest.mark.parametrize("seed", range(5))
def test_rows_are_compared_as_scipy_multiplies_them(seed):
    rng = np.random.default_rng(seed)
    rows: csr_matrix = random_matrix(40, 30, density=0.2, format="csr", dtype=np.float32, random_state=rng)
    items = rng.permutation(45)[:20].astype(np.int64)  # some are beyond the last
    known = np.minimum(items, 39)
    wanted = (rows[known] @ rows[known].T).toarray()
    wanted[items >= 40] = 0
    wanted[:, items >= 40] = 0
    parts = rows.indptr.astype(np.int32), rows.indices.astype(np.int32), rows.data.astype(np.float32)
    _, compiled = prepare_composing()
    for compare in (compare_rows, compiled):
        scratch, found = np.zeros(30, dtype=np.float32), np.zeros((20, 20), dtype=np.float32)
        compare(*parts, items, scratch, found)
        assert np.allclose(found, wanted, atol=1e-6)
        assert not scratch.any()
