"""People taken out and put in, against inverting anew."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix, vstack

from scoring.kept_inverse import KeptInverse


def people(seed: int, n: int, m: int = 40) -> csr_matrix:
    rng = np.random.default_rng(seed)
    return csr_matrix((rng.random((n, m)) < 0.15).astype(np.float32))


def test_a_change_equals_inverting_anew() -> None:
    staying, leaving, coming = people(1, 120), people(2, 9), people(3, 90)
    kept = KeptInverse(vstack([staying, leaving]).tocsr(), 20.0)
    now = vstack([staying, coming]).tocsr()
    kept.exchange(leaving, coming, now)
    assert np.abs(kept.p - KeptInverse(now, 20.0).p).max() < 1e-12
    assert kept.inversions == 1
    assert kept.nbytes == 8 * 40 * 40


def test_what_drifted_is_inverted_anew() -> None:
    everybody = people(4, 60)
    kept = KeptInverse(everybody, 5.0)
    kept.p += 1e-6
    kept.exchange(people(5, 0), people(6, 0), everybody)
    assert kept.inversions == 2
    assert kept.error(everybody) < 1e-10


def test_somebody_whom_it_never_knew_is_noticed() -> None:
    everybody = people(7, 60)
    kept = KeptInverse(everybody, 5.0)
    kept.exchange(people(8, 1), people(9, 0), everybody)
    assert kept.inversions == 2
    assert np.abs(kept.p - KeptInverse(everybody, 5.0).p).max() < 1e-12


def test_nobody_is_left() -> None:
    alone = people(10, 1)
    kept = KeptInverse(alone, 5.0)
    kept.exchange(alone, people(11, 0), people(11, 0))
    assert np.abs(kept.p - np.eye(40) / 5.0).max() < 1e-12
