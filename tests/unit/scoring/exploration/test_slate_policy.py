"""What is drawn is as likely as is said: exactly, for every order there is."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from scoring import (
    NOBODY_LEFT,
    UTILITY_UNIT,
    ExplorationParameterError,
    SlatePolicy,
    draw_slates,
    propensities_of,
)


def utilities(*values):
    return np.array([round(each * UTILITY_UNIT) for each in values], dtype=np.int64)


def draw(policy, rows, chances, counts=None):
    rows = np.array(rows)
    counts = np.full(len(rows), rows.shape[1]) if counts is None else np.array(counts)
    return draw_slates(policy, rows, counts, np.array(chances, dtype=float))


def test_the_probabilities_of_all_orders_sum_to_one():
    policy = SlatePolicy(temperature=0.2, floor=0.1, places=3)
    u = utilities(0.3, 0.1, 0.0, -0.4, 0.1)
    total = sum(propensities_of(policy, u, np.array(order)).prod() for order in permutations(range(5), 3))
    assert total == pytest.approx(1, abs=1e-12)


def test_each_order_is_drawn_as_often_as_it_is_said_to_be():
    policy = SlatePolicy(temperature=0.1, floor=0.2, places=2)
    u = utilities(0.2, 0.1, 0.0, -0.1)
    n = 200_000
    drawn = draw(policy, np.tile(u, (n, 1)), np.random.default_rng(5).random((n, 2)))
    codes = np.bincount(drawn.chosen @ [4, 1], minlength=16)
    for order in permutations(range(4), 2):
        said = propensities_of(policy, u, np.array(order)).prod()
        assert codes[order[0] * 4 + order[1]] / n == pytest.approx(said, abs=5 * (said / n) ** 0.5)


def test_the_logged_propensity_is_that_of_what_was_drawn():
    policy = SlatePolicy(places=3)
    chance = np.random.default_rng(1)
    rows = np.rint(chance.normal(0, 0.1, (50, 9)) * UTILITY_UNIT).astype(np.int64)
    drawn = draw(policy, rows, chance.random((50, 3)))
    for u, chosen, said in zip(rows, drawn.chosen, drawn.propensities, strict=True):
        assert len(set(chosen.tolist())) == 3
        assert propensities_of(policy, u, chosen) == pytest.approx(said, rel=1e-12)


def test_a_draw_does_not_depend_on_who_else_is_in_the_group():
    policy = SlatePolicy(places=3)
    chance = np.random.default_rng(2)
    rows = np.rint(chance.normal(0, 0.1, (20, 12)) * UTILITY_UNIT).astype(np.int64)
    chances, counts = chance.random((20, 3)), chance.integers(0, 13, 20)
    together = draw(policy, rows, chances, counts)
    for n, count in enumerate(counts.tolist()):
        alone = draw(policy, rows[n : n + 1, : max(count, 1)], chances[n : n + 1], [count])
        assert alone.chosen[0].tolist() == together.chosen[n].tolist()
        assert alone.propensities[0] == pytest.approx(together.propensities[n], rel=1e-12)


def test_nothing_left_is_ever_less_likely_than_the_floor_says():
    policy = SlatePolicy(temperature=1e-4, floor=0.1, places=1)
    u = utilities(5.0, 0.0, -90.0, -1000.0)
    for position in range(4):
        assert propensities_of(policy, u, np.array([position]))[0] >= 0.1 / 4 - 1e-12


def test_with_fewer_items_than_places_the_rest_is_certain_and_nothing():
    drawn = draw(SlatePolicy(places=3), [utilities(0.1, 0.0)], [[0.5, 0.5, 0.5]])
    assert sorted(drawn.chosen[0, :2].tolist()) == [0, 1]
    assert drawn.chosen[0, 2] == NOBODY_LEFT
    assert drawn.propensities[0, 1:].tolist() == [1.0, 1.0]
    nobody = draw(SlatePolicy(places=2), [utilities(0.1, 0.0)], [[0.5, 0.5]], counts=[0])
    assert nobody.chosen[0].tolist() == [NOBODY_LEFT, NOBODY_LEFT]


@pytest.mark.parametrize("chance", [0.0, 1 - 2**-53])
def test_the_ends_of_chance_are_items_too(chance):
    drawn = draw(SlatePolicy(floor=1.0, places=2), [utilities(*[0.0] * 7)], [[chance, chance]])
    assert len(set(drawn.chosen[0].tolist())) == 2
    assert ((drawn.chosen >= 0) & (drawn.chosen < 7)).all()


@pytest.mark.parametrize(
    "wrong", [{"temperature": 0}, {"floor": 0.0}, {"floor": 1.1}, {"places": 0}, {"places": 11}]
)
def test_a_policy_that_could_not_be_evaluated_is_refused(wrong):
    with pytest.raises(ExplorationParameterError):
        SlatePolicy(**wrong)
