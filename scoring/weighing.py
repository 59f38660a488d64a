"""From weights to a model's neighbours: of each item the k heaviest, as whole numbers of 16 bits.

Two matrices are added: a dense one among the items of the head, and a sparse one among all. Rows of the head are added up a block
at a time; other rows are sparse and sorted as they are. Equal weights are ordered by index, the newest first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from scoring.linear import blocks
from scoring.model import MAX_WEIGHT

_INDEX_BITS = 20
_WEIGHT_BITS = 15
_MAX_SCALE = 1 << 40

Neighbours = tuple[NDArray[np.int32], NDArray[np.int16], int]


def quantise(
    dense: NDArray[Any], head: NDArray[np.int32], sparse: csr_matrix, columns: NDArray[np.int32], k: int
) -> Neighbours:
    """The neighbours of each column.

    Args:
        dense: (h, h) weights from item to item of the head; overwritten by the sum.
        head: (h,) item indices, rising, each among `columns`.
        sparse: (n_items, n_items) weights to add.
        columns: (m,) item indices, rising.
        k: how many to keep.

    Returns:
        Neighbours (m, K) by number of column, padded from m on; their weights (m, K); units per 1.0.
    """
    m = len(columns)
    k = max(min(k, m), 1)
    among = sparse[columns][:, columns].tocsr()
    places = np.searchsorted(columns, head)
    _add_head(dense, among, places)
    largest = max((float(dense[rows].max()) for rows in blocks(len(dense))), default=0.0)
    rest = _outside_head(among, places)
    largest = max(largest, float(rest.data.max(initial=0.0)))
    scale = min(int(MAX_WEIGHT / largest), _MAX_SCALE) if largest > 0 else 1
    rows, keys = _keys(rest, scale)
    head_rows, head_keys = _head_keys(dense, places, k, scale)
    neighbours, weights = _heaviest(
        np.concatenate((rows, head_rows)), np.concatenate((keys, head_keys)), m, k
    )
    return neighbours, weights, scale


def _add_head(dense: NDArray[Any], among: csr_matrix, places: NDArray[np.intp]) -> None:
    for rows in blocks(len(dense)):
        dense[rows] += among[places[rows]][:, places].toarray()


def _outside_head(among: csr_matrix, places: NDArray[np.intp]) -> csr_matrix:
    """What is not between two items of the head."""
    inside = np.zeros(among.shape[0], dtype=np.bool_)
    inside[places] = True
    entries = among.tocoo()
    kept = ~(inside[entries.row] & inside[entries.col]) & (entries.data > 0)
    return csr_matrix((entries.data[kept], (entries.row[kept], entries.col[kept])), shape=among.shape)


def _whole(values: NDArray[Any], scale: int) -> NDArray[np.int64]:
    whole: NDArray[np.int64] = np.minimum(np.rint(np.maximum(values, 0) * float(scale)), MAX_WEIGHT).astype(
        np.int64
    )
    return whole


def _keys(rest: csr_matrix, scale: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of each entry its row, and weight and column as one number."""
    rows = np.repeat(np.arange(rest.shape[0], dtype=np.int64), np.diff(rest.indptr))
    return rows, _whole(rest.data, scale) << _INDEX_BITS | rest.indices.astype(np.int64)


def _head_keys(
    dense: NDArray[Any], places: NDArray[np.intp], k: int, scale: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The same of the k heaviest of each row of the head."""
    width = min(k, len(dense))
    found = np.empty((len(dense), width), dtype=np.int64)
    for rows in blocks(len(dense)):
        key = _whole(dense[rows], scale) << _INDEX_BITS | places.astype(np.int64)
        found[rows] = np.partition(key, len(dense) - width, axis=1)[:, len(dense) - width :]
    return np.repeat(places.astype(np.int64), width), found.ravel()


def _heaviest(
    rows: NDArray[np.int64], keys: NDArray[np.int64], m: int, k: int
) -> tuple[NDArray[np.int32], NDArray[np.int16]]:
    """The k heaviest entries of each row, the heaviest first, padded."""
    entries = np.sort((rows << (_INDEX_BITS + _WEIGHT_BITS) | keys)[keys >> _INDEX_BITS > 0])
    ends = np.searchsorted(entries, np.arange(1, m + 1, dtype=np.int64) << (_INDEX_BITS + _WEIGHT_BITS))
    starts = np.concatenate(([0], ends[:-1])) if m else ends
    places = ends[:, None] - 1 - np.arange(k)
    there = places >= starts[:, None]
    taken = np.where(there, np.append(entries, 0)[np.where(there, places, len(entries))], 0)
    weights = (taken >> _INDEX_BITS & MAX_WEIGHT).astype(np.int16)
    padding = m + np.arange(k)
    neighbours = np.where(there, taken & ((1 << _INDEX_BITS) - 1), padding).astype(np.int32)
    return neighbours, weights
