"""People held out are in no training, are the same each time, and tell a good model from a bad one."""

from __future__ import annotations

import numpy as np
import pytest

from scoring import (
    NO_ITEM,
    Contributions,
    hold_out,
    quality_of,
    quality_of_popularity,
    train,
    untrained,
)

N_ITEMS, SHELF = 60, 12


def shoppers(n=600):
    """People each of whom sees a few items of one shelf."""
    seen, chance = Contributions(), np.random.default_rng(1)
    for person in range(n):
        shelf = person % (N_ITEMS // SHELF)
        for at, place in enumerate(chance.permutation(SHELF)[:7]):
            seen.add(person, int(shelf * SHELF + place), at + 1)
    return seen


def parted(contributions, share):
    """The matrix of those who are not held out, and those who are."""
    others, held = hold_out(contributions.freeze().seen(N_ITEMS), share)
    return others.matrix(N_ITEMS), held


def model_of(matrix):
    return train(matrix, lam=50.0, now=1, version=1)


def test_with_nobody_held_out_the_matrix_is_that_of_everybody():
    seen = shoppers(50)
    matrix, held = parted(seen, 0.0)
    assert len(held) == 0
    assert (matrix != seen.matrix(N_ITEMS)).nnz == 0
    assert matrix.shape == seen.matrix(N_ITEMS).shape


def test_whoever_is_held_out_is_in_no_training_and_hides_what_they_saw_last():
    seen = shoppers()
    matrix, held = parted(seen, 0.2)
    assert matrix.shape[0] + len(held) == 600
    assert 60 <= len(held) <= 180
    assert matrix.dtype == np.float32
    for history, hidden in zip(held.histories.tolist(), held.hidden.tolist(), strict=True):
        known = [each for each in history if each != NO_ITEM]
        assert len(known) == 6
        assert hidden not in known
        assert {each // SHELF for each in known} == {hidden // SHELF}


def test_the_same_people_are_held_out_when_others_come_and_go():
    seen = shoppers()
    _, before = parted(seen, 0.2)
    for person in range(600, 700):
        for item in range(3):
            seen.add(person, item, 1)
    matrix, after = parted(seen, 0.2)
    kept = {tuple(each) for each in after.histories.tolist()}
    assert {tuple(each) for each in before.histories.tolist()} <= kept
    seen.clear(0)
    again, _ = parted(seen, 0.2)
    assert again.shape[0] in (matrix.shape[0], matrix.shape[0] - 1)


def test_a_model_that_learnt_the_shelves_is_better_than_popularity_and_than_one_that_learnt_nothing():
    matrix, held = parted(shoppers(), 0.2)
    good, available = model_of(matrix), np.ones(N_ITEMS, dtype=np.bool_)
    shuffled = matrix.copy()
    shuffled.indices = np.random.default_rng(2).permutation(shuffled.indices)
    shuffled.sum_duplicates()
    assert quality_of(good, held, available) > 2 * quality_of_popularity(good, held)
    assert quality_of(good, held, available) > 2 * quality_of(model_of(shuffled), held, available)


def test_the_quality_of_popularity_is_that_of_ranking_by_popularity():
    matrix, held = parted(shoppers(), 0.2)
    model = model_of(matrix)
    expected = []
    for history, hidden in zip(held.histories.tolist(), held.hidden.tolist(), strict=True):
        shown = [item for item in model.order.tolist() if item not in history][:10]
        expected.append(1 / np.log2(2 + shown.index(hidden)) if hidden in shown else 0.0)
    assert quality_of_popularity(model, held) == pytest.approx(np.mean(expected))


def test_for_nobody_every_quality_is_zero():
    _, held = parted(Contributions(), 0.2)
    assert quality_of(untrained(5), held, np.ones(5, dtype=np.bool_)) == 0.0
    assert quality_of_popularity(untrained(5), held) == 0.0
