"""The clock never gives time back."""

from __future__ import annotations

from gateway.clock import Clock


def test_a_step_back_is_noticed_and_nothing_becomes_younger() -> None:
    readings = iter([1000.0, 1010.0, 1009.0, 500.0, 1011.0])
    clock = Clock(lambda: next(readings))
    assert [clock.now(), clock.now()] == [1000, 1010]
    assert clock.now() == 1010
    assert clock.trusted
    assert clock.now() == 1010
    assert not clock.trusted
    assert clock.now() == 1011
    assert clock.trusted


def test_a_time_known_to_have_passed_counts_from_the_start() -> None:
    told: list[int] = []
    clock = Clock(lambda: 900.0)
    clock.when_stepped_back = lambda: told.append(clock.now())
    clock.has_seen(1000.0)
    clock.has_seen(800.0)
    assert [clock.now(), clock.now()] == [1000, 1000]
    assert not clock.trusted
    assert told == [1000], "once"


def test_the_wall_clock_is_told_as_it_is_also_when_it_steps_back() -> None:
    readings = iter([1000.5, 500.25])
    clock = Clock(lambda: next(readings))
    assert clock.now() == 1000
    assert clock.wall() == 500.25
    assert clock.trusted, "only who asks for our time finds out"
