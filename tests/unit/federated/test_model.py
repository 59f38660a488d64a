"""From the sum to the artefact to the slate: whole numbers all the way, and the slate that the mathematics says."""

from __future__ import annotations

import json

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
    scores_of,
    update_of,
    vector_of,
    write_artefact,
)

ITEMS = ItemList([f"i{number}" for number in range(10)])
GROUPS = [[0, 1, 2], [0, 1, 2, 3], [1, 2, 3], [5, 6, 7], [5, 6, 7, 8], [6, 7, 8], [5, 6]]


def total() -> np.ndarray:
    histories = [[Visit(f"i{n}", at) for at, n in enumerate(group)] for group in GROUPS]
    return np.sum([update_of(h, ITEMS, Clip()).astype(np.int64) for h in histories], axis=0)


def model(**changes: int) -> Artefact:
    return model_of(total(), ITEMS, ModelRecipe(**({"dimensions": 2} | changes)))


def test_a_history_brings_what_the_same_people_know() -> None:
    slate = rank(model(), [Visit("i0", 1), Visit("i1", 2)], now=10, limit=2)
    assert [item for item, _ in slate] == ["i2", "i3"]


def test_without_a_history_the_most_popular_come_first() -> None:
    artefact = model()
    slate = [item for item, _ in rank(artefact, [], now=10, limit=10)]
    popularity = artefact.popularity[[artefact.items.number_of(item) for item in slate]]
    assert list(popularity) == sorted(popularity, reverse=True)
    assert len(slate) == 10


def test_what_lies_in_the_future_and_what_is_excluded_is_left_out() -> None:
    history = [Visit("i0", 1), Visit("i5", 99)]
    assert rank(model(), history, now=10) == rank(model(), history[:1], now=10)
    shown = {item for item, _ in rank(model(), history, now=10, exclude=("i2", "unknown"))}
    assert shown.isdisjoint({"i0", "i2"})
    assert "i0" in {item for item, _ in rank(model(), history, now=10, again=True)}


def test_what_came_last_weighs_most() -> None:
    artefact = model(half_life=1)
    recent = [ITEMS.number_of("i5"), ITEMS.number_of("i0")]
    late, early = scores_of(artefact, recent), scores_of(artefact, recent[::-1])
    assert late[7] > early[7]
    assert late[2] < early[2]


def test_scores_are_what_the_format_says_and_exact_in_double_precision() -> None:
    artefact = model()
    recent = [0, 3, 7]
    weights = artefact.recency[:3].tolist()
    own = [
        sum(w * int(artefact.vectors[h, k]) for w, h in zip(weights, recent, strict=True)) for k in range(2)
    ]
    assert vector_of(artefact, recent).tolist() == own
    for item in range(10):
        likeness = sum(int(artefact.vectors[item, k]) * int(artefact.gains[k]) * own[k] for k in range(2))
        score = artefact.prior * int(artefact.popularity[item]) + int(artefact.weights[item]) * likeness
        assert scores_of(artefact, recent)[item] == score
        assert int(float(score)) == score


def test_the_bounds_of_the_format_keep_every_score_below_two_to_the_53() -> None:
    worst = 2**31 * 65_535 + 127 * 32 * 127 * 1_023 * (64 * 1_023 * 127)
    assert worst < 2**53


def test_the_bytes_give_the_same_model_and_equal_models_the_same_bytes() -> None:
    artefact = model()
    data = write_artefact(artefact)
    again = read_artefact(data)
    assert write_artefact(again) == data == write_artefact(model())
    np.testing.assert_array_equal(again.vectors, artefact.vectors)
    np.testing.assert_array_equal(again.popularity, artefact.popularity)
    history = [Visit("i6", 1)]
    assert rank(again, history, now=2) == rank(artefact, history, now=2)


def test_the_arrays_match_the_eigenvectors_up_to_rounding() -> None:
    artefact = model(damping_percent=0)
    square = np.zeros((10, 10))
    for group in GROUPS:
        square[np.ix_(group, group)] += Clip().value_of(len(group))
    _, vectors = np.linalg.eigh(square)
    wanted = vectors[:, -2:] @ vectors[:, -2:].T
    got = (artefact.vectors * artefact.gains) @ artefact.vectors.T
    got = got / got.max() * wanted.max()
    np.testing.assert_allclose(got, wanted, atol=0.02)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "volens-fedgram/2"},
        {"dimensions": 3},
        {"weights": "gICAgICAgICAgA=="},
        {"vectors": "!"},
        {"vectors": ""},
        {"popularity": "AAAA"},
        {"gains": [1, 1024]},
        {"gains": [1]},
        {"recency": []},
        {"recency": [0]},
        {"prior": -1},
        {"items": []},
        {"extra": 1},
        {"vectors": "gICAgICAgICAgICAgICAgICAgIA="},
    ],
)
def test_a_model_outside_its_bounds_is_refused(change: dict) -> None:
    written = json.loads(write_artefact(model()))
    with pytest.raises(DocumentError):
        read_artefact(json.dumps(written | change).encode())


def test_bytes_that_are_no_model_are_refused() -> None:
    for junk in (b"", b"\xff", b"[]", b" " * 4_194_305):
        with pytest.raises(DocumentError):
            read_artefact(junk)


@pytest.mark.parametrize("bad", [{"dimensions": 0}, {"half_life": 0}, {"remembered": 65}])
def test_a_recipe_that_no_artefact_can_say_is_refused(bad: dict) -> None:
    with pytest.raises(DocumentError):
        ModelRecipe(**bad)
