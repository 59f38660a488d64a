"""What the artefact is compared with: popularity, EASE from the same sum, and factors learnt by federated averaging."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bench.federated_quality.asking import weighted
from bench.federated_quality.recorded import Asked, Numbers
from federated import DELTA, rho_for, scale_for, square_of


def popularity(total: NDArray[np.int64], asked: Asked) -> NDArray[np.float64]:
    """Everybody's scores are the diagonal."""
    alone = np.diag(square_of(total, asked.n_items))
    return np.tile(alone, (len(asked.histories), 1))


def ease(total: NDArray[np.int64], asked: Asked, ridge: float, half_life: float) -> NDArray[np.float64]:
    """EASE^R (Steck, WWW 2019) from the exact sum, with recency on the device.

    Args:
        total: the upper triangle.
        asked: the recording.
        ridge: of the mean of the diagonal.
        half_life: in items.
    """
    square = square_of(total, asked.n_items)
    inverse = np.linalg.inv(square + ridge * np.diag(square).mean() * np.eye(asked.n_items))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return np.asarray(weighted(asked, 0.5 ** (np.arange(100) / half_life)) @ weights)


def averaged_factors(
    asked: Asked,
    epsilon: float,
    *,
    times: int,
    rounds: int,
    recency: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """FedAvg-MF: each round every device solves its own vector, and sends a step of the items' vectors, of norm 1 at most.

    The noise of all rounds together comes to `epsilon`; a device's step is towards 1 for the items that it knows, and towards 0 for
    as many that it does not.
    """
    n_factors, pull = 16, 40.0
    known = _rows(asked.trained, asked.n_items)
    factors = rng.normal(0, 0.1, (asked.n_items, n_factors))
    scale = 0.0 if np.isinf(epsilon) else scale_for(1.0, rho_for(epsilon, DELTA) / rounds)
    share = known.sum(1, keepdims=True) / asked.n_items
    for _ in range(rounds):
        own = _solved(factors, known, 0.5)
        others = (rng.random(known.shape) < share) & (known == 0)
        guesses = own @ factors.T
        towards = known * (1 - guesses) - others * guesses
        norms = np.linalg.norm(towards, axis=1) * np.linalg.norm(own, axis=1)
        step = (towards / np.maximum(norms, 1.0)[:, None]).T @ own
        if scale:
            step += rng.normal(0, scale / times, step.shape)
        factors += pull * step / len(known)
    return np.asarray(_solved(factors, weighted(asked, recency), 0.5) @ factors.T)


def _rows(histories: list[Numbers], n_items: int) -> NDArray[np.float64]:
    rows = np.zeros((len(histories), n_items))
    for row, history in zip(rows, histories, strict=True):
        row[history[-100:]] = 1
    return rows


def _solved(factors: NDArray[np.float64], rows: NDArray[np.float64], ridge: float) -> NDArray[np.float64]:
    """Each device's own vector, by least squares over its weighted items, and lightly over all others."""
    n = factors.shape[1]
    products = (factors[:, :, None] * factors[:, None, :]).reshape(len(factors), n * n)
    grams = (rows @ products).reshape(-1, n, n) + 0.05 * (factors.T @ factors) + ridge * np.eye(n)
    return np.asarray(np.linalg.solve(grams, (rows @ factors)[:, :, None])[:, :, 0])
