"""Sums of honest devices pass, sums with somebody who broke the clip do not."""

from __future__ import annotations

import numpy as np

from federated import (
    Clip,
    CohortFinding,
    as_signed,
    check_cohort,
    compare_cohorts,
    n_pairs,
    sound_cohorts,
    update_of_numbers,
)

N_ITEMS = 30
CLIP = Clip(max_items=8)


def honest(seed: int, n_devices: int = 20) -> np.ndarray:
    rng = np.random.default_rng(seed)
    total = np.zeros(n_pairs(N_ITEMS), np.uint32)
    for _ in range(n_devices):
        known = np.sort(rng.choice(N_ITEMS, rng.integers(1, 9), replace=False))
        total += update_of_numbers(known, N_ITEMS, CLIP)
    return total


def attack(numbers: list[int], scale: int) -> np.ndarray:
    return update_of_numbers(np.array(numbers), N_ITEMS, CLIP) * np.uint32(scale)


def verdict(total: np.ndarray, n_devices: int = 21) -> CohortFinding | None:
    return check_cohort(as_signed(total), N_ITEMS, n_devices, CLIP)


def test_honest_sums_pass() -> None:
    assert [verdict(honest(seed), 20) for seed in range(20)] == [None] * 20


def test_a_contribution_a_hundred_times_too_large_does_not_pass() -> None:
    assert verdict(honest(1) + attack([1, 2, 3], 100)) is CohortFinding.OUT_OF_RANGE


def test_a_negative_contribution_does_not_pass() -> None:
    assert verdict(honest(1) - attack([1, 2], 100)) is CohortFinding.OUT_OF_RANGE


def test_a_long_contribution_within_the_range_of_each_value_does_not_pass() -> None:
    total = honest(1, 2)
    whole = np.full(n_pairs(N_ITEMS), 2 * CLIP.value_of(1), np.uint32)
    assert verdict(np.minimum(total + whole, 3 * CLIP.value_of(1)), 3) is CohortFinding.TOO_LONG


def test_pairs_without_their_items_do_not_pass() -> None:
    total = honest(1)
    pair = N_ITEMS + 1  # row 1, column 2
    total[pair] = 20 * CLIP.value_of(1)
    assert verdict(total) is CohortFinding.PAIR_WITHOUT_ITEMS


def test_more_pairs_than_any_history_has_do_not_pass() -> None:
    total = np.zeros(n_pairs(N_ITEMS), np.uint32)
    for _ in range(3):
        total += update_of_numbers(np.arange(N_ITEMS), N_ITEMS, Clip(max_items=N_ITEMS))
    assert verdict(total, 40) is CohortFinding.TOO_MANY_PAIRS


def test_a_cohort_that_is_unlike_the_others_is_named() -> None:
    totals = [as_signed(honest(seed)) for seed in range(8)]
    assert compare_cohorts(totals, N_ITEMS, [20] * 8, CLIP) == []
    totals[5] = totals[5] + as_signed(attack([4], 25))
    assert compare_cohorts(totals, N_ITEMS, [20] * 8, CLIP) == [5]


def test_with_few_cohorts_nobody_is_told_apart() -> None:
    totals = [as_signed(honest(1)), as_signed(honest(2) + attack([4], 25))]
    assert compare_cohorts(totals, N_ITEMS, [20, 21], CLIP) == []


def test_cohorts_that_break_the_clip_or_stand_apart_are_left_out_and_the_others_are_added_up() -> None:
    totals = [as_signed(honest(seed)) for seed in range(8)]
    assert sound_cohorts(totals, N_ITEMS, [20] * 8, CLIP) == list(range(8))
    totals[2] = totals[2] + as_signed(attack([1, 2, 3], 100))
    totals[5] = totals[5] + as_signed(attack([4], 15))
    assert sound_cohorts(totals, N_ITEMS, [20] * 8, CLIP) == [0, 1, 3, 4, 6, 7]


def test_a_round_most_of_whose_cohorts_fall_out_adds_nothing_up() -> None:
    totals = [as_signed(honest(seed)) for seed in range(5)]
    for place, kept in ((0, [1, 2, 3, 4]), (1, [2, 3, 4]), (2, [])):
        totals[place] = totals[place] + as_signed(attack([1, 2, 3], 100))
        assert sound_cohorts(totals, N_ITEMS, [20] * 5, CLIP) == kept
