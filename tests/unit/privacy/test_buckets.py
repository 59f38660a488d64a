"""What a range of numbers is called, and what it counts for."""

from __future__ import annotations

import pytest

from privacy.buckets import bucket_labels, number_of_bucket


def test_each_range_counts_as_its_middle_and_an_open_one_as_its_bound() -> None:
    labels = bucket_labels((10.0, 25.0, 100.0))
    assert labels == ("<10", "10-25", "25-100", ">=100")
    assert [number_of_bucket(label) for label in labels] == [10, 17.5, 62.5, 100]


def test_bounds_below_zero_and_of_any_size_are_read_back() -> None:
    labels = bucket_labels((-10.0, -0.5, 1e-7, 2.5, 1e15))
    expected = [-10, -5.25, (1e-7 - 0.5) / 2, (2.5 + 1e-7) / 2, (1e15 + 2.5) / 2, 1e15]
    assert [number_of_bucket(label) for label in labels] == pytest.approx(expected)


@pytest.mark.parametrize("label", ["", "10", "10-", "-", "<", "a-b", "10-25 ", "10-25-40", "nan-1"])
def test_what_is_no_range_counts_for_nothing(label: str) -> None:
    assert number_of_bucket(label) is None
