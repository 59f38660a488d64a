"""A slate widens for somebody who goes from topic to topic, and not for one who stays with one."""

from __future__ import annotations

import numpy as np
import pytest

from scoring import Item, Recipe
from scoring.composition.widening import LEAST_ITEMS, diversity_for, entropy_of
from tests.unit.scoring.composition.test_composer import NOW, composer_of, wanted
from tests.unit.scoring.material import model_of, row_of

SHELF = 10


def categories(n_items: int = 50) -> np.ndarray:
    return np.arange(n_items, dtype=np.int32) // SHELF


@pytest.mark.parametrize(
    ("items", "bits"),
    [
        ([0, 1, 2, 3], 0.0),
        ([0, 1, 10, 11], 1.0),
        ([0, 10, 20, 30], 2.0),
        ([0, 1, 2, 10], 0.811278),
        ([0, 1, 2, 3, 99], 0.0),
        ([0, 1, 2], None),
        ([], None),
    ],
)
def test_the_entropy_of_a_history_is_that_of_its_categories(items: list[int], bits: float | None) -> None:
    found = entropy_of(row_of(*items), categories())
    assert found is bits or found == pytest.approx(bits)


def test_what_has_no_category_says_nothing() -> None:
    assert entropy_of(row_of(*range(LEAST_ITEMS)), np.full(50, -1, dtype=np.int32)) is None


def test_diversity_is_added_in_proportion_and_never_beyond_the_whole() -> None:
    focused, between, exploring = row_of(0, 1, 2, 3), row_of(0, 1, 10, 11), row_of(0, 10, 20, 30)
    recipe = Recipe(diversity=0.2, widening=0.4)
    found = [diversity_for(recipe, row, categories()) for row in (focused, between, exploring)]
    assert found == pytest.approx([0.2, 0.4, 0.6])
    assert diversity_for(Recipe(diversity=0.9, widening=0.4), exploring, categories()) == 1.0
    assert diversity_for(Recipe(diversity=0.2), exploring, categories()) == 0.2
    assert diversity_for(recipe, None, categories()) == 0.2


def test_a_slate_widens_for_the_one_and_not_for_the_other() -> None:
    items = [Item(id=f"i{k}", category=f"c{k // SHELF}") for k in range(50)]
    near = {k: 30_000 - 300 * k for k in range(4, 40) if k % SHELF > 3}
    made = composer_of(items, model_of(50, {0: near}))

    def shelves(row: np.ndarray, recipe: Recipe | None = None) -> list[int]:
        return [item // SHELF for item in made.compose(wanted(recipe, row=row, limit=6), NOW).items]

    focused, exploring = row_of(0, 1, 2, 3), row_of(0, 10, 20, 30)
    wide = Recipe(widening=0.4)
    assert set(shelves(focused)) == set(shelves(exploring)) == {0}
    assert shelves(focused, wide) == shelves(focused)
    assert len(set(shelves(exploring, wide))) >= 3
    without = wanted(wide, row=exploring, limit=6, unused=(10, 20, 30))
    assert {item // SHELF for item in made.compose(without, NOW).items} == {0}, (
        "what is not to count does not"
    )
