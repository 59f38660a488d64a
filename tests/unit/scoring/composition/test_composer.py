"""Composed slates: every score is the sum of its reasons, and every part of a recipe does what it says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring import (
    BoostRule,
    Catalogue,
    Composer,
    ContentIndex,
    EditorialRules,
    Item,
    Newcomers,
    Popular,
    Recipe,
    Trending,
    Wanted,
    rank_group,
    text_of,
)
from tests.unit.scoring.material import model_of, random_model, row_of

NOW = 1000


def composer_of(items: list[Item], model=None, trending: Trending | None = None) -> Composer:
    catalogue = Catalogue()
    catalogue.upsert(items)
    made = Composer(
        catalogue, Popular(catalogue, model or model_of(len(items), {})), trending, Newcomers(impressions=50)
    )
    made.content = ContentIndex([text_of(item) for item in catalogue.items])
    return made


def numbered(n: int, **more) -> list[Item]:
    return [Item(id=f"i{k}", **more) for k in range(n)]


def wanted(recipe: Recipe | None = None, **more) -> Wanted:
    return Wanted(**{"placement": "home", "recipe": recipe or Recipe(), "limit": 5, **more})


@given(seed=st.integers(0, 10_000))
def test_the_plain_recipe_gives_what_ranking_gives_and_names_every_addend(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 40))
    model, made = random_model(rng, n, 4), None
    made = composer_of(numbered(n), model)
    seen = rng.choice(n, int(rng.integers(1, min(n, 20) + 1)), replace=False).tolist()
    exclude = rng.choice(n, 2).astype(np.int32)
    row = row_of(*seen)
    composed = made.compose(wanted(row=row, exclude=exclude), NOW)
    [ranked] = rank_group(
        model, row[None, :], exclude=[exclude], available=np.ones(n, dtype=np.bool_), limit=5
    )
    assert (composed.items, composed.scores) == (ranked.items, ranked.scores)
    assert (composed.because, composed.addends) == (ranked.because, ranked.addends)
    assert sums(composed) == composed.scores


TAGS = ["blue", "red", "wool", "silk", "warm", "cold"]
RECIPES = st.builds(
    Recipe,
    content=st.sampled_from([0.0, 0.3, 1.0]),
    query=st.sampled_from([0.0, 1.0]),
    trending=st.sampled_from([0.0, 0.5]),
    diversity=st.sampled_from([0.0, 0.3]),
    newcomers=st.sampled_from([0.0, 0.2]),
    fair_exposure=st.booleans(),
    basket=st.booleans(),
)


@given(seed=st.integers(0, 10_000), recipe=RECIPES)
def test_taking_a_signal_out_lowers_each_score_by_exactly_the_stated_addends(seed, recipe):
    rng = np.random.default_rng(seed)
    made = shop_of(rng)
    seen = rng.choice(30, 8, replace=False).tolist()
    # Nothing else may change what is shown in between: newcomers and exposure count places.
    shown = wanted(recipe, row=row_of(*seen), limit=30, query="blue wool", disliked=(3,))
    before = made.compose(shown, NOW)
    assert sums(before) == before.scores
    speaking = [part.because for parts in before.parts for part in parts if part.kind == "history"]
    if not speaking:
        return
    taken_out = speaking[0]
    after = made.compose(
        wanted(recipe, row=row_of(*seen), limit=30, query="blue wool", disliked=(3,), unused=(taken_out,)),
        NOW,
    )
    stated = {
        item: sum(
            part.addend for part in parts if part.because == taken_out and part.kind in ("history", "content")
        )
        for item, parts in zip(before.items, before.parts, strict=True)
    }
    later = dict(zip(after.items, after.scores, strict=True))
    for item, score in zip(before.items, before.scores, strict=True):
        if item in later:
            assert later[item] == score - stated[item]
    assert all(
        part.because != taken_out
        for parts in after.parts
        for part in parts
        if part.kind in ("history", "content")
    )


def shop_of(rng: np.random.Generator) -> Composer:
    items = [
        Item(
            id=f"i{k}",
            title=" ".join(rng.choice(TAGS, 2)),
            tags=tuple(rng.choice(TAGS, 2)),
            category=f"c{k % 4}",
            provider=f"p{k % 3}",
        )
        for k in range(30)
    ]
    trending = Trending(60, 2)
    for slot in range(5):
        trending.add_many([slot] * 4, rng.choice(30, 4).tolist(), [NOW] * 4)
    return composer_of(items, random_model(rng, 30, 5), trending)


def sums(slate) -> list[int]:
    return [sum(part.addend for part in parts) for parts in slate.parts]


def test_an_item_that_nobody_clicked_outranks_chance_if_it_shares_tags():
    rng = np.random.default_rng(1)
    tags = [f"t{n}" for n in range(40)]
    items = [Item(id=f"i{k}", tags=tuple(rng.choice(tags, 3, replace=False))) for k in range(400)]
    made, better = composer_of(items), 0
    for _ in range(200):
        seen = int(rng.integers(400))
        sharing = [k for k in range(400) if k != seen and set(items[k].tags) & set(items[seen].tags)]
        slate = made.compose(wanted(Recipe(content=1.0), row=row_of(seen), limit=10), NOW)
        better += set(slate.items) <= set(sharing)
    assert better >= 190


def test_a_burst_of_fifty_people_leads_and_fades():
    trending = Trending(600, 5)
    made = composer_of(numbered(100), trending=trending)
    trending.add_many(list(range(50)), [7] * 50, [NOW] * 50)
    trending.add_many(list(range(50, 54)), [8] * 4, [NOW] * 4)
    slate = made.compose(wanted(Recipe(trending=1.0)), NOW + 60)
    assert slate.items[0] == 7
    assert slate.parts[0][0].kind == "trending"
    assert 8 not in [i for i, s in zip(slate.items, slate.scores, strict=True) if s]
    for slot in range(46):
        trending.clear(slot)
    assert made.compose(wanted(Recipe(trending=1.0)), NOW + 60).scores[0] == 0


def test_a_slate_for_nobody_is_never_empty():
    assert len(composer_of(numbered(20)).compose(wanted(Recipe(diversity=0.3)), NOW).items) == 5


def test_diversity_widens_a_slate():
    items = [Item(id=f"i{k}", category=f"c{k // 10}") for k in range(50)]
    model = model_of(50, {0: {k: 30_000 - 300 * k for k in range(1, 30)}})
    made = composer_of(items, model)
    narrow = made.compose(wanted(row=row_of(0), limit=9), NOW).items
    wide = made.compose(wanted(Recipe(diversity=0.3), row=row_of(0), limit=9), NOW).items
    assert len({k // 10 for k in narrow}) == 1
    assert len({k // 10 for k in wide}) >= 3
    assert wide[0] == narrow[0]


def test_providers_are_shown_in_proportion_to_what_they_offer():
    items = [Item(id=f"i{k}", provider="small" if k % 4 == 0 else "large") for k in range(80)]
    model = model_of(80, {0: {k: 20_000 + k for k in range(1, 80) if k % 4}})
    catalogue = Catalogue()
    catalogue.upsert(items)
    made = Composer(catalogue, Popular(catalogue, model), None, Newcomers(1))
    shown = {"small": 0.0, "large": 0.0}
    for _ in range(60):
        slate = made.compose(wanted(Recipe(fair_exposure=True), row=row_of(0), limit=10), NOW)
        for rank, item in enumerate(slate.items, 1):
            shown[items[item].provider] += 1 / np.log2(rank + 1)
    whole = sum(shown.values())
    assert 0.8 <= shown["small"] / (0.25 * whole) <= 1.25
    assert 0.8 <= shown["large"] / (0.75 * whole) <= 1.25


def test_a_provider_that_offers_nothing_any_more_is_owed_nothing_when_it_comes_back():
    items = [Item(id=f"i{k}", provider="left" if k < 5 else "stays") for k in range(40)]
    made = composer_of(items)
    recipe = Recipe(fair_exposure=True)
    first = made.compose(wanted(recipe, limit=8), NOW).items
    assert any(item < 5 for item in first)
    only = np.arange(5, 40, dtype=np.int32)
    assert all(item >= 5 for item in made.compose(wanted(recipe, limit=8, candidates=only), NOW).items)
    back = made.compose(wanted(recipe, limit=8), NOW).items
    assert sum(item < 5 for item in back) <= 2


def test_a_basket_is_complemented_and_not_repeated():
    items = [
        Item(id="phone", title="black phone", tags=("phone",), category="phones"),
        Item(id="other-phone", title="black phone", tags=("phone",), category="phones"),
        Item(id="case", title="leather case", tags=("cover",), category="cases"),
        Item(id="charger", title="fast charger", tags=("power",), category="chargers"),
    ]
    model = model_of(4, {0: {1: 30_000, 2: 20_000, 3: 10_000}})
    slate = composer_of(items, model).compose(
        wanted(Recipe(basket=True), row=row_of(), basket=np.array([0]), limit=4), NOW
    )
    assert slate.items == [2, 3]
    assert [part.kind for part in slate.parts[0]] == ["basket"]


def test_what_is_out_of_stock_is_stood_in_for():
    items = [
        Item(id="gone", title="red chair", category="chairs", price=100, stock=0),
        Item(id="dear", title="red chair", category="chairs", price=131, stock=2),
        Item(id="near", title="red chair", category="chairs", price=129, stock=2),
        Item(id="empty", title="red chair", category="chairs", price=100, stock=0),
        Item(id="table", title="red chair", category="tables", price=100, stock=2),
        Item(id="blue", title="blue chair", category="chairs", price=71, stock=1),
    ]
    slate = composer_of(items, model_of(6, {}, [0, 9, 0, 0, 9, 0])).compose(wanted(item=0), NOW)
    assert slate.items[:2] == [2, 5]
    assert [part.because for part in slate.parts[0] if part.kind == "similar"][-1] == 0
    assert 3 not in slate.items


def test_a_query_changes_a_slate_where_queries_count():
    items = [Item(id=f"i{k}", title="blue wool" if k == 17 else "plain") for k in range(30)]
    made = composer_of(items)
    assert 17 not in made.compose(wanted(row=row_of(), query=None), NOW).items
    slate = made.compose(wanted(Recipe(query=1.0), row=row_of(), query="wool"), NOW)
    assert slate.items[0] == 17
    assert slate.parts[0][0].kind == "query"


def test_less_like_this_hides_the_item_and_speaks_against_its_like():
    model = model_of(6, {0: {1: 1000, 2: 900, 3: 10}, 1: {2: 5000}})
    made = composer_of(numbered(6), model)
    assert made.compose(wanted(row=row_of(0), limit=3), NOW).items == [1, 2, 3]
    slate = made.compose(wanted(row=row_of(0), limit=3, disliked=(1,)), NOW)
    assert slate.items[0] == 3
    assert not {1, 2} & set(slate.items)


def test_editors_pin_boost_and_freeze():
    made = composer_of(numbered(20), model_of(20, {0: {1: 10, 2: 9, 3: 8, 4: 7, 5: 6}}))
    made.editorial = {
        "home": EditorialRules(pins={1: ("r1", 15), 4: ("r2", 5)}, boosts=(BoostRule("r3", 3, 1.0),))
    }
    slate = made.compose(wanted(row=row_of(0)), NOW)
    assert slate.items == [3, 15, 1, 2, 5]
    assert [part.rule for part in slate.parts[0]] == ["r3", ""]
    assert slate.parts[1][-1].kind == "pinned"
    assert sums(slate) == slate.scores
    made.editorial = {"home": EditorialRules(frozen=("r4", (9, 8, 9)))}
    assert made.is_frozen("home")
    assert made.compose(wanted(row=row_of(0)), NOW).items == [9, 8]
    assert not made.is_frozen("other")


def test_a_frozen_slate_of_which_nothing_can_be_shown_is_the_one_it_would_be_without():
    items = [Item(id=f"i{k}", stock=0 if k in (8, 9) else 1) for k in range(20)]
    made = composer_of(items, model_of(20, {0: {1: 10}}))
    unfrozen = made.compose(wanted(row=row_of(0)), NOW).items
    made.editorial = {"home": EditorialRules(frozen=("r", (9, 8)))}
    assert not made.is_frozen("home")
    assert made.compose(wanted(row=row_of(0)), NOW).items == unfrozen
    made.editorial = {"home": EditorialRules(frozen=("r", (9, 7)))}
    assert made.is_frozen("home")
    assert made.compose(wanted(), NOW).items == [7]
    left_out = made.compose(wanted(exclude=np.array([7])), NOW).items
    assert left_out, "whoever leaves out what is frozen is shown something else"
    assert 7 not in left_out


def test_newcomers_are_met_in_composed_slates():
    model = model_of(30, {}, [5] * 25 + [0] * 5)
    made = composer_of(numbered(30), model)
    shown = [
        item for _ in range(20) for item in made.compose(wanted(Recipe(newcomers=0.1), limit=10), NOW).items
    ]
    assert sum(item >= 25 for item in shown) >= 20


@pytest.mark.parametrize("limit", [1, 3, 10])
def test_no_item_stands_twice_and_no_slate_is_too_long(limit):
    made = shop_of(np.random.default_rng(3))
    made.editorial = {"home": EditorialRules(pins={0: ("r", 4), 2: ("s", 5)})}
    recipe = Recipe(content=1, trending=1, diversity=0.5, newcomers=0.5, fair_exposure=True)
    for _ in range(20):
        slate = made.compose(wanted(recipe, row=row_of(1, 2), limit=limit), NOW)
        assert len(slate.items) == len(set(slate.items)) == limit
