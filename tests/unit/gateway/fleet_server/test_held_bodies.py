"""What a door holds: a device has its share, all have a bound, and who has been slow for long makes room."""

from __future__ import annotations

import pytest

from gateway.fleet_server import held_bodies
from gateway.fleet_server.held_bodies import (
    MAX_BODY_BYTES,
    MAX_DEVICE_BYTES,
    MAX_HELD_BYTES,
    SLOW_SECONDS,
    HeldBodies,
)

ONE, OTHER = b"one", b"other"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def held(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> HeldBodies:
    """A door that holds a hundred bytes, sixty of one device."""
    monkeypatch.setattr(held_bodies, "MAX_HELD_BYTES", 100)
    monkeypatch.setattr(held_bodies, "MAX_DEVICE_BYTES", 60)
    return HeldBodies(clock)


def test_a_device_has_one_share_in_however_many_connections(held: HeldBodies) -> None:
    first, second = held.begin(ONE), held.begin(ONE)
    assert first.take(b"a" * 40)
    assert not second.take(b"b" * 40)
    assert held.begin(OTHER).take(b"c" * 40)
    first.let_go()
    assert second.take(b"b" * 40)
    assert (second.content, held.size) == (b"b" * 40, 80)


def test_what_is_handed_on_counts_to_the_share_as_long_as_it_is(held: HeldBodies) -> None:
    with held.holding(ONE, b"a" * 40):
        assert not held.begin(ONE).take(b"b" * 40)
    assert held.size == 0
    assert held.begin(ONE).take(b"b" * 40)


def test_where_there_is_no_room_whoever_is_slow_for_long_makes_it_and_nobody_else_does(
    held: HeldBodies, clock: Clock
) -> None:
    slow, quick = held.begin(b"slow"), held.begin(b"quick")
    assert slow.take(b"a" * 50)
    clock.now = SLOW_SECONDS
    assert quick.take(b"b" * 50)
    assert not held.begin(ONE).take(b"c")
    clock.now += 1
    late = held.begin(ONE)
    assert late.take(b"c" * 30)
    assert (slow.content, held.size) == (b"", 80)
    assert not slow.take(b"a")
    assert quick.take(b"b" * 10)
    slow.let_go()
    assert held.size == 90


def test_whoever_is_slow_and_asks_where_there_is_no_room_is_let_go_of_as_a_whole(
    held: HeldBodies, clock: Clock
) -> None:
    slow, other = held.begin(b"slow"), held.begin(b"other")
    assert slow.take(b"a" * 50)
    assert other.take(b"b" * 50)
    clock.now = SLOW_SECONDS + 1
    assert not slow.take(b"the end")
    assert (slow.content, other.content, held.size) == (b"", b"b" * 50, 50)
    assert not slow.take(b"the end")
    assert held.begin(ONE).take(b"c" * 50)


def test_who_is_slow_is_looked_for_from_the_oldest_on_and_only_where_there_is_no_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(held_bodies, "MAX_HELD_BYTES", 100)
    looked = []

    def now() -> float:
        looked.append(True)
        return 0.0

    held = HeldBodies(now)
    first, *others = [held.begin(b"%d" % number) for number in range(50)]
    looked.clear()
    assert all(each.take(b"a") for each in others)
    assert first.take(b"a" * 51)
    assert not looked
    assert not others[0].take(b"a")
    assert len(looked) == 1


def test_whoever_is_slow_is_let_be_while_there_is_room(held: HeldBodies, clock: Clock) -> None:
    slow = held.begin(ONE)
    assert slow.take(b"a" * 50)
    clock.now = 100 * SLOW_SECONDS
    assert held.begin(OTHER).take(b"b" * 50)
    assert slow.content == b"a" * 50


def test_thirteen_devices_that_hold_all_they_can_leave_room_for_as_many_more() -> None:
    assert 2 * 13 * MAX_DEVICE_BYTES < MAX_HELD_BYTES
    assert MAX_DEVICE_BYTES > MAX_BODY_BYTES > 4 * 2_048 * 2_049 // 2
