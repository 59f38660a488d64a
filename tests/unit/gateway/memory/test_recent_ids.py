"""De-duplication: duplicates are found, within bounds, and across a snapshot."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.memory import recent_ids
from gateway.memory.recent_ids import RecentIds, prepare_recent_ids

prepare_recent_ids()

ids = st.integers(min_value=2, max_value=2**64 - 1)


@given(st.lists(ids, max_size=400))
def test_an_id_is_new_exactly_once(numbers: list[int]) -> None:
    recent = RecentIds(window_seconds=100, max_ids=10_000)
    recent.turn(1000)
    seen: set[int] = set()
    for number in numbers:
        assert recent.add(number) == (number not in seen)
        seen.add(number)
    assert len(recent) == len(seen)


close_ids = st.one_of(st.integers(2, 40), st.integers(2, 40).map(lambda n: n << 57 | 63), st.just(0), ids)


@given(st.lists(st.lists(close_ids, max_size=60), max_size=6), st.sets(close_ids, max_size=9))
@example([list(range(2, 900)), [5, 0, 5, 0], list(range(800, 1000))], {7, 0})
def test_machine_code_finds_the_same_new_as_the_interpreter(
    requests: list[list[int]], lost: set[int]
) -> None:
    def told() -> tuple[list[list[bool]], int, tuple[int, bytes, bytes]]:
        recent = RecentIds(window_seconds=100, max_ids=150)
        found = []
        for request in requests:
            recent.turn(1000)
            found.append(recent.add_many(request))
            recent.forget(number for number in request if number in lost and number)
        return found, len(recent), recent.state()

    assert recent_ids._made, "prepare_recent_ids has made it"
    together = told()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recent_ids, "_made", [])
        assert told() == together


def test_what_has_no_id_is_never_known_and_not_remembered() -> None:
    recent = RecentIds(window_seconds=100, max_ids=100)
    assert recent.add_many([0, 5, 0, 5]) == [True, True, True, False]
    assert len(recent) == 1
    assert recent.add_many([0]) == [True]


def test_ids_that_collide_in_their_table_are_told_apart() -> None:
    recent = RecentIds(window_seconds=100, max_ids=100_000)
    numbers = [(7 << 56) | (n << 20) | 5 for n in range(1, 2000)]
    assert all(recent.add(number) for number in numbers)
    assert not any(recent.add(number) for number in numbers)


def test_an_id_survives_the_whole_window_and_is_gone_after_two() -> None:
    recent = RecentIds(window_seconds=100, max_ids=1000)
    recent.turn(1000)
    recent.turn(1099)
    recent.add(42)
    recent.turn(1100)
    recent.turn(1199)
    assert 42 in recent
    assert not recent.add(42)
    recent.turn(1200)
    assert 42 not in recent
    assert recent.add(42)


def test_more_ids_than_configured_push_the_oldest_out() -> None:
    recent = RecentIds(window_seconds=10_000, max_ids=100)
    recent.turn(1)
    for number in range(2, 300):
        recent.turn(2)
        recent.add(number)
    assert 100 <= len(recent) <= 200
    assert not any(recent.add(number) for number in range(200, 300)), "the last hundred are known"
    assert recent.add(2)


@given(st.sets(ids, min_size=1, max_size=200))
def test_a_forgotten_id_is_new_again_and_its_neighbours_are_not(numbers: set[int]) -> None:
    recent = RecentIds(window_seconds=100, max_ids=10_000)
    for number in numbers:
        recent.add(number)
    gone = set(sorted(numbers)[::2])
    recent.forget(gone)
    for number in numbers:
        assert recent.add(number) == (number in gone)


@given(st.sets(ids, max_size=100), st.sets(ids, max_size=100))
def test_a_snapshot_remembers_both_generations(older: set[int], newer: set[int]) -> None:
    recent = RecentIds(window_seconds=100, max_ids=10_000)
    recent.turn(1000)
    for number in older:
        recent.add(number)
    recent.turn(1050)
    for number in newer:
        recent.add(number)
    other = RecentIds(window_seconds=100, max_ids=10_000)
    other.restore(*recent.state())
    assert len(other) == len(recent)
    assert not any(other.add(number) for number in older | newer)
