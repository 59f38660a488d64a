"""Learning again and again gives what learning once gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scoring import Contributions, Learner, TrainingRecipe, explain, rank_group, train
from scoring.following import Damping
from tests.unit.scoring.material import row_of

GIVEN = TrainingRecipe(ridge=30.0, half_life=5)
BOTH = TrainingRecipe(
    ridge=30.0, half_life=3, linear=1.0, following=0.2, reach=4.0, damping=Damping(0.5, 0.4, 0.3)
)


def filled(n_people: int, n_items: int, seed: int = 1, length: int = 8) -> Contributions:
    rng = np.random.default_rng(seed)
    contributions = Contributions()
    for person in range(n_people):
        for at, item in enumerate(rng.choice(n_items, length, replace=False).tolist()):
            contributions.add(person, item, at + 1)
    return contributions


def learn(learner: Learner, contributions: Contributions, n_items: int, recipe: TrainingRecipe = GIVEN):
    return learner.learn(contributions.freeze().seen(n_items), n_items, recipe, k=20, now=5, version=1)


def test_by_itself_the_closed_form_is_that_of_a_training() -> None:
    contributions = filled(60, 40)
    found = learn(Learner(choose=False), contributions, 40)
    expected = train(contributions.matrix(40), lam=30.0, k=20, half_life=5, now=5, version=1)
    assert np.array_equal(found.neighbours, expected.neighbours)
    assert np.array_equal(found.weights, expected.weights)
    assert found.scale == expected.scale
    assert found.digest != expected.digest  # its recipe is part of it


@pytest.mark.parametrize("recipe", [GIVEN, BOTH])
def test_whoever_left_is_taken_out_as_if_never_there(recipe: TrainingRecipe) -> None:
    contributions, learner = filled(200, 40), Learner(choose=False)
    learn(learner, contributions, 40, recipe)
    contributions.clear(17)
    contributions.add(300, 3, 1)
    contributions.add(300, 4, 2)
    kept = learn(learner, contributions, 40, recipe)
    anew = learn(Learner(choose=False), contributions, 40, recipe)
    assert learner.inversions == 1
    assert kept.digest == anew.digest
    assert kept.n_people == 200


def test_where_the_closed_form_counts_nothing_no_inverse_is_kept() -> None:
    contributions, learner = filled(200, 40), Learner(choose=False)
    alone = replace(BOTH, linear=0.0)
    learn(learner, contributions, 40, BOTH)
    assert learner.nbytes > 0
    found = learn(learner, contributions, 40, alone)
    assert (learner.nbytes, found.usable) == (0, True)
    contributions.clear(17)
    kept = learn(learner, contributions, 40, alone)
    assert kept.digest == learn(Learner(choose=False), contributions, 40, alone).digest
    assert kept.digest != found.digest
    assert (
        learn(learner, contributions, 40, BOTH).digest
        == learn(Learner(choose=False), contributions, 40, BOTH).digest
    )


def test_a_training_that_breaks_off_is_begun_from_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    contributions, learner = filled(200, 40), Learner(choose=False)
    learn(learner, contributions, 40)
    contributions.clear(17)
    with monkeypatch.context() as patched:
        patched.setattr("scoring.kept_inverse.np.linalg.solve", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            learn(learner, contributions, 40)
    assert learner.nbytes == 0
    assert learn(learner, contributions, 40).digest == learn(Learner(choose=False), contributions, 40).digest


def test_many_changes_are_inverted_anew() -> None:
    contributions, learner = filled(200, 40), Learner(choose=False)
    learn(learner, contributions, 40)
    for person in range(100):
        contributions.clear(person)
    assert learn(learner, contributions, 40).digest == learn(Learner(choose=False), contributions, 40).digest


def test_nobody_and_nothing() -> None:
    learner = Learner()
    assert not learn(learner, Contributions(), 0).usable
    assert not learn(learner, Contributions(), 5).usable
    assert learn(learner, filled(30, 40), 40).usable
    assert not learn(learner, Contributions(), 40).usable


def test_beyond_the_head_items_are_known_by_what_follows_what() -> None:
    contributions = filled(150, 80, length=6)
    model = learn(Learner(head=20, choose=False), contributions, 80, BOTH)
    popular = np.argsort(-model.popularity, kind="stable")
    rare = int(popular[-1])
    assert len(model.columns) == np.count_nonzero(model.popularity)
    assert model.weights[model.column_of[rare]].any()
    assert (np.diff(model.weights[: len(model.columns)].astype(int), axis=1) <= 0).all()
    slate = rank_group(model, row_of(rare)[None], exclude=[None], available=np.ones(80, dtype=bool), limit=5)[
        0
    ]
    assert slate.scores[0] > 0
    for item, score in zip(slate.items, slate.scores, strict=True):
        assert sum(addend for _, addend in explain(model, row_of(rare), item)) == score


def test_the_sum_of_both_matrices_is_what_is_kept() -> None:
    """Against adding them up in full."""
    contributions = filled(80, 30)
    model = learn(Learner(choose=False), contributions, 30, BOTH)
    linear = learn(Learner(choose=False), contributions, 30, TrainingRecipe(30.0, 3))
    following = learn(
        Learner(choose=False), contributions, 30, TrainingRecipe(30.0, 3, 0.0, 1.0, 4.0, BOTH.damping)
    )

    def full(of) -> np.ndarray:
        m = len(of.columns)
        found = np.zeros((m, m + of.neighbours.shape[1]))
        np.put_along_axis(found, of.neighbours[:m].astype(int), of.weights[:m] / (of.scale / 1024), axis=1)
        return found[:, :m]

    both = full(linear) + 0.2 * full(following)
    there = full(model) > 0
    exact = (full(linear) > 0) & (full(following) > 0)
    assert (there & exact).any()
    assert np.abs(full(model) - both)[there & exact].max() < 1e-3


def test_a_recipe_is_chosen_when_enough_people_take_part() -> None:
    contributions = Contributions()
    for person in range(260):
        for step in range(6):
            contributions.add(person, (person + step) % 40, step + 1)
    model = learn(Learner(), contributions, 40)
    assert model.recipe is not None
    assert model.recipe.validated_on == 260
    assert model.recipe.following > 0
    assert model.recipe.ndcg_at_10 > 0.9
    slate = rank_group(
        model, row_of(12, 11, 10)[None], exclude=[None], available=np.ones(40, dtype=bool), limit=3
    )[0]
    assert slate.items[0] == 13
    few = learn(Learner(), filled(30, 40), 40)
    assert few.recipe == GIVEN


def test_a_recipe_does_not_outlast_those_who_were_asked_for_it() -> None:
    contributions, learner = filled(300, 30), Learner()
    chosen = learn(learner, contributions, 30).recipe
    assert chosen is not None
    assert chosen.validated_on == 300
    for person in range(200):
        contributions.clear(person)
    assert learn(learner, contributions, 30).recipe == GIVEN
