"""Contributions: distinct items per person, bounded, and gone at once."""

from __future__ import annotations

import random

import numpy as np
import pytest

from scoring import Contributions, ContributionsSnapshot, SnapshotShapeError


class TestAdding:
    @pytest.mark.parametrize("n", [1, 16, 17, 64, 65, 200])
    def test_every_distinct_item_counts_once_up_to_the_bound(self, n: int) -> None:
        contributions = Contributions()
        for item in range(n):
            contributions.add(3, item, item)
            contributions.add(3, item, item)
        assert contributions.of(3) == list(range(n))
        assert len(contributions) == 1

    def test_beyond_200_the_least_recently_seen_leaves(self) -> None:
        contributions = Contributions()
        for item in range(250):
            contributions.add(0, item, item)
        assert contributions.of(0) == list(range(50, 250))

    def test_the_set_does_not_depend_on_the_order_of_arrival(self) -> None:
        events = [(item, at) for at, item in enumerate(random.Random(1).choices(range(300), k=900))]
        ordered, shuffled = Contributions(), Contributions()
        for item, at in events:
            ordered.add(0, item, at)
        random.Random(2).shuffle(events)
        for item, at in events:
            shuffled.add(0, item, at)
        assert ordered.of(0) == shuffled.of(0)
        assert len(ordered.of(0)) == 200

    def test_a_casual_visitor_costs_less_than_a_busy_one(self) -> None:
        contributions = Contributions()
        for slot in range(1000):
            contributions.add(slot, 1, 1)
        assert contributions.nbytes < 1000 * 200 + 150_000


class TestClearing:
    @pytest.mark.parametrize("n", [1, 40, 150])
    def test_a_person_is_gone_at_once_and_may_start_again(self, n: int) -> None:
        contributions = Contributions()
        for item in range(n):
            contributions.add(0, 1000 + item, item)
        contributions.add(1, 5, 1)
        assert contributions.clear(0)
        assert not contributions.clear(0)
        assert not contributions.clear(77)
        assert not contributions.knows(0)
        assert not any(
            (table._items[1:] >= 1000).any() and (table._items == 1000).any()
            for table in contributions._tables
        )
        assert contributions.matrix(2000).sum() == 1
        contributions.add(0, 9, 1)
        assert contributions.of(0) == [9]


class TestAddingMany:
    def test_people_who_came_in_a_batch_are_forgotten_like_all_others(self) -> None:
        contributions = Contributions()
        contributions.add_many(list(range(20)), [1000 + slot for slot in range(20)], [1] * 20)
        assert all(contributions.knows(slot) for slot in range(20))
        assert all(contributions.clear(slot) for slot in range(20))
        assert contributions.matrix(2000).sum() == 0
        assert len(contributions) == 0

    def test_a_batch_moves_a_person_to_a_wider_table(self) -> None:
        contributions = Contributions()
        for item in range(70):
            contributions.add_many(list(range(9)), [item] * 9, [item] * 9)
        assert all(contributions.of(slot) == list(range(70)) for slot in range(9))
        assert contributions.clear(8)
        assert contributions.of(8) == []


class TestMatrix:
    def test_has_a_row_per_person_and_a_one_per_item(self) -> None:
        contributions = Contributions()
        people = {0: [1, 2], 7: list(range(30)), 3: [5], 9: list(range(100))}
        for slot, items in people.items():
            for item in items:
                contributions.add(slot, item, item)
        matrix = contributions.matrix(100)
        assert matrix.shape == (4, 100)
        rows = sorted(np.flatnonzero(row).tolist() for row in matrix.toarray())
        assert rows == sorted(people.values())
        assert set(matrix.data.tolist()) == {1.0}

    def test_leaves_out_what_came_after_the_catalogue(self) -> None:
        contributions = Contributions()
        contributions.add(0, 4, 1)
        contributions.add(0, 5, 1)
        assert contributions.matrix(5).toarray().tolist() == [[0, 0, 0, 0, 1]]

    def test_of_nobody_is_empty(self) -> None:
        assert Contributions().matrix(3).shape == (0, 3)

    def test_is_a_copy(self) -> None:
        contributions = Contributions()
        contributions.add(0, 1, 1)
        matrix = contributions.matrix(3)
        contributions.clear(0)
        assert matrix.sum() == 1


class TestSnapshots:
    def filled(self) -> Contributions:
        contributions = Contributions()
        for slot, n in [(0, 3), (5, 40), (2, 150)]:
            for item in range(n):
                contributions.add(slot, item, item)
        return contributions

    def test_what_was_exported_comes_back_and_grows_on(self) -> None:
        restored = Contributions()
        restored.add(9, 9, 9)
        restored.restore(self.filled().export())
        assert [len(restored.of(slot)) for slot in (0, 5, 2, 9)] == [3, 40, 150, 0]
        for item in range(40, 70):
            restored.add(5, item, item)
        assert restored.of(5) == list(range(70))

    def test_a_missing_table_is_refused(self) -> None:
        with pytest.raises(SnapshotShapeError):
            Contributions().restore(ContributionsSnapshot(self.filled().export().tables[:2]))

    def test_tables_in_the_wrong_order_are_refused(self) -> None:
        contributions = self.filled()
        with pytest.raises(SnapshotShapeError):
            contributions.restore(ContributionsSnapshot(contributions.export().tables[::-1]))
        assert len(contributions.of(2)) == 150

    def test_a_person_in_two_tables_is_refused(self) -> None:
        one, other = self.filled(), Contributions()
        for item in range(20):
            other.add(0, item, item)
        tables = (one.export().tables[0], other.export().tables[1], one.export().tables[2])
        with pytest.raises(SnapshotShapeError):
            other.restore(ContributionsSnapshot(tables))


def test_one_item_is_dropped_whichever_table_it_stands_in():
    contributions = Contributions()
    for item in range(200):
        contributions.add(1, item, item)
    assert contributions.drop(1, 199)
    assert not contributions.drop(1, 199)
    assert not contributions.drop(2, 1)
    assert 199 not in contributions.of(1)
    assert 198 in contributions.of(1)
