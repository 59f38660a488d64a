"""A model that could not be ranked with, or not by everybody alike, is not served, whoever says that it is good."""

from __future__ import annotations

import numpy as np
import pytest

from federated import ItemList, ModelRecipe, model_of, write_artefact
from gateway.fleet.trial import try_out

N_ITEMS = 20


def artefact(names: list[str], square: np.ndarray) -> bytes:
    """The model of a sum without noise."""
    upper = square[np.triu_indices(len(names))].astype(np.int64)
    return write_artefact(model_of(upper, ItemList(names), ModelRecipe(dimensions=4)))


def named(first: int = 0, count: int = N_ITEMS) -> list[str]:
    return [f"item-{number:03}" for number in range(first, first + count)]


def shelves(count: int = N_ITEMS) -> np.ndarray:
    """Items of one half go together, and with none of the other."""
    half = np.arange(count) * 2 // count
    return 1_000 * (half[:, None] == half[None, :]) + 100 * np.eye(count)


def test_a_model_that_tells_histories_apart_may_be_served() -> None:
    good = artefact(named(), shelves())
    assert try_out(good, None) is None
    assert try_out(good, good) is None
    assert try_out(artefact(named(10), shelves()), good) is None, "half of the items are known still"


@pytest.mark.parametrize(
    ("fresh", "reason"),
    [
        (b"", "malformed"),
        (b"\xff" * 100, "malformed"),
        (artefact(named(), shelves())[:-1], "malformed"),
        (artefact(named(11), shelves()), "other_items"),
        (artefact(named(), np.zeros((N_ITEMS, N_ITEMS))), "degenerate"),
    ],
)
def test_any_other_is_refused_with_a_word(fresh: bytes, reason: str) -> None:
    assert try_out(fresh, artefact(named(), shelves())) == reason
