"""How often devices look: soon while there is something to answer, ever less often while there is not, and not for ever."""

from __future__ import annotations

import httpx
import pytest

from gateway.fleet_server.device_host import (
    LATEST_SECONDS,
    MAX_REFUSALS,
    MOST_OF_A_STEP,
    REFUSED_SECONDS,
    SOON_SECONDS,
    _Looking,
)
from gateway.fleet_server.device_link import LinkClosedError


class Link:
    """A link that says what it is told to."""

    def __init__(self, *said):
        self.said = list(said)

    def turn(self):
        said = self.said.pop(0)
        if isinstance(said, bool):
            return said
        raise said


def looking_at(times, *said):
    """A device that finds this, and answers at these times."""
    moments = iter((0.0, *times))
    return _Looking(Link(*said), lambda: next(moments))


def test_a_device_that_answered_looks_again_soon():
    looking = looking_at([0.1], False, False, True, False)
    assert [looking.look() for _ in range(4)][2:] == [SOON_SECONDS, SOON_SECONDS]


def test_a_device_waits_for_most_of_what_a_step_took_before_it_looks_at_all():
    looking = looking_at([10.0, 12.0, 12.2], True, True, False, True)
    assert looking.look() == SOON_SECONDS
    assert looking.look() == pytest.approx(2.0 * MOST_OF_A_STEP)
    assert looking.look() == SOON_SECONDS
    assert looking.look() == SOON_SECONDS


def test_the_time_between_two_rounds_is_not_taken_for_a_step():
    looking = looking_at([1.0, 90_000.0], True, True)
    looking.look()
    assert looking.look() == SOON_SECONDS


def test_each_look_that_finds_nothing_doubles_the_wait_up_to_a_bound():
    looking = _Looking(Link(*[False] * 10))
    waits = [looking.look() for _ in range(10)]
    assert waits[:3] == [SOON_SECONDS, 2 * SOON_SECONDS, 4 * SOON_SECONDS]
    assert waits[-1] == LATEST_SECONDS


@pytest.mark.parametrize("fault", [httpx.ConnectError("away"), RuntimeError("the run is over"), ValueError()])
def test_a_door_that_is_away_is_looked_for_again(fault):
    assert _Looking(Link(fault)).look() == LATEST_SECONDS


def test_a_device_that_is_not_known_tries_for_a_while_and_then_goes():
    looking = _Looking(Link(*[LinkClosedError()] * MAX_REFUSALS))
    waits = [looking.look() for _ in range(MAX_REFUSALS)]
    assert waits == [REFUSED_SECONDS] * (MAX_REFUSALS - 1) + [None]


def test_a_device_that_is_known_again_has_all_its_tries_again():
    closed = [LinkClosedError()] * (MAX_REFUSALS - 1)
    looking = _Looking(Link(*closed, True, *closed))
    assert None not in [looking.look() for _ in range(2 * MAX_REFUSALS - 1)]
