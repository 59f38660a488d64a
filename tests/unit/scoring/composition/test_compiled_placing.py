"""What is compiled gives what the plain form of it gives, and what a plain definition gives."""

from __future__ import annotations

from math import log2

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse import random as random_matrix

from scoring.composition.compiled_placing import (
    LEAST_SHARE,
    MOST_SHARE,
    compare_rows,
    count_offers,
    pick_diverse,
    prepare_placing,
    share_out,
)


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
    for pick in (pick_diverse, prepare_placing().pick_diverse):
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
    for compare in (compare_rows, prepare_placing().compare_rows):
        latest, found = np.full(30, -1, dtype=np.int32), np.zeros((20, 20), dtype=np.float32)
        compare(*parts, items, latest, found)
        assert np.allclose(found, wanted, atol=1e-6)
        assert (latest == -1).all()


def shared_by_the_rule(provider_of, offers, had, places):
    """The rule as it is written in `scoring.composition.exposure`, provider by provider."""
    had, left, chosen = dict(enumerate(had)), list(range(len(provider_of))), []
    for rank in range(1, places + 1):
        best = {each: min(k for k in left if provider_of[k] == each) for each in set(provider_of[left])}
        if not best:
            break
        gain = 1 / log2(rank + 1)
        total = sum(had.values()) + gain
        due = {each: offers[each] / sum(offers) * total for each in best}
        poorest = min(best, key=lambda each: (had[each] / due[each], best[each]))
        fitting = [each for each in best if (had[each] + gain) / due[each] <= MOST_SHARE]
        below = had[poorest] / due[poorest] < LEAST_SHARE
        turn = poorest if below or not fitting else min(fitting, key=best.__getitem__)
        chosen.append(best[turn])
        left.remove(best[turn])
        had[turn] += gain
    return chosen, list(had.values())


@pytest.mark.parametrize("seed", range(30))
def test_places_are_shared_out_by_the_rule(seed):
    rng = np.random.default_rng(seed)
    n, n_providers = int(rng.integers(1, 60)), int(rng.integers(1, 7))
    provider_of = rng.integers(0, n_providers, n).astype(np.int32)
    offers = np.bincount(provider_of, minlength=n_providers) + rng.integers(0, 9, n_providers) * 1.0
    had = np.where(offers > 0, rng.random(n_providers) * rng.integers(0, 9), 0)
    places = int(rng.integers(1, 25))
    wanted, left = shared_by_the_rule(provider_of, offers, had, places)
    for share in (share_out, prepare_placing().share_out):
        account, chosen = had.copy(), np.empty(places, dtype=np.int64)
        found = share(provider_of, offers, account, chosen)
        assert chosen[:found].tolist() == wanted
        assert account.tolist() == pytest.approx(left)


def test_offers_are_what_may_be_shown_and_who_has_no_provider_is_one():
    provider_of = np.array([0, 1, -1, 1, 0], dtype=np.int32)
    may_show = np.array([True, True, True, True, False])
    for count in (count_offers, prepare_placing().count_offers):
        offers = np.zeros(4)
        count(provider_of, may_show, offers)
        assert offers.tolist() == [1, 1, 2, 0]
