"""What coming back counts is found where people do, and is nothing where they do not."""

from __future__ import annotations

import numpy as np
import pytest

from scoring import Contributions, Learner, Model, TrainingRecipe, hold_out
from scoring.choosing_repeats import LEAST_RETURNING, choose_repeats

GIVEN = TrainingRecipe(ridge=30.0, half_life=5)
N_ITEMS = 60


def regulars(n_people: int, *, again: float, seed: int = 1) -> Contributions:
    """Each takes what they had lately with the chance `again`, and anything else otherwise."""
    rng, contributions = np.random.default_rng(seed), Contributions()
    for person in range(n_people):
        walked = [int(rng.integers(N_ITEMS))]
        for _ in range(12):
            lately = walked[-4:]
            fresh = int(rng.choice([item for item in range(N_ITEMS) if item not in walked]))
            walked.append(int(rng.choice(lately)) if rng.random() < again else fresh)
        for at, item in enumerate(walked):
            contributions.add(person, item, at + 1)
    return contributions


def learn(contributions: Contributions) -> Model:
    return Learner().learn(contributions.freeze().seen(N_ITEMS), N_ITEMS, GIVEN, k=50, now=1, version=1)


@pytest.mark.parametrize("n_people", [LEAST_RETURNING, 400])
def test_where_people_come_back_it_counts(n_people):
    model = learn(regulars(n_people, again=0.8))
    assert model.knows_repeats
    assert model.recipe is not None
    assert model.recipe.repeat_half_life > 0


@pytest.mark.parametrize("again", [0.0, 0.02])
def test_where_they_do_not_it_counts_nothing(again):
    assert not learn(regulars(400, again=again)).knows_repeats


def test_too_few_people_are_not_asked():
    assert not learn(regulars(LEAST_RETURNING - 1, again=0.8)).knows_repeats


def test_nothing_else_of_the_recipe_changes():
    seen = regulars(300, again=0.8).freeze().seen(N_ITEMS)
    chosen = choose_repeats(seen, N_ITEMS, GIVEN)
    assert chosen != GIVEN
    assert TrainingRecipe(chosen.ridge, chosen.half_life) == GIVEN


def test_what_is_learnt_of_items_does_not_know_how_often_somebody_came_back():
    """One person moves what is learnt by each of their items once."""
    often, once = Contributions(), Contributions()
    for person in range(40):
        for at, item in enumerate([person % 7, 7 + person % 5, 12]):
            often.add(person, item, at + 1)
            often.add(person, item, at + 10)
            once.add(person, item, at + 10)
    assert often.freeze().seen(20).visits is not None
    one, other = learn(often), learn(once)
    assert not one.knows_repeats
    assert one.weights.tolist() == other.weights.tolist()
    assert one.digest == other.digest


def test_who_is_held_out_is_not_asked():
    seen = regulars(300, again=0.8).freeze().seen(N_ITEMS)
    others, _ = hold_out(seen, 0.3)
    assert others.visits is not None
    assert seen.visits is not None
    left, everybody = others.visits.in_order(), seen.visits.in_order()
    assert left.people.max() == len(others.slots) - 1
    for number in (0, len(others.slots) - 1):
        whose = int(np.searchsorted(seen.slots, others.slots[number]))
        theirs = everybody.sightings[everybody.people == whose]
        assert left.sightings[left.people == number].tolist() == theirs.tolist()
