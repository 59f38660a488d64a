"""A model is published if it is better than what is popular, by more than noise is: of people alike in nothing, none is."""

from __future__ import annotations

import math

import numpy as np
import pytest

from federated import ItemList, ModelRecipe, model_of, rho_of
from federated.driving import gate
from federated.driving.gate import Gate, ask, release_of

N_ITEMS = 24
ITEMS = ItemList([str(number) for number in range(N_ITEMS)])
RECIPE = ModelRecipe(dimensions=4)
VALUE = 1_000
"""What one person adds for each pair."""
SCALE = 4_000.0
TRIES = 60


def modelled(noisy, scale):
    return model_of(noisy, ITEMS, RECIPE, scale)


def chance(seed):
    """Noise that is the same in every run."""
    rng = np.random.default_rng(seed)
    return lambda total, scale: total + np.rint(rng.normal(0, scale, len(total))).astype(np.int64)


def sum_of(people):
    """The exact sum of people, each of whom knows some items."""
    known = np.zeros((len(people), N_ITEMS), np.int64)
    for row, items in zip(known, people, strict=True):
        row[items] = 1
    return (VALUE * known.T @ known)[np.triu_indices(N_ITEMS)]


def of_shelves(n_people):
    """People who know six items of one of three shelves each."""
    rng, shelf = np.random.default_rng(n_people), N_ITEMS // 3
    return [number % 3 * shelf + rng.choice(shelf, 6, replace=False) for number in range(n_people)]


def alike_in_nothing(n_people):
    """People who know six items each, the popular ones more often, whatever else they know."""
    rng, weights = np.random.default_rng(n_people), 1.0 / np.arange(1, N_ITEMS + 1)
    return [rng.choice(N_ITEMS, 6, replace=False, p=weights / weights.sum()) for _ in range(n_people)]


@pytest.mark.parametrize("n_cohorts", [1, 4])
def test_a_model_of_what_people_have_in_common_passes(n_cohorts):
    totals = [sum_of(of_shelves(60))] * n_cohorts
    tried = release_of(totals, SCALE / 10, chance(1), modelled)
    assert tried.gate.passes
    assert tried.held_out == n_cohorts // 4


@pytest.mark.parametrize("n_cohorts", [1, 4])
@pytest.mark.parametrize(
    "total", [sum_of(alike_in_nothing(60)), np.zeros(300, np.int64)], ids=["popular", "nothing"]
)
def test_a_model_of_noise_passes_hardly_ever_though_it_pleases_its_own(n_cohorts, total):
    passed = own = 0
    for seed in range(TRIES):
        tried = release_of([total // n_cohorts] * n_cohorts, SCALE, chance(seed), modelled)
        passed += tried.gate.passes
        own += ask(tried.artefact, tried.release, 0.0).passes
    assert own > TRIES // 2, "asked of the sum that it was made of, it is often better: that shows nothing"
    assert passed <= TRIES // 8


def test_noise_in_two_halves_is_the_noise_of_one_release_and_costs_no_more():
    drawn, noisy = [], chance(7)

    def noted(total, scale):
        drawn.append(scale)
        return noisy(total, scale)

    total = sum_of(of_shelves(60))
    tried = release_of([total], SCALE, noted, modelled)
    assert sum(rho_of(VALUE, scale) for scale in drawn) == pytest.approx(rho_of(VALUE, SCALE))
    assert np.std(tried.release - total) == pytest.approx(SCALE, rel=0.2)


def test_without_noise_nothing_of_the_sum_is_lost():
    total = sum_of(of_shelves(60))
    for totals in ([total], [total] * 4):
        tried = release_of(totals, 0.0, lambda exact, _: exact, modelled)
        np.testing.assert_array_equal(tried.release, total * max(1, len(totals) - 1))


@pytest.mark.parametrize(
    ("found", "passes"),
    [
        (Gate(3.0, 1.0, 1.0), True),
        (Gate(2.6, 1.0, 1.0), False),
        (Gate(1.0, 1.0, 0.0), False),
        (Gate(-1.0, -9.0, 1.0), False),
        (Gate(0.0, -9.0, 0.0), False),
    ],
)
def test_better_is_better_by_more_than_noise_and_than_nothing(found, passes):
    assert found.passes is passes


def test_how_far_noise_moves_the_difference_is_what_is_said():
    artefact = modelled(sum_of(of_shelves(60)), 0.0)
    found = [ask(artefact, chance(seed)(np.zeros(300, np.int64), SCALE), SCALE) for seed in range(400)]
    spread = float(np.std([each.model - each.popularity for each in found]))
    assert found[0].noise == pytest.approx(spread, rel=0.2)
    assert math.isclose(found[0].noise, found[1].noise)
    assert gate.held_out(3) == 0
