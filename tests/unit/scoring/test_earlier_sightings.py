"""How often and when people came back: whatever order it came in, and gone with what it belongs to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring import Contributions, History, RecentItemsSnapshot, SnapshotShapeError
from scoring.compiled_merging import prepare_merging
from scoring.contributions import MAX_ITEMS
from scoring.earlier_sightings import EARLIER_LENGTH
from scoring.evaluation.keeping import all_kept, last_of_each
from scoring.evaluation.recording import Rows
from scoring.visits import Visits

prepare_merging()

EVENTS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 400)), max_size=120, unique_by=lambda each: each[1]
)
"""Items, each at a second of its own."""


def lived(events, slot: int = 0) -> History:
    history = History()
    for item, at in events:
        history.add(slot, item, at)
    return history


def visits_of(contributions: Contributions, n_items: int) -> Visits | None:
    taken = contributions.freeze().seen(n_items).visits
    return None if taken is None else taken.in_order()


def plainly(events, width: int = 20) -> list[tuple[int, int]]:
    """(item, age) of every sighting that counts, the newest first: said again with the whole past at hand."""
    newest_first = sorted(events, key=lambda each: -each[1])
    last = list(dict.fromkeys(item for item, _ in newest_first))[:width]
    last_at = {item: max(at for each, at in events if each == item) for item in last}
    since = last_at[last[-1]] if len(last) == width else -1
    earlier = [(item, at) for item, at in newest_first if item in last and since < at < last_at[item]]
    every = sorted([*last_at.items(), *earlier[:EARLIER_LENGTH]], key=lambda each: -each[1])
    return [(item, age) for age, (item, _) in enumerate(every)]


def named(history: History, slot: int = 0) -> list[tuple[int, int]]:
    row = [item for item, _ in history.sightings(slot)]
    return [(row[place], age) for place, age in history.ages(slot)]


@given(EVENTS, st.randoms(use_true_random=False))
def test_sightings_are_those_of_the_whole_past_in_whatever_order_they_came(events, chance):
    shuffled = list(events)
    chance.shuffle(shuffled)
    expected = plainly(events) if events else []
    assert named(lived(shuffled)) == expected
    assert named(lived([*shuffled, *shuffled[:40]])) == expected, "the same second once more is no return"


@given(EVENTS, st.integers(1, 9))
def test_batches_leave_what_one_by_one_leaves(events, size):
    singly, together = History(), History()
    many, few = Contributions(), Contributions()
    for first in range(0, len(events), size):
        some = events[first : first + size]
        slots = [n % 3 for n in range(len(some))]
        items, times = [item for item, _ in some], [at for _, at in some]
        together.add_many(slots, items, times)
        many.add_many(slots, items, times)
        for event in zip(slots, items, times, strict=True):
            singly.add(*event)
            few.add(*event)
    for slot in range(3):
        assert together.earlier.sightings(slot) == singly.earlier.sightings(slot)
        assert together.ages(slot) == singly.ages(slot)
    one, other = visits_of(many, 31), visits_of(few, 31)
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert one.people.tolist() == other.people.tolist()
        assert one.sightings.tolist() == other.sightings.tolist()


@given(EVENTS)
def test_contributions_tell_every_sighting_in_order_and_so_do_rows_of_a_recording(events):
    in_order = sorted(events, key=lambda each: each[1])
    contributions = Contributions()
    for item, at in in_order:
        contributions.add(4, item, at)
    visits = visits_of(contributions, 31)
    items = np.array([item for item, _ in in_order], dtype=np.int64)
    rows = Rows(np.zeros(len(items), dtype=np.int64), items, {})
    assert (visits is None) == (len(all_kept(rows, 200)) == len(last_of_each(rows, 200)))
    if visits is not None:
        assert visits.sightings.tolist() == items[all_kept(rows, 200)].tolist()
        assert set(visits.people.tolist()) == {0}
    oldest_first = [item for item, _ in reversed(plainly(events))] if events else []
    assert items[all_kept(rows, 20)].tolist() == oldest_first


class TestWhatGoes:
    def came_back(self) -> History:
        return lived([(1, 10), (2, 20), (1, 30), (3, 40), (1, 50), (2, 60)])

    def test_a_new_beginning_takes_what_was_before_it_and_no_more(self) -> None:
        history = self.came_back()
        assert named(history) == [(2, 0), (1, 1), (3, 2), (1, 3), (2, 4), (1, 5)]
        assert history.drop_until(0, 30)
        assert named(history) == [(2, 0), (1, 1), (3, 2)]

    def test_age_takes_what_is_too_old_though_the_item_stays(self) -> None:
        history = self.came_back()
        assert any(history.age(25))
        assert named(history) == [(2, 0), (1, 1), (3, 2), (1, 3)]
        contributions = Contributions()
        for item, at in [(1, 10), (2, 20), (1, 30)]:
            contributions.add(0, item, at)
        assert any(contributions.age(15))
        assert contributions.freeze().seen(9).visits is None

    def test_who_leaves_leaves_nothing(self) -> None:
        history = self.came_back()
        assert history.clear(0)
        assert history.ages(0) == []
        assert not history.earlier.knows(0)
        history.add(0, 1, 70)
        assert named(history) == [(1, 0)]

    def test_an_item_taken_out_of_training_is_out_of_it_with_all_its_sightings(self) -> None:
        contributions = Contributions()
        for item, at in [(1, 10), (2, 20), (1, 30), (2, 40)]:
            contributions.add(0, item, at)
        assert contributions.drop(0, 1)
        visits = visits_of(contributions, 9)
        assert visits is not None
        assert visits.sightings.tolist() == [2, 2]
        assert contributions.removals == 1
        contributions.clear(0)
        contributions.add(0, 2, 50)
        assert contributions.freeze().seen(9).visits is None

    def test_who_leaves_leaves_nothing_of_items_that_were_pushed_out_either(self) -> None:
        contributions = Contributions()
        pushed_out, others = MAX_ITEMS, range(MAX_ITEMS)
        for at in (10, 20):
            contributions.add(0, pushed_out, at)
        for item in others:
            contributions.add(0, item, 30 + item)
        for item in others:
            contributions.drop(0, item)
        assert contributions.clear(0)
        assert not contributions.clear(0)
        contributions.add(0, pushed_out, 5000)
        assert contributions.freeze().seen(MAX_ITEMS + 1).visits is None

    def test_a_reset_counts_as_a_removal_if_only_earlier_sightings_go(self) -> None:
        contributions = Contributions()
        for item, at in [(1, 10), (1, 30)]:
            contributions.add(0, item, at)
        assert contributions.drop_until(0, 20)
        assert contributions.removals == 1
        assert not contributions.drop_until(0, 20)

    def test_an_item_not_used_keeps_its_places_and_comes_back_as_it_was(self) -> None:
        history = self.came_back()
        before = history.ages(0)
        assert history.drop(0, 1)
        assert history.ages(0) == before
        history.add_unused(0, 1, 70)
        assert history.use_again(0, 1)
        assert named(history) == [(1, 0), (2, 1), (1, 2), (3, 3), (1, 4), (2, 5), (1, 6)]
        assert all(item < 1 << 24 for item, _ in history.earlier.sightings(0))


class TestSnapshots:
    def test_what_was_exported_comes_back(self) -> None:
        history, again = lived([(1, 10), (2, 20), (1, 30)], slot=7), History()
        again.add(7, 1, 1)
        again.add(7, 1, 2)
        again.restore(history.export())
        assert named(again, 7) == [(1, 0), (2, 1)], "what a snapshot says of last sightings alone"
        again.earlier.restore(history.earlier.export())
        assert again.ages(7) == history.ages(7)

    def test_contributions_come_back_whole_or_not_at_all(self) -> None:
        contributions, again = Contributions(), Contributions()
        for item, at in [(1, 10), (2, 20), (1, 30)]:
            contributions.add(3, item, at)
        exported = contributions.export()
        again.restore(exported)
        one, other = visits_of(again, 9), visits_of(contributions, 9)
        assert one is not None
        assert other is not None
        assert one.sightings.tolist() == other.sightings.tolist() == [1, 2, 1]
        assert exported.earlier is not None
        torn = RecentItemsSnapshot(exported.earlier.slots[:0], exported.earlier.items, exported.earlier.times)
        with pytest.raises(SnapshotShapeError):
            again.restore(type(exported)(exported.tables, torn))
        assert again.freeze().seen(9).visits is not None

    def test_who_never_came_back_costs_four_bytes_and_who_did_a_row(self) -> None:
        history = History()
        for slot in range(4000):
            history.add(slot, 1, 1)
        assert history.earlier.nbytes < 20_000
        for slot in range(4000):
            history.add(slot, 1, 2)
        assert history.earlier.nbytes < 4000 * 172 * 1.25
