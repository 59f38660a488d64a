"""What one person adds: a set of pairs within a bound, and nothing else of them."""

from __future__ import annotations

import numpy as np
import pytest

from federated import Clip, ClipError, DocumentError, ItemList, Visit, n_pairs, square_of, update_of

ITEMS = ItemList([f"i{number}" for number in range(12)])


def visits(*numbers: int) -> list[Visit]:
    return [Visit(f"i{number}", 100 + at) for at, number in enumerate(numbers)]


def test_a_contribution_is_the_outer_product_of_the_set_of_items() -> None:
    clip = Clip(max_items=4, unit=1000, exponent_percent=50)
    update = update_of(visits(7, 2, 7, 9), ITEMS, clip)
    x = np.zeros(12)
    x[[2, 7, 9]] = 1
    np.testing.assert_array_equal(square_of(update.astype(np.int64), 12), 577 * np.outer(x, x))
    assert update.dtype == np.uint32
    assert update.shape == (n_pairs(12),)


def test_only_the_last_items_count_and_unknown_ones_do_not() -> None:
    clip = Clip(max_items=2, unit=1000)
    history = [*visits(1, 2, 3), Visit("elsewhere", 500)]
    np.testing.assert_array_equal(update_of(history, ITEMS, clip), update_of(visits(2, 3), ITEMS, clip))


def test_times_do_not_enter() -> None:
    clip = Clip()
    one = update_of(visits(1, 2, 3), ITEMS, clip)
    np.testing.assert_array_equal(
        one, update_of([Visit("i3", 9), Visit("i1", 1), Visit("i2", 5)], ITEMS, clip)
    )


def test_nothing_known_adds_nothing() -> None:
    assert not update_of([], ITEMS, Clip()).any()
    assert not update_of([Visit("elsewhere", 1)], ITEMS, Clip()).any()


@pytest.mark.parametrize("exponent", [0, 50, 75, 100, 150])
def test_no_contribution_is_longer_than_the_norm_says_and_one_is_as_long(exponent: int) -> None:
    clip = Clip(max_items=12, unit=4096, exponent_percent=exponent)
    squares = [
        int((update_of(visits(*range(n)), ITEMS, clip).astype(np.int64) ** 2).sum()) for n in range(13)
    ]
    assert max(squares) == clip.norm_squared
    assert clip.norm**2 >= clip.norm_squared


def test_so_many_people_fit_without_running_over() -> None:
    clip = Clip(unit=4096)
    assert clip.most_people * clip.value_of(1) < 2**31
    assert clip.most_people > 500_000


@pytest.mark.parametrize("bad", [{"max_items": 0}, {"unit": 1}, {"exponent_percent": -1}, {"max_items": 513}])
def test_bounds_that_bound_nothing_are_refused(bad: dict) -> None:
    with pytest.raises(ClipError):
        Clip(**bad)


@pytest.mark.parametrize("ids", [[], ["a", "a"], [""], ["x" * 257], [str(n) for n in range(2049)]])
def test_lists_that_are_none_are_refused(ids: list[str]) -> None:
    with pytest.raises(DocumentError):
        ItemList(ids)


def test_a_list_is_named_by_its_items_and_their_order() -> None:
    assert ItemList(["a", "b"]).digest == ItemList(["a", "b"]).digest != ItemList(["b", "a"]).digest


def test_of_equal_times_the_later_in_the_history_is_newer() -> None:
    assert ITEMS.latest_of([Visit("i1", 5), Visit("i2", 5), Visit("i3", 4)], 9) == [2, 1, 3]
    assert ITEMS.latest_of(visits(1, 2, 3), 9, now=101) == [2, 1]
