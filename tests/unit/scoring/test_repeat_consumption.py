"""Slates that may show the history again: exact addends, named, and nothing that may not be shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scoring import (
    Catalogue,
    Composer,
    History,
    Item,
    Model,
    Newcomers,
    Popular,
    Recipe,
    TrainingRecipe,
    Wanted,
)
from scoring.history import without
from scoring.model import TrainingFacts, seal_model
from scoring.repeat_consumption import repeat_addends
from tests.unit.scoring.material import model_of, random_model, row_of

AGAIN = Recipe(repeats=True)
NEVER = Recipe()


def knowing(model: Model, repeat: float = 40.0, half_life: float = 4.0) -> Model:
    """The model with what coming back counts."""
    recipe = TrainingRecipe(10.0, model.half_life, repeat=repeat, repeat_half_life=half_life)
    return replace(model, recipe=recipe)


def composer_of(n: int, model: Model, **more) -> Composer:
    catalogue = Catalogue()
    catalogue.upsert([Item(id=f"i{k}", **more) for k in range(n)])
    return Composer(catalogue, Popular(catalogue, model), None, Newcomers(1))


def slate(composer: Composer, history: History, recipe: Recipe = AGAIN, *, limit: int = 60, **more):
    row, ages = history.rows([0])[0], history.ages(0)
    wanted = Wanted(placement="home", recipe=recipe, limit=limit, row=row, ages=ages, **more)
    return composer.compose(wanted, 1000)


def seen(*items: int) -> History:
    history = History()
    for at, item in enumerate(items):
        history.add(0, item, at)
    return history


def scores(ranked) -> dict[int, int]:
    return dict(zip(ranked.items, ranked.scores, strict=True))


@given(st.integers(0, 10_000))
def test_scores_are_their_addends_and_a_signal_taken_out_takes_exactly_its_own_along(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 40))
    model = knowing(
        random_model(rng, n, 4), float(rng.choice([0.01, 3.0, 5e6])), float(rng.choice([0.25, 4.0, 1e6]))
    )
    history = seen(*rng.integers(0, n, int(rng.integers(1, 60))).tolist())
    composer = composer_of(n, model)
    full = slate(composer, history)
    assert full.parts is not None
    for item, score, parts in zip(full.items, full.scores, full.parts, strict=True):
        assert score == sum(part.addend for part in parts)
        assert (
            ("repeat", item) in [(part.kind, part.because) for part in parts]
            or not history.of(0)
            or (item not in [each for each, _ in history.of(0)])
        )
    for limit in (1, 3):
        assert slate(composer, history, limit=limit).items == full.items[:limit]
    top = full.parts[0][0]
    if top.because >= 0:
        less = scores(slate(composer, history, unused=(top.because,)))
        assert less[full.items[0]] == full.scores[0] - top.addend
        history.drop(0, top.because)
        assert scores(slate(composer, history))[full.items[0]] == full.scores[0] - top.addend


def test_often_and_lately_count_and_one_more_visit_moves_the_next_slate() -> None:
    composer = composer_of(9, knowing(model_of(9, {})))
    history = seen(1, 2, 1, 3)
    assert slate(composer, history).items[:3] == [1, 3, 2]
    history.add(0, 2, 10)
    assert slate(composer, history).items[:3] == [2, 1, 3]


def test_it_adds_to_what_the_rest_of_the_history_says() -> None:
    model = knowing(model_of(5, {1: {2: 900}, 2: {1: 30}}))
    ranked = slate(composer_of(5, model), seen(2, 1))
    assert ranked.items[0] == 2
    assert [part.kind for part in ranked.parts[0]] == ["history", "repeat"]


def test_an_ordinary_placement_and_a_model_without_returns_never_show_what_was_seen() -> None:
    history = seen(1, 2, 1, 2)
    knows, knows_not = knowing(model_of(6, {1: {3: 5}})), model_of(6, {1: {3: 5}})
    for composer, recipe in (
        (composer_of(6, knows), NEVER),
        (composer_of(6, knows_not), AGAIN),
        (composer_of(6, knowing(knows_not, repeat=0.0)), AGAIN),
    ):
        ranked = slate(composer, history, recipe)
        assert sorted(ranked.items) == [0, 3, 4, 5]
        assert all(part.kind != "repeat" for parts in ranked.parts for part in parts)


def test_what_may_not_be_shown_is_not_shown_again_either() -> None:
    composer = composer_of(8, knowing(model_of(8, {})))
    history = seen(0, 1, 2, 3, 4, 5)
    shown = slate(
        composer,
        history,
        exclude=np.array([1], dtype=np.int32),
        disliked=(2,),
        basket=np.array([3]),
        item=4,
    )
    assert set(shown.items) == {0, 5, 6, 7}
    catalogue = composer._catalogue
    catalogue.upsert([Item(id="i0", stock=0)])
    catalogue.delete("i5")
    assert set(slate(composer, history).items) == {1, 2, 3, 4, 6, 7}
    assert slate(composer, history, candidates=np.array([4, 6], dtype=np.int32)).items == [4, 6]


def test_an_item_that_is_not_to_be_used_has_no_addend_and_changes_no_other() -> None:
    model = knowing(model_of(9, {}))
    history = seen(1, 2, 1, 3, 2)
    row, ages = history.rows([0])[0], history.ages(0)
    before = repeat_addends(model, row, ages)
    after = repeat_addends(model, without(row, (1,)), ages)
    assert before.tolist()[:3] == [before[0], before[1], after[2] or before[2]]
    assert [bool(each) for each in after[:4]] == [True, True, False, False]
    assert after[0] == before[0]
    assert after[1] == before[1]


def test_the_digest_tells_models_apart_by_it_and_does_not_know_of_it_where_it_is_nothing() -> None:
    def digest(**more: float) -> bytes:
        recipe = TrainingRecipe(10.0, 5, events=(2.0,), **more)
        facts = TrainingFacts(1, 1000, 7, 10.0, 5, 1, recipe)
        none = np.zeros((0, 1), dtype=np.int32)
        return seal_model(facts, none[:, 0], none, none.astype(np.int16), np.zeros(3, dtype=np.int32)).digest

    assert digest() == digest(repeat_half_life=3.0)
    assert (
        len({digest(), digest(repeat=1.0, repeat_half_life=3.0), digest(repeat=1.0, repeat_half_life=4.0)})
        == 3
    )


def test_nobody_is_shown_anything_again_who_has_no_history() -> None:
    composer = composer_of(4, knowing(model_of(4, {}, [0, 3, 1, 2])))
    wanted = Wanted(placement="home", recipe=AGAIN, limit=4, row=None)
    assert composer.compose(wanted, 1).items == [1, 3, 2, 0]
    assert slate(composer, History()).items == [1, 3, 2, 0]
    assert row_of().shape == (20,)
