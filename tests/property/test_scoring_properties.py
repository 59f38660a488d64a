"""Scoring: order does not matter, addends are literal, and nothing hidden is shown."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring import NO_ITEM, Contributions, History, Model, Ranked, explain, rank_group, train
from scoring.recent_items import RecentItems
from tests.unit.scoring.material import clustered_people, matrix_of

N_ITEMS = 120
EVENTS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 40)), max_size=60)
SEEN = st.lists(st.integers(0, N_ITEMS - 1), min_size=1, max_size=20, unique=True)


@pytest.fixture(scope="module")
def model() -> Model:
    people = clustered_people(np.random.default_rng(5), 300, N_ITEMS, 4)
    return train(matrix_of(people, N_ITEMS), lam=20, k=20, now=1, version=1)


def history_of(items: list[int]) -> History:
    history = History()
    for at, item in enumerate(items):
        history.add(0, item, at)
    return history


def slate_of(model: Model, history: History, *, limit: int = N_ITEMS) -> Ranked:
    available = np.ones(N_ITEMS, dtype=np.bool_)
    return rank_group(model, history.rows([0]), exclude=[None], available=available, limit=limit)[0]


@given(EVENTS, st.randoms())
def test_a_history_is_the_same_in_any_order_of_arrival_and_any_repetition(events, random) -> None:
    events = list({at: (item, at) for item, at in events}.values())
    ordered, shuffled = History(), History()
    for item, at in sorted(events, key=lambda event: event[1]):
        ordered.add(0, item, at)
    again = events + events[:10]
    random.shuffle(again)
    for item, at in again:
        shuffled.add(0, item, at)
    assert ordered.of(0) == shuffled.of(0)
    assert ordered.of(0) == plain_history(events, 20)


def plain_history(events, width):
    """What a row is, said plainly: stable by time, the later arrival first among equals."""
    row: list[tuple[int, int]] = []
    for item, at in events:
        known = [seen_at for seen, seen_at in row if seen == item]
        if known and known[0] >= at:
            continue
        rest = [pair for pair in row if pair[0] != item]
        place = next((n for n, (_, other) in enumerate(rest) if other <= at), len(rest))
        row = [*rest[:place], (item, at), *rest[place:]][:width]
    return row


@given(EVENTS)
def test_among_equal_times_the_later_arrival_is_the_newer(events) -> None:
    history = History()
    for item, at in events:
        history.add(0, item, at)
    assert history.of(0) == plain_history(events, 20)


BATCHES = st.lists(
    st.lists(
        st.tuples(st.integers(0, 11), st.integers(0, 30), st.integers(-3, 40)),
        min_size=1,
        max_size=12,
        unique_by=lambda event: event[0],
    ),
    max_size=30,
)


@given(BATCHES)
def test_many_at_once_are_the_same_as_one_by_one(batches) -> None:
    for table in (History, Contributions, lambda: RecentItems(3)):
        together, singly = table(), table()
        for batch in batches:
            together.add_many(*(list(column) for column in zip(*batch, strict=True)))
            for event in batch:
                singly.add(*event)
        assert [together.of(slot) for slot in range(12)] == [singly.of(slot) for slot in range(12)]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 300), st.integers(0, 9)), max_size=80),
    st.integers(0, 3),
)
def test_clearing_a_person_equals_never_having_known_them(events, leaver) -> None:
    for table in (History, Contributions):
        left, never = table(), table()
        for slot, item, at in events:
            left.add(slot, item, at)
            if slot != leaver:
                never.add(slot, item, at)
        left.clear(leaver)
        assert [left.of(slot) for slot in range(4)] == [never.of(slot) for slot in range(4)]
        assert len(left) == len(never)


@settings(max_examples=1000, deadline=None)
@given(SEEN)
def test_a_related_item_gains_exactly_the_stated_addend_of_a_new_event(model: Model, seen: list[int]) -> None:
    """While the history has room; 1,000 histories, every related item of each."""
    *before, new = seen
    history = history_of(before)
    earlier = slate_of(model, history)
    history.add(0, new, 1000)
    later = slate_of(model, history)
    scores = dict(zip(earlier.items, earlier.scores, strict=True))
    row = history.rows([0])[0]
    for item, score in zip(later.items, later.scores, strict=True):
        addend = dict(explain(model, row, item)).get(new, 0)
        assert score - scores[item] == addend
    for item, because, addend in zip(later.items, later.because, later.addends, strict=True):
        if because == new:
            assert addend == dict(explain(model, row, item))[new]


@settings(deadline=None)
@given(st.lists(st.integers(0, N_ITEMS - 1), min_size=1, max_size=60))
def test_taking_the_named_item_out_of_the_sum_lowers_the_score_by_the_stated_addend(
    model: Model, seen: list[int]
) -> None:
    """For any history, full ones with repetitions too: the other items keep their places."""
    history = history_of(seen)
    row = history.rows([0])[0]
    slate = slate_of(model, history, limit=5)
    for item, score, because, addend in zip(
        slate.items, slate.scores, slate.because, slate.addends, strict=True
    ):
        if because >= 0:
            others = [part for source, part in explain(model, row, item) if source != because]
            assert sum(others) == score - addend


@settings(deadline=None)
@given(
    SEEN,
    st.lists(st.integers(0, N_ITEMS - 1), max_size=30),
    st.one_of(st.none(), st.lists(st.integers(0, N_ITEMS - 1), max_size=30)),
    st.lists(st.booleans(), min_size=N_ITEMS, max_size=N_ITEMS),
    st.integers(1, 60),
)
def test_nothing_hidden_is_ever_shown_and_everything_else_is(
    model, seen, excluded, candidates, stock, limit
) -> None:
    available = np.array(stock)
    row = history_of(seen).rows([0])
    slate = rank_group(
        model,
        row,
        exclude=[np.array(excluded, dtype=np.int32)],
        candidates=[None if candidates is None else np.array(candidates, dtype=np.int32)],
        available=available,
        limit=limit,
    )[0]
    allowed = (
        set(np.flatnonzero(available).tolist()) - set(excluded) - {item for item in seen if item != NO_ITEM}
    )
    if candidates is not None:
        allowed &= set(candidates)
    assert set(slate.items) <= allowed
    assert len(set(slate.items)) == len(slate.items) == min(limit, len(allowed))
    assert slate.scores == sorted(slate.scores, reverse=True)
