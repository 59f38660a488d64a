"""The inverse in place."""

from __future__ import annotations

import numpy as np
import pytest

from scoring.inversion import invert_in_place


@pytest.mark.parametrize("n", [0, 1, 2, 255, 256, 257, 700])
def test_gives_minus_the_inverse(n: int) -> None:
    rng = np.random.default_rng(n)
    x = (rng.random((2 * n + 1, n)) < 0.2).astype(np.float64)
    a = x.T @ x + 5 * np.eye(n)
    expected = -np.linalg.inv(a) if n else a.copy()
    invert_in_place(a)
    np.testing.assert_allclose(a, expected, atol=1e-12)


def test_single_precision_is_good_enough_for_a_ridge() -> None:
    rng = np.random.default_rng(5)
    x = (rng.random((4000, 600)) < 0.05).astype(np.float64)
    exact = x.T @ x + 200 * np.eye(600)
    single = exact.astype(np.float32)
    invert_in_place(single)
    np.testing.assert_allclose(-single, np.linalg.inv(exact), atol=1e-8)


def test_a_singular_matrix_is_told() -> None:
    with pytest.raises(np.linalg.LinAlgError):
        invert_in_place(np.zeros((3, 3)))


def test_a_chain_of_shelves_leaves_no_subnormal_work() -> None:
    n = 2048
    a = np.eye(n, dtype=np.float32) * 3
    near = np.arange(n - 1)
    a[near, near + 1] = a[near + 1, near] = -1
    expected = np.linalg.inv(a.astype(np.float64))
    invert_in_place(a)
    assert np.abs(a + expected).max() < 1e-6
    assert not np.any((a != 0) & (np.abs(a) < np.finfo(np.float32).tiny))
