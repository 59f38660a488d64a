"""What recipients were given is told once, and nothing is lost while the log takes nothing."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from audit import LogUnavailableError
from gateway.routing import DeliveryLog
from gateway.routing.health import Health
from tests.unit.gateway.routing.fakes import a_destination


class Log:
    """Takes notes, unless it is down."""

    def __init__(self) -> None:
        self.is_down = False
        self.notes: list[Mapping[str, str | int]] = []

    async def note(self, detail: Mapping[str, str | int]) -> None:
        if self.is_down:
            raise LogUnavailableError("no room")
        self.notes.append(detail)


async def test_each_look_tells_what_came_since() -> None:
    log, health = Log(), Health(a_destination())
    deliveries = DeliveryLog(lambda: [health.snapshot(0.0)], log.note)
    deliveries.start()
    await deliveries.look()
    assert log.notes == []
    health.delivered(3, 1.0)
    health.moved(40, 1.0)
    await deliveries.look()
    await deliveries.look()
    (told,) = log.notes
    assert told == {
        "act": "delivered",
        "to": a_destination().id,
        "purpose": a_destination().purpose,
        "rows": 3,
        "until": 40,
    }
    health.delivered(2, 2.0)
    await deliveries.stop()
    assert [each["rows"] for each in log.notes] == [3, 2]


async def test_what_the_log_does_not_take_is_told_the_next_time() -> None:
    log, health = Log(), Health(a_destination())
    deliveries = DeliveryLog(lambda: [health.snapshot(0.0)], log.note)
    health.delivered(3, 1.0)
    log.is_down = True
    with pytest.raises(LogUnavailableError):
        await deliveries.look()
    health.delivered(4, 1.0)
    await deliveries.stop()
    log.is_down = False
    await deliveries.stop()
    assert [each["rows"] for each in log.notes] == [7]
