"""Many at once equal one by one, and both equal what the tables are, said plainly: also where a person moves to a wider table,
where a row is full, where a person comes twice in a batch, and at the ends of time.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from scoring import Contributions, History, sighting_of
from scoring.compiled_merging import prepare_merging
from scoring.contributions import MAX_ITEMS
from scoring.recent_items import RecentItems

prepare_merging()

SLOTS = 12
ITEMS = 1 << 24
LATEST = (1 << 32) - 1
FILLED = st.sampled_from([0, 1, 2, 3, 15, 16, 17, 19, 20, 21, 63, 64, 65, 199, 200, 201, 230])
"""How many items somebody had before: around every width."""
TIMES = st.one_of(
    st.integers(0, 12),
    st.integers(190, 240),
    st.sampled_from([-7, 0, LATEST - 1, LATEST, LATEST + 1, 1 << 40]),
)
SIGHTINGS = st.builds(sighting_of, st.integers(0, 260), st.integers(0, 3))
EVENT = st.tuples(st.integers(0, SLOTS - 1), SIGHTINGS, TIMES)
BATCH = st.one_of(
    st.lists(EVENT, min_size=1, max_size=20),
    st.lists(EVENT, min_size=8, max_size=SLOTS, unique_by=lambda event: event[0]),
)
HISTORIES = st.tuples(st.lists(FILLED, min_size=2, max_size=2), st.lists(BATCH, min_size=1, max_size=6))


class Plain:
    """A row per person: newest first, the later arrival first among equal times, each item once."""

    def __init__(self, width):
        self.width = width
        self.rows = defaultdict(list)

    def add(self, slot, item, at):
        at = min(max(at, 0), LATEST)
        row = self.rows[slot]
        which = item % ITEMS
        if any(seen % ITEMS == which and then >= at for seen, then in row):
            row[:] = [
                (item, at) if pair == (pair[0], at) and pair[0] % ITEMS == which else pair for pair in row
            ]
            return
        row = [pair for pair in row if pair[0] % ITEMS != which]
        place = sum(then > at for _, then in row)
        self.rows[slot] = [*row[:place], (item, at), *row[place:]][: self.width]


def fill(table, filled):
    for slot, count in enumerate(filled):
        for item in range(count):
            table.add(slot, item, item // 3)


def columns(batch):
    return (list(column) for column in zip(*batch, strict=True))


def both(table, filled, batches):
    """The table after the batches at once, and after their events one by one."""
    together, singly = table(), table()
    for one in (together, singly):
        fill(one, filled)
    for batch in batches:
        together.add_many(*columns(batch))
        for event in batch:
            singly.add(*event)
    return together, singly


def plainly(width, filled, batches):
    plain = Plain(width)
    fill(plain, filled)
    for batch in batches:
        for event in batch:
            plain.add(*event)
    return plain


SAME_SECOND = ([2, 20], [[(slot, 5, 7) for slot in range(9)], [(slot, 6, 7) for slot in range(9)]])


@given(HISTORIES)
@example(SAME_SECOND)
def test_a_table_of_recent_items_is_what_it_says(history):
    filled, batches = history
    for width, table in ((1, lambda: RecentItems(1)), (3, lambda: RecentItems(3)), (20, History)):
        together, singly = both(table, filled, batches)
        plain = plainly(width, filled, batches)
        for slot in range(SLOTS):
            assert together.sightings(slot) == singly.sightings(slot) == plain.rows[slot]
            assert together.is_full(slot) == (len(plain.rows[slot]) == width)
            for more in range(1, width + 2):
                assert together.is_full(slot, more) == (len(plain.rows[slot]) + more > width)
            assert together.knows(slot) == bool(plain.rows[slot])
        assert len(together) == len(singly) == sum(map(bool, plain.rows.values()))


@given(HISTORIES)
@example(([16, 64], [[(0, 90, 3), (1, 90, 3), *((slot, 90, 3) for slot in range(2, 10))]]))
@example(([14, 60], [[(slot, 80 + n, 3) for n in range(6) for slot in (0, 1)]]))
@example(([200, 199], [[(0, 240, 0), (1, 240, 0), *((slot, 9, 0) for slot in range(2, 10))]]))
@example(SAME_SECOND)
def test_contributions_are_what_they_say_and_so_is_their_matrix(history):
    filled, batches = history
    together, singly = both(Contributions, filled, batches)
    plain = plainly(MAX_ITEMS, filled, batches)
    for slot in range(SLOTS):
        assert together.of(slot) == singly.of(slot) == sorted(item % ITEMS for item, _ in plain.rows[slot])
    assert len(together) == sum(map(bool, plain.rows.values()))
    counts = np.zeros(300, dtype=int)
    for row in plain.rows.values():
        counts[[item % ITEMS for item, _ in row]] += 1
    assert np.asarray(together.matrix(300).sum(axis=0)).ravel().tolist() == counts.tolist()
    for one, other in zip(together.export().tables, singly.export().tables, strict=True):
        assert one.slots.tolist() == other.slots.tolist()
        assert one.items.tolist() == other.items.tolist()
        assert one.times.tolist() == other.times.tolist()


@given(HISTORIES, st.lists(st.integers(0, SLOTS - 1), max_size=4), BATCH)
def test_rows_that_were_freed_and_given_again_hold_nothing_of_before(history, leavers, later):
    filled, batches = history
    for width, table in ((20, History), (MAX_ITEMS, Contributions)):
        together, _ = both(table, filled, batches)
        plain = plainly(width, filled, batches)
        for slot in leavers:
            assert together.clear(slot) == bool(plain.rows.pop(slot, []))
        together.add_many(*columns(later))
        for event in later:
            plain.add(*event)
        for slot in range(SLOTS):
            items = sorted(item % ITEMS for item, _ in plain.rows[slot])
            got = together.of(slot)
            assert got == items if table is Contributions else sorted(item for item, _ in got) == items
