"""A model that was packed is the same model, or none."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest

from scoring import Contributions, Learner, SnapshotShapeError, pack_model, train, unpack_model, untrained
from scoring.training_recipe import TrainingRecipe


def seen() -> Contributions:
    found, chance = Contributions(), np.random.default_rng(3)
    for person in range(60):
        for at, item in enumerate(chance.permutation(30)[:8].tolist()):
            found.add(person, item, at + 1)
    return found


MODELS = {
    "trained": train(seen().matrix(31), lam=10.0, now=7, version=3),
    "learnt": Learner(choose=False).learn(
        seen().freeze().seen(31), 31, TrainingRecipe(10.0, 3, following=1.0), k=7, now=7, version=3
    ),
    "of nobody": untrained(5, version=2, now=1),
}


@pytest.mark.parametrize("name", MODELS)
def test_what_is_unpacked_is_what_was_packed(name):
    model = MODELS[name]
    again = unpack_model(pack_model(model))
    assert again.digest == model.digest
    for field in model.__dataclass_fields__:
        before, after = getattr(model, field), getattr(again, field)
        if isinstance(before, np.ndarray):
            assert before.dtype == after.dtype
            assert np.array_equal(before, after)
        else:
            assert before == after


@pytest.mark.parametrize("at", range(0, 4000, 97))
def test_a_bit_that_flipped_makes_no_other_model(at):
    packed = bytearray(pack_model(MODELS["learnt"]))
    packed[at % len(packed)] ^= 1
    with contextlib.suppress(SnapshotShapeError):
        assert unpack_model(bytes(packed)).digest == MODELS["learnt"].digest


def test_a_weight_that_is_another_is_noticed():
    model = MODELS["learnt"]
    weights = model.weights[:-1].tobytes()
    packed = pack_model(model).replace(weights, weights[2:] + weights[:2])
    with pytest.raises(SnapshotShapeError):
        unpack_model(packed)


@pytest.mark.parametrize("cut", [0, 1, 40, -1])
def test_what_was_cut_off_is_no_model(cut):
    with pytest.raises(SnapshotShapeError):
        unpack_model(pack_model(MODELS["learnt"])[:cut])
