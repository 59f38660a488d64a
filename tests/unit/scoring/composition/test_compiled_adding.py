"""What is gathered and added up by compiled loops is what the plain forms give, and what a plain definition gives."""

from __future__ import annotations

import numpy as np
import pytest

from scoring.composition.compiled_adding import gather_alike, gather_related, prepare_adding, sum_up
from tests.unit.scoring.material import random_model


@pytest.mark.parametrize("seed", range(10))
def test_each_column_speaks_for_what_it_is_related_to(seed):
    rng = np.random.default_rng(seed)
    model = random_model(rng, 30, 5)
    columns = rng.integers(0, len(model.columns) + 1, 6)
    weights = rng.integers(0, 4, 6)
    wanted = [
        (int(model.columns[neighbour]), int(strength) * int(weights[at]), at)
        for at, column in enumerate(columns)
        for neighbour, strength in zip(model.neighbours[column], model.weights[column], strict=True)
        if int(strength) * weights[at]
    ]
    for gather in (gather_related, prepare_adding().gather_related):
        found = np.empty((3, 6 * model.neighbours.shape[1]), dtype=np.int64)
        n = gather(model.neighbours, model.weights, model.columns, columns, weights, found)
        assert list(zip(*found[:, :n].tolist(), strict=True)) == wanted


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_content_speaks_with_its_share_and_nobody_for_what_is_unknown(share):
    near = np.array([[1, 2], [0, 0], [0, 1]], dtype=np.int32)
    likeness = np.array([[30_000, 5], [30_000, 0], [5, 4]], dtype=np.int32)
    items, weights = np.array([2, 0, 3, 1]), np.array([7, 3, 9, 0])
    wanted = [
        (int(near[item, k]), round(likeness[item, k] * share) * int(weights[at]), at)
        for at, item in enumerate(items.tolist())
        if item < 3
        for k in range(2)
        if round(likeness[item, k] * share) * weights[at]
    ]
    for gather in (gather_alike, prepare_adding().gather_alike):
        found = np.empty((3, 8), dtype=np.int64)
        n = gather(near, likeness, share, items, weights, found)
        assert list(zip(*found[:, :n].tolist(), strict=True)) == wanted


def test_addends_of_an_item_are_summed_and_those_of_no_item_are_left_out():
    items, addends = np.array([0, 2, 0, 5]), np.array([1, -2, 10, 100])
    for add in (sum_up, prepare_adding().sum_up):
        totals = np.zeros(3, dtype=np.int64)
        add(items, addends, totals)
        assert totals.tolist() == [11, 0, -2]
