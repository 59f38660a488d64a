"""Concentration against the textbook's definition, and thirty simulated days of people who are shown more of the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring import Catalogue, Item, Popular, Recipe, growth_of, mean_concentration
from scoring.composition import Composer, Newcomers, Wanted
from scoring.composition.content import ContentIndex
from scoring.decay import HISTORY_LENGTH
from scoring.drift.narrowing import LEAST_DAYS, LEAST_GROWTH, LEAST_ITEMS, LEAST_PEOPLE, concentration
from scoring.recent_items import NO_ITEM
from tests.unit.scoring.material import model_of

SHELVES, PER_SHELF, PEOPLE = 8, 30, 40
CATEGORY_OF = np.repeat(np.arange(SHELVES), PER_SHELF).astype(np.int32)


def textbook_gini(counts: list[int]) -> float:
    """Half of the relative mean absolute difference."""
    pairs = [abs(a - b) for a in counts for b in counts]
    return sum(pairs) / (2 * len(counts) * sum(counts))


@given(st.lists(st.integers(0, 6), min_size=LEAST_ITEMS, max_size=20), st.integers(7, 12))
def test_it_is_the_textbooks_gini_between_the_most_scattered_and_one_category(
    categories: list[int], n_categories: int
) -> None:
    rows = np.full((1, 20), NO_ITEM, dtype=np.int32)
    rows[0, : len(categories)] = categories
    counts = [categories.count(k) for k in range(n_categories)]
    n = len(categories)
    scattered = textbook_gini([n // n_categories + (k < n % n_categories) for k in range(n_categories)])
    one = textbook_gini([n] + [0] * (n_categories - 1))
    [found] = concentration(rows, np.arange(n_categories, dtype=np.int32), n_categories)
    assert found == pytest.approx((textbook_gini(counts) - scattered) / (one - scattered))


def test_what_says_nothing_is_not_counted() -> None:
    rows = np.full((3, 20), NO_ITEM, dtype=np.int32)
    rows[0, :LEAST_ITEMS] = 0
    rows[1, : LEAST_ITEMS - 1] = 0
    rows[2, :LEAST_ITEMS] = 2
    found = concentration(rows, np.array([0, 1, -1], dtype=np.int32), 2)
    assert found[0] == 1.0
    assert np.isnan(found[1:]).all(), "too few, and without a category"
    assert np.isnan(concentration(rows, np.zeros(3, dtype=np.int32), 1)).all()
    assert np.isnan(concentration(rows, np.zeros(0, dtype=np.int32), 5)).all()


def test_a_mean_of_few_people_is_not_told() -> None:
    rows = np.zeros((LEAST_PEOPLE, 20), dtype=np.int32)
    category_of = np.array([0], dtype=np.int32)
    assert np.isnan(mean_concentration(rows[1:], category_of, 2))
    assert mean_concentration(rows, category_of, 2) == 1.0


def test_growth_needs_days_a_trend_and_a_size() -> None:
    rising = [0.3 + 0.01 * day for day in range(30)]
    assert growth_of(rising).alarms
    assert growth_of([*rising, float("nan")]).alarms
    assert growth_of(rising).by == pytest.approx(0.2)
    assert not growth_of(rising[: LEAST_DAYS - 1]).alarms
    assert not growth_of(rising[::-1]).alarms
    assert not growth_of([0.3] * 30).alarms
    assert not growth_of([0.3 + LEAST_GROWTH * day / 29 / 2 for day in range(30)]).alarms


def test_chance_alone_hardly_ever_alarms() -> None:
    draw = np.random.default_rng(5)
    alarms = sum(growth_of(list(draw.normal(0.5, 0.05, 30))).alarms for _ in range(500))
    assert alarms <= 500 * 0.02


def composer() -> Composer:
    """Items of a shelf lead to one another, and are alike."""
    catalogue = Catalogue()
    catalogue.upsert([Item(id=f"i{k}", category=f"c{k // PER_SHELF}") for k in range(SHELVES * PER_SHELF)])
    related = {
        item: {other: 100 + (item * other) % 50 for other in range(SHELVES * PER_SHELF)
               if other != item and other // PER_SHELF == item // PER_SHELF}
        for item in range(SHELVES * PER_SHELF)
    }  # fmt: skip
    made = Composer(catalogue, Popular(catalogue, model_of(SHELVES * PER_SHELF, related)), None, Newcomers(1))
    made.content = ContentIndex([("", (), f"c{k // PER_SHELF}") for k in range(SHELVES * PER_SHELF)])
    return made


def thirty_days(diversity: float) -> list[float]:
    """Everybody takes two of the items that they are shown each day; the mean concentration after each.

    Ten days of diverse slates come before, so that what is measured is what changed.
    """
    made, draw, means = composer(), np.random.default_rng(3), []
    histories = [list(draw.integers(0, SHELVES * PER_SHELF, 12)) for _ in range(PEOPLE)]
    for day in range(-10, 30):
        for history in histories:
            row = np.full(HISTORY_LENGTH, NO_ITEM, dtype=np.int32)
            recent = history[::-1][:HISTORY_LENGTH]
            row[: len(recent)] = recent
            wanted = Wanted(
                placement="home", recipe=Recipe(diversity=0.7 if day < 0 else diversity), limit=8, row=row
            )
            shown = made.compose(wanted, 1).items
            history += [int(each) for each in draw.choice(shown, 2, replace=False)]
        rows = np.array([history[::-1][:HISTORY_LENGTH] + [NO_ITEM] * (HISTORY_LENGTH - len(history))
                         for history in histories], dtype=np.int32)  # fmt: skip
        means.append(mean_concentration(rows, CATEGORY_OF, SHELVES))
    return means[10:]


def test_thirty_days_of_more_of_the_same_raise_the_alarm_and_of_diverse_slates_do_not() -> None:
    same, diverse = thirty_days(0.0), thirty_days(0.7)
    assert growth_of(same).alarms, same
    assert not growth_of(diverse).alarms, diverse
    assert same[-1] > diverse[-1] + 0.1
