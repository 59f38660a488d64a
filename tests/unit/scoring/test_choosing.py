"""What events count, and how fast short histories fade, is found on a validation split."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scoring import (
    Contributions,
    Learner,
    Model,
    TrainingRecipe,
    explain,
    hold_out,
    quality_of,
    rank_group,
    sighting_of,
)
from tests.unit.scoring.material import row_of

GIVEN = TrainingRecipe(ridge=30.0, half_life=5)
CLUSTERS, SIZE = 12, 20
N_ITEMS = CLUSTERS * SIZE
VIEWED, BOUGHT = 1, 2


def shoppers(seed: int) -> Contributions:
    """Each buys within one cluster, and looks at whatever comes along, more often."""
    rng = np.random.default_rng(seed)
    contributions = Contributions()
    for person in range(600):
        own = int(rng.integers(CLUSTERS)) * SIZE + rng.permutation(SIZE)[:5]
        looked = rng.integers(0, N_ITEMS, 9)
        done = [(int(item), BOUGHT) for item in own[:-1]] + [(int(item), VIEWED) for item in looked]
        order = [done[at] for at in rng.permutation(len(done))] + [(int(own[-1]), BOUGHT)]
        for at, (item, event) in enumerate(order):
            contributions.add(person, sighting_of(item, event), at + 1)
    return contributions


def learn(contributions: Contributions, learner: Learner | None = None) -> Model:
    return (learner or Learner()).learn(
        contributions.freeze().seen(N_ITEMS), N_ITEMS, GIVEN, k=50, now=1, version=1
    )


def test_what_tells_more_counts_more_and_the_addends_say_so() -> None:
    model = learn(shoppers(1))
    assert model.recipe is not None
    assert model.recipe.events[BOUGHT] > model.recipe.events[VIEWED]
    assert model.shares[BOUGHT] > model.shares[VIEWED]
    row = row_of(sighting_of(3, VIEWED), sighting_of(SIZE + 3, BOUGHT))
    everything = np.ones(N_ITEMS, dtype=bool)
    [slate] = rank_group(model, row[None], exclude=[None], available=everything, limit=5)
    for item, score in zip(slate.items, slate.scores, strict=True):
        assert sum(addend for _, addend in explain(model, row, item)) == score
    _, others = hold_out(shoppers(4).freeze().seen(N_ITEMS), 1.0)
    all_alike = replace(model, shares=np.full_like(model.shares, model.shares[VIEWED]))
    assert quality_of(model, others, everything) > 1.1 * quality_of(all_alike, others, everything)


def test_where_nobody_says_what_was_done_everything_counts_alike() -> None:
    contributions = shoppers(2)
    seen = contributions.freeze().seen(N_ITEMS)
    assert seen.events is not None
    unsaid = Contributions()
    for at, (person, item) in enumerate(zip(seen.people.tolist(), seen.items.tolist(), strict=True)):
        unsaid.add(person, item, at + 1)
    recipe = learn(unsaid).recipe
    assert recipe is not None
    assert recipe.events == ()


def test_taking_a_person_out_leaves_what_a_learning_without_them_gives() -> None:
    """With the recipe that was chosen with them: what it weighs by was chosen once, of everybody."""
    contributions, learner = shoppers(3), Learner()
    recipe = learn(contributions, learner).recipe
    assert recipe is not None
    contributions.clear(17)
    kept = learn(contributions, learner)
    seen = contributions.freeze().seen(N_ITEMS)
    anew = Learner(choose=False).learn(seen, N_ITEMS, recipe, k=50, now=1, version=1)
    assert kept.digest == anew.digest
