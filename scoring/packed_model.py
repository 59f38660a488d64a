"""A model as bytes, and back: whoever unpacks one gets the model of that digest, or nothing."""

from __future__ import annotations

import msgspec
import numpy as np

from scoring.decay import WEIGHT_ONE
from scoring.errors import SnapshotShapeError
from scoring.model import Model, TrainingFacts, seal_model

_INDEX, _WEIGHT = np.dtype("<i4"), np.dtype("<i2")


class _Packed(msgspec.Struct, array_like=True):
    digest: bytes
    facts: TrainingFacts
    width: int
    columns: bytes
    neighbours: bytes
    weights: bytes
    popularity: bytes


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Packed).decode


def pack_model(model: Model) -> bytes:
    """Everything that a model is made of: 6 bytes for every related item, 8 for every item."""
    facts = TrainingFacts(
        version=model.version,
        trained_at=model.trained_at,
        n_people=model.n_people,
        ridge=model.ridge,
        half_life=model.half_life,
        weight_scale=model.scale // WEIGHT_ONE,
        recipe=model.recipe,
    )
    m, width = len(model.columns), model.neighbours.shape[1]
    return _encode(
        _Packed(
            model.digest,
            facts,
            width,
            model.columns.astype(_INDEX).tobytes(),
            model.neighbours[:m].astype(_INDEX).tobytes(),
            model.weights[:m].astype(_WEIGHT).tobytes(),
            model.popularity.astype(_INDEX).tobytes(),
        )
    )


def unpack_model(packed: bytes) -> Model:
    """The model that was packed.

    Raises:
        SnapshotShapeError: the bytes are no model, or not the one of the digest that they name.
    """
    try:
        read = _decode(packed)
        shape = (-1, read.width)
        model = seal_model(
            read.facts,
            np.frombuffer(read.columns, _INDEX).astype(np.int32),
            np.frombuffer(read.neighbours, _INDEX).astype(np.int32).reshape(shape),
            np.frombuffer(read.weights, _WEIGHT).astype(np.int16).reshape(shape),
            np.frombuffer(read.popularity, _INDEX).astype(np.int32),
        )
    except (msgspec.DecodeError, ValueError, IndexError):
        raise SnapshotShapeError("no model was packed there") from None
    if model.digest != read.digest:
        raise SnapshotShapeError("another model was packed there")
    return model
