"""The published model, as bytes: whole numbers only, so that a browser, a gateway and a verifier reckon exactly the same.

An artefact is one JSON object. Binary parts are base64 (RFC 4648 section 4):

    {"format":   "volens-fedgram/1",
     "items":    ["...", ...]                 m ids
     "dimensions": d                          1 to 32
     "vectors":  m x d signed bytes, row by row
     "gains":    [g, ...]                     d weights, 0 to 1,023
     "weights":  m unsigned bytes, 0 to 127   how much an item's likeness to a history counts
     "recency":  [r, ...]                     weight of the newest item of a history, of the one before it, ..., 1 to 1,023
     "popularity": m unsigned 16-bit numbers, little-endian
     "prior":    weight of the popularity, 0 to 2**31}

A history h(0), h(1), ... (newest first, distinct, at most as many as `recency` has) gives the person's vector and the scores

    u[k]     = sum over p of recency[p] * vectors[h(p)][k]
    score[i] = prior * popularity[i] + weights[i] * (sum over k of vectors[i][k] * gains[k] * u[k])

Every intermediate result is a whole number below 2**53 in size: exact in 64-bit integers and in double precision alike. Of equal
scores, the more popular item comes first, then the one with the smaller number.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from consent import canonical_json
from federated.errors import DocumentError
from federated.items import MAX_ITEMS, ItemList

FORMAT = "volens-fedgram/1"
MAX_DIMENSIONS = 32
MAX_GAIN = 1_023
MAX_RECENCY = 1_023
MAX_WEIGHT = 127
MAX_REMEMBERED = 64
"""Items of a history that a device ranks by."""
MAX_ARTEFACT_BYTES = 4_194_304


@dataclass(frozen=True, slots=True, eq=False)
class Artefact:
    """A model, read and checked. Its arrays are never written to."""

    items: ItemList
    vectors: NDArray[np.int64]
    """(m, d), each from -127 to 127."""
    gains: NDArray[np.int64]
    """(d,) the gain of each factor."""
    weights: NDArray[np.int64]
    """(m,), from 0 to 127."""
    recency: NDArray[np.int64]
    """At most MAX_REMEMBERED."""
    popularity: NDArray[np.int64]
    """(m,), below 2**16."""
    prior: int


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: Literal["volens-fedgram/1"]
    items: Annotated[list[str], Meta(min_length=1, max_length=MAX_ITEMS)]
    dimensions: Annotated[int, Meta(ge=1, le=MAX_DIMENSIONS)]
    vectors: str
    gains: Annotated[list[Annotated[int, Meta(ge=0, le=MAX_GAIN)]], Meta(max_length=MAX_DIMENSIONS)]
    weights: str
    recency: Annotated[
        list[Annotated[int, Meta(ge=1, le=MAX_RECENCY)]], Meta(min_length=1, max_length=MAX_REMEMBERED)
    ]
    popularity: str
    prior: Annotated[int, Meta(ge=0, le=2**31)]


def write_artefact(artefact: Artefact) -> bytes:
    """The bytes of a model; equal models are equal bytes."""
    return canonical_json(
        {
            "format": FORMAT,
            "items": list(artefact.items.ids),
            "dimensions": len(artefact.gains),
            "vectors": _text_of(artefact.vectors.astype(np.int8).tobytes()),
            "gains": artefact.gains.tolist(),
            "weights": _text_of(artefact.weights.astype(np.uint8).tobytes()),
            "recency": artefact.recency.tolist(),
            "popularity": _text_of(artefact.popularity.astype("<u2").tobytes()),
            "prior": artefact.prior,
        }
    )


def read_artefact(data: bytes) -> Artefact:
    """Read a model, and check every bound that its arithmetic rests on.

    Raises:
        DocumentError: not an artefact.
    """
    if len(data) > MAX_ARTEFACT_BYTES:
        raise DocumentError("the artefact is too long")
    try:
        written = msgspec.json.decode(data, type=_Written)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DocumentError("not an artefact") from error
    n_items, dimensions = len(written.items), written.dimensions
    vectors = np.frombuffer(_bytes_of(written.vectors, n_items * dimensions), np.int8).astype(np.int64)
    weights = np.frombuffer(_bytes_of(written.weights, n_items), np.uint8).astype(np.int64)
    popularity = np.frombuffer(_bytes_of(written.popularity, 2 * n_items), "<u2").astype(np.int64)
    if len(written.gains) != dimensions:
        raise DocumentError("the artefact has not one gain per dimension")
    if vectors.min() < -127 or weights.max() > MAX_WEIGHT:
        raise DocumentError("a vector or a weight of the artefact is out of range")
    return Artefact(
        ItemList(written.items),
        vectors.reshape(n_items, dimensions),
        np.array(written.gains, np.int64),
        weights,
        np.array(written.recency, np.int64),
        popularity,
        written.prior,
    )


def _text_of(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes_of(text: str, size: int) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise DocumentError("a binary part of the artefact is not base64") from error
    if len(data) != size:
        raise DocumentError("a binary part of the artefact has another size")
    return data
