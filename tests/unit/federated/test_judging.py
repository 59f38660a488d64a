"""Held-out devices: who they are, what they add, and what is made of it."""

from __future__ import annotations

import numpy as np
import pytest

from federated import (
    JUDGEMENT_NORM,
    Clip,
    ClipError,
    ItemList,
    ModelRecipe,
    Visit,
    comparison_of,
    is_held_out,
    judgement_of,
    model_of,
    update_of,
)

ITEMS = ItemList([f"i{number}" for number in range(40)])


def visits(*numbers: int) -> list[Visit]:
    return [Visit(f"i{number}", at) for at, number in enumerate(numbers)]


def model():  # two tastes: the first twenty items, popular, and the last twenty
    histories = [visits(*range(start, start + 4)) for start in [*range(16)] * 3 + [*range(20, 36)]]
    total = np.sum([update_of(h, ITEMS, Clip()).astype(np.int64) for h in histories], axis=0)
    return model_of(total, ITEMS, ModelRecipe(dimensions=12))


def test_a_judgement_says_whether_the_hidden_item_was_found_by_either() -> None:
    assert judgement_of(model(), visits(30, 31, 32, 33), 100).tolist() == [1, 1, 0]
    assert judgement_of(model(), visits(30, 31, 32, 1), 100, limit=1).tolist() == [1, 0, 0]
    assert judgement_of(model(), visits(1, 2, 4, 3), 100).tolist() == [1, 1, 1]


def test_a_short_history_judges_nothing() -> None:
    for history in ([], visits(3), [*visits(3), Visit("elsewhere", 9)], [Visit("i1", 1), Visit("i2", 500)]):
        assert judgement_of(model(), history, 100).tolist() == [0, 0, 0]


def test_no_judgement_is_longer_than_its_norm() -> None:
    assert JUDGEMENT_NORM**2 >= 3
    assert judgement_of(model(), visits(1, 2, 4, 3), 100).dtype == np.uint32


def test_the_same_devices_are_held_out_in_every_round_and_others_for_another_model() -> None:
    devices = [bytes([n % 256, n // 256]) * 16 for n in range(3_000)]
    held = [is_held_out(device, "films", 10) for device in devices]
    assert held == [is_held_out(device, "films", 10) for device in devices]
    assert held != [is_held_out(device, "books", 10) for device in devices]
    assert 230 < sum(held) < 370  # 300 expected, over four standard deviations either way
    assert not any(is_held_out(device, "films", 0) for device in devices)


def test_a_model_is_better_only_beyond_the_noise() -> None:
    assert comparison_of(np.array([100, 60, 40]), 10.0).is_better
    assert not comparison_of(np.array([100, 50, 40]), 10.0).is_better
    assert not comparison_of(np.array([100, 30, 40]), 0.0).is_better
    assert not comparison_of(np.array([100, 40, 40]), 0.0).is_better
    assert not comparison_of(np.array([-5, 60, 40]), 0.0).is_better


def test_a_sum_of_another_form_is_refused() -> None:
    with pytest.raises(ClipError):
        comparison_of(np.zeros(4, np.int64), 1.0)
