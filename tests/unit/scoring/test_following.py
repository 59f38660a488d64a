"""What follows what, against counting by hand."""

from __future__ import annotations

import numpy as np

from scoring.following import Damping, count_following, count_together, weigh_following
from tests.unit.scoring.evaluation.recordings import aimless


def by_hand(people: list[int], items: list[int], n_items: int, reach: float) -> np.ndarray:
    found = np.zeros((n_items, n_items))
    for a, source in enumerate(items):
        for b in range(a + 1, len(items)):
            if people[a] == people[b] and source != items[b]:
                found[source, items[b]] += 2.0 ** (-(b - a - 1) / reach)
    return found


def test_every_pair_counts_by_its_distance() -> None:
    rng = np.random.default_rng(3)
    people = np.sort(rng.integers(0, 9, 60))
    items = rng.integers(0, 7, 60)
    for reach in (1.0, 4.0, 8.0):
        found = count_following(people, items, 7, reach=reach).toarray()
        expected = by_hand(people.tolist(), items.tolist(), 7, reach)
        assert (
            np.abs(found - expected).max() <= len(people) * 2.0**-6
        )  # further apart than six half-lives is left out


def test_somebody_who_leaves_is_subtracted_exactly() -> None:
    recording = aimless(40, 30)
    people, items = recording.people, recording.items
    gone = people == 17
    everybody = count_following(people, items, 30, reach=4.0).toarray()
    own = count_following(people[gone], items[gone], 30, reach=4.0).toarray()
    others = count_following(people[~gone], items[~gone], 30, reach=4.0).toarray()
    assert np.abs(everybody - own - others).max() < 1e-6


def test_nobody_leads_to_nothing() -> None:
    nobody = np.zeros(0, dtype=np.int64)
    assert count_following(nobody, nobody, 5, reach=4.0).nnz == 0


def test_weights_hold_popular_items_back() -> None:
    people, items = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 2])
    counts = count_following(people, items, 3, reach=4.0)
    weights = weigh_following(counts, np.array([16, 1, 4]), Damping(0.5, 0.5, 0.5)).toarray()
    assert weights[0, 1] == 0.25  # one person after the other, over the roots of 16 and 1
    assert weights[1, 0] == 0.125  # half of it on the way back
    assert weights[0, 2] == 0.125


def test_without_order_both_ways_count_alike() -> None:
    matrix = aimless(40, 30)
    rows = matrix.take(np.arange(len(matrix.people)))
    together = count_together(rows.distinct(30))
    assert np.allclose(together.toarray(), together.T.toarray())
    assert together.diagonal().sum() == 0
    assert together.sum() == 40 * 6 * 5 / 2


def test_an_item_follows_itself_only_where_that_is_asked_for_and_no_further_than_told() -> None:
    people, items = np.array([0, 0, 0, 0]), np.array([1, 1, 2, 1])
    plain = count_following(people, items, 3, reach=1.0).toarray()
    assert plain[1, 1] == 0
    itself = count_following(people, items, 3, reach=1.0, itself=True).toarray()
    assert itself[1, 1] == 1 + 0.25 + 0.5
    assert (itself - plain)[[1, 2], [2, 1]].tolist() == [0, 0]
    near = count_following(people, items, 3, reach=1.0, itself=True, most_steps=1).toarray()
    assert near.sum() == 3
