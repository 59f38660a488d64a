"""Items that no round was about: their vectors from what is publicly said of them (genres, categories, tags).

The vectors of the known items are explained by their features, each item counting by its popularity; what is explained is
carried over to items with the same features. Known items whose popularity is not told from noise get theirs the same way. All
of it is arithmetic on what was published: it costs no privacy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from federated.artefact import Artefact
from federated.errors import DocumentError
from federated.items import ItemList

_RIDGE = 0.01
"""Of the mean over features of their weighted squares."""


def with_new_items(artefact: Artefact, new: Sequence[str], features: NDArray[np.float64]) -> Artefact:
    """The same model with more items, or with better vectors for those hardly anybody knows.

    Args:
        artefact: a model of m items.
        new: ids of n more items; may be empty.
        features: (m + n, f), public, of the known items in their order and then of the new ones; each row of finite numbers.

    Raises:
        DocumentError: another number of rows, a number that is not finite, or a list that cannot be read as one.
    """
    n_known = len(artefact.items)
    if features.shape[:1] != (n_known + len(new),) or features.ndim != 2 or not np.isfinite(features).all():
        raise DocumentError("there is not one row of finite features for each item")
    counts = artefact.popularity.astype(np.float64)
    known = features[:n_known]
    squares = known.T @ (known * counts[:, None])
    ridge = max(_RIDGE * float(np.trace(squares)) / max(len(squares), 1), 1e-9)
    explained = np.linalg.solve(
        squares + ridge * np.eye(len(squares)), known.T @ (artefact.vectors * counts[:, None])
    )
    guessed = np.clip(np.rint(features @ explained), -127, 127).astype(np.int64)
    hardly_known = artefact.weights == artefact.weights.min()
    vectors = np.where(hardly_known[:, None], guessed[:n_known], artefact.vectors)
    nobody = np.zeros(len(new), np.int64)
    return replace(
        artefact,
        items=ItemList([*artefact.items.ids, *new]),
        vectors=np.vstack([vectors, guessed[n_known:]]),
        weights=np.concatenate([artefact.weights, nobody + artefact.weights.min()]),
        popularity=np.concatenate([artefact.popularity, nobody]),
    )
