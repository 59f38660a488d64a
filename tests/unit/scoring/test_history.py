"""Histories: the last 20 distinct items, whatever the order of arrival."""

from __future__ import annotations

import numpy as np
import pytest

from scoring import NO_ITEM, History, RecentItemsSnapshot, SnapshotShapeError
from scoring.recent_items import RecentItems


def items_of(history: RecentItems, slot: int) -> list[int]:
    return [item for item in history.rows([slot])[0].tolist() if item != NO_ITEM]


class TestAdding:
    def test_the_newest_item_comes_first(self) -> None:
        history = History()
        for at, item in enumerate([5, 6, 7]):
            history.add(0, item, at)
        assert items_of(history, 0) == [7, 6, 5]

    def test_a_repeated_item_moves_to_the_front_once(self) -> None:
        history = History()
        for at, item in enumerate([5, 6, 7, 5]):
            history.add(0, item, at)
        assert items_of(history, 0) == [5, 7, 6]
        assert history.of(0) == [(5, 3), (7, 2), (6, 1)]

    def test_the_twenty_first_pushes_the_oldest_out(self) -> None:
        history = History()
        for item in range(21):
            history.add(0, item, item)
        assert items_of(history, 0) == list(range(20, 0, -1))

    def test_a_late_event_takes_its_place_in_time(self) -> None:
        history = History()
        for item, at in [(1, 10), (2, 30), (3, 20)]:
            history.add(0, item, at)
        assert items_of(history, 0) == [2, 3, 1]

    def test_a_late_event_older_than_a_full_history_changes_nothing(self) -> None:
        history = History()
        for item in range(20):
            history.add(0, item, 100 + item)
        history.add(0, 99, 50)
        assert items_of(history, 0) == list(range(19, -1, -1))

    def test_an_older_repetition_does_not_move_an_item_back(self) -> None:
        history = History()
        for item, at in [(1, 10), (2, 20), (2, 5)]:
            history.add(0, item, at)
        assert history.of(0) == [(2, 20), (1, 10)]

    def test_times_beyond_32_bits_are_cut(self) -> None:
        history = History()
        history.add(0, 1, 2**40)
        history.add(0, 2, -5)
        assert history.of(0) == [(1, 2**32 - 1), (2, 0)]

    def test_an_item_seen_at_the_beginning_of_time_is_kept(self) -> None:
        history = History()
        history.add(0, 3, 0)
        history.add(0, 4, 0)
        assert items_of(history, 0) == [4, 3]


class TestRows:
    def test_who_has_no_history_has_an_empty_row(self) -> None:
        history = History()
        history.add(3, 1, 1)
        rows = history.rows([0, 3, 1_000_000])
        assert rows.dtype == np.int32
        assert rows.shape == (3, 20)
        assert rows[0].tolist() == rows[2].tolist() == [NO_ITEM] * 20
        assert rows[1].tolist() == [1, *[NO_ITEM] * 19]
        assert [history.knows(slot) for slot in (0, 3, 1_000_000)] == [False, True, False]

    def test_rows_are_copies(self) -> None:
        history = History()
        history.add(0, 1, 1)
        history.rows([0])[:] = 9
        assert items_of(history, 0) == [1]

    def test_the_table_grows_beyond_its_first_block(self) -> None:
        history = History()
        for slot in range(1000):
            history.add(slot, slot, 1)
        assert len(history) == 1000
        assert all(items_of(history, slot) == [slot] for slot in range(1000))

    def test_slots_without_history_cost_four_bytes(self) -> None:
        history = History()
        before = history.nbytes
        history.add(1_000_000, 1, 1)
        assert history.nbytes - before <= 4 * 1_000_001 + 8


class TestClearing:
    def test_nothing_is_left_in_memory(self) -> None:
        history = History()
        history.add(0, 123_456, 1)
        history.add(1, 7, 1)
        assert history.clear(0)
        assert not history.knows(0)
        assert not (history._items == 123_456).any()
        assert items_of(history, 1) == [7]
        assert len(history) == 1

    def test_clearing_twice_or_a_stranger_says_so(self) -> None:
        history = History()
        history.add(0, 1, 1)
        assert [history.clear(0), history.clear(0), history.clear(55)] == [True, False, False]
        assert history.of(0) == []

    def test_a_freed_row_starts_empty_for_the_next_person(self) -> None:
        history = History()
        for item in range(20):
            history.add(0, item, item)
        history.clear(0)
        history.add(9, 77, 1)
        assert items_of(history, 9) == [77]
        assert items_of(history, 0) == []


class TestSnapshots:
    def filled(self) -> History:
        history = History()
        for slot in (4, 2, 9):
            for item in range(slot):
                history.add(slot, item, 100 + item)
        history.clear(4)
        return history

    def test_a_restored_table_is_the_same_and_goes_on(self) -> None:
        snapshot = self.filled().export()
        assert snapshot.slots.tolist() == [2, 9]
        restored = History()
        restored.add(0, 5, 5)
        restored.restore(snapshot)
        assert not restored.knows(0)
        assert restored.of(9) == self.filled().of(9)
        restored.add(100, 1, 1)
        restored.add(2, 50, 500)
        assert items_of(restored, 2) == [50, 1, 0]
        assert len(restored) == 3

    def test_an_empty_table_is_restored_empty(self) -> None:
        restored = self.filled()
        restored.restore(History().export())
        assert len(restored) == 0
        assert not restored.knows(9)

    def test_a_snapshot_of_many_makes_room_for_more(self) -> None:
        history = History()
        for slot in range(500):
            history.add(slot, slot, 1)
        restored = History()
        restored.restore(history.export())
        restored.add(500, 1, 1)
        assert len(restored) == 501
        assert items_of(restored, 499) == [499]

    @pytest.mark.parametrize(
        "damage",
        [
            lambda s: RecentItemsSnapshot(s.slots[:1], s.items, s.times),
            lambda s: RecentItemsSnapshot(s.slots, s.items[:, :5], s.times[:, :5]),
            lambda s: RecentItemsSnapshot(s.slots, s.items, s.times[:1]),
            lambda s: RecentItemsSnapshot(s.slots[::-1], s.items, s.times),
            lambda s: RecentItemsSnapshot(s.slots - 5, s.items, s.times),
            lambda s: RecentItemsSnapshot(s.slots + 2**40, s.items, s.times),
            lambda s: RecentItemsSnapshot(s.slots, s.items.astype(np.int64), s.times),
            lambda s: RecentItemsSnapshot(s.slots, -s.items, s.times),
            lambda s: RecentItemsSnapshot(s.slots, s.items, s.times + np.uint32(1)),
        ],
    )
    def test_a_damaged_snapshot_is_refused_and_nothing_changes(self, damage) -> None:
        history = self.filled()
        with pytest.raises(SnapshotShapeError):
            history.restore(damage(history.export()))
        assert history.of(9) == self.filled().of(9)


def test_one_item_is_dropped_and_the_others_stay_as_they_were():
    history = History()
    for at, item in enumerate([3, 1, 2, 3]):
        history.add(5, item, at)
    before = history.of(5)
    assert history.drop(5, 2)
    assert history.of(5) == [each for each in before if each[0] != 2]
    assert not history.drop(5, 2)
    assert not history.drop(6, 1)
    assert history.drop(5, 1)
    assert history.drop(5, 3)
    assert history.knows(5)
    assert not history.has_used(5)


def test_an_item_that_kept_its_place_is_used_again_there():
    history = History()
    for at, item in enumerate([3, 1, 2]):
        history.add(5, item, at)
    before = history.of(5)
    history.drop(5, 1)
    assert history.use_again(5, 1)
    assert history.of(5) == before
    assert not history.use_again(5, 1), "it is in use"
    assert not history.use_again(5, 9)
    assert not history.use_again(6, 1)
