"""The closed form against a plain inverse."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from scoring.linear import ease_weights, gram, invert_gram


def test_the_weights_are_those_of_the_closed_form() -> None:
    rng = np.random.default_rng(5)
    x = (rng.random((80, 30)) < 0.2).astype(np.float64)
    g = gram(csr_matrix(x), np.float64)
    assert np.array_equal(g, x.T @ x)
    p = invert_gram(g, 7.0)
    expected = np.linalg.inv(x.T @ x + 7.0 * np.eye(30))
    assert np.allclose(p, expected, atol=1e-12)
    b = ease_weights(p)
    assert np.allclose(b + np.eye(30), (np.eye(30) - p / np.diag(p)) + np.eye(30) * 1.0, atol=1e-12)


def test_a_smaller_power_favours_rare_items_less() -> None:
    p = np.array([[0.5, -0.1], [-0.1, 0.1]])
    assert np.isclose(ease_weights(p)[0, 1], 1.0)
    assert np.isclose(ease_weights(p, power=0.0)[0, 1], 0.1)
