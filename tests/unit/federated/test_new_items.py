"""Items that no round was about are placed by what is publicly said of them."""

from __future__ import annotations

import numpy as np
import pytest

from federated import (
    Artefact,
    Clip,
    DocumentError,
    ItemList,
    ModelRecipe,
    Visit,
    model_of,
    rank,
    read_artefact,
    update_of,
    with_new_items,
    write_artefact,
)

ITEMS = ItemList([f"i{number}" for number in range(20)])
GENRES = np.array([[1.0, 0.0]] * 10 + [[0.0, 1.0]] * 10)


def visits(*numbers: int) -> list[Visit]:
    return [Visit(f"i{number}", at) for at, number in enumerate(numbers)]


def model() -> Artefact:
    rng = np.random.default_rng(1)
    histories = [visits(*(rng.choice(10, 6, replace=False) + 10 * (person % 2))) for person in range(60)]
    total = np.sum([update_of(h, ITEMS, Clip()).astype(np.int64) for h in histories], axis=0)
    return model_of(total, ITEMS, ModelRecipe(dimensions=2))


def test_a_new_item_comes_with_those_of_its_kind() -> None:
    more = with_new_items(model(), ["new-a", "new-b"], np.vstack([GENRES, [[1, 0], [0, 1]]]))
    of_the_first = dict(rank(more, visits(1, 2, 3), 100, limit=22))
    of_the_second = dict(rank(more, visits(11, 12, 13), 100, limit=22))
    assert of_the_first["new-a"] > of_the_first["new-b"]
    assert of_the_second["new-b"] > of_the_second["new-a"]


def test_the_larger_model_is_an_artefact_like_any_other() -> None:
    more = with_new_items(model(), ["new"], np.vstack([GENRES, [[0.5, 0.5]]]))
    again = read_artefact(write_artefact(more))
    assert again.items.ids == (*ITEMS.ids, "new")
    assert rank(again, visits(1), 9) == rank(more, visits(1), 9)


def test_well_known_items_keep_their_vectors() -> None:
    artefact = model()
    more = with_new_items(artefact, [], GENRES)
    kept = artefact.weights > artefact.weights.min()
    assert kept.any()
    np.testing.assert_array_equal(more.vectors[kept], artefact.vectors[kept])


def test_without_history_new_items_come_last() -> None:
    more = with_new_items(model(), ["new"], np.vstack([GENRES, [[1, 0]]]))
    assert rank(more, [], 9, limit=21)[-1][0] == "new"


@pytest.mark.parametrize("features", [GENRES[1:], GENRES[:, 0], np.full((20, 2), np.nan)])
def test_features_that_are_not_of_each_item_are_refused(features: np.ndarray) -> None:
    with pytest.raises(DocumentError):
        with_new_items(model(), [], features)
