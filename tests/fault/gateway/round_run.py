"""A round on a real gateway, in a process that may be killed at any step.

python -m tests.fault.gateway.round_run DIR STEP
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.journey.fleet_people import FleetPeople, generous
from tests.journey.in_process import Inside, inside

OF_THE_GATEWAY = (
    "opened-entry",
    "opened",
    "asked",
    "booked",
    "checked-entry",
    "checked",
    "closed-entry",
    "closed-kept",
    "settled",
    "published-entry",
    "published",
)
"""What the gateway has done when it is killed."""
OF_DEVICES = ("lease", "keys", "shares", "masked", "unmask", "done")
"""What devices are asked when they and everything else are killed."""
SPENT = frozenset({*OF_THE_GATEWAY[3:], "unmask", "done"})
"""From these steps on the loss is booked."""
PEOPLE = 12
"""So many that chance takes the model of a round from being published less than one time in a billion."""


def _reached(step: str) -> Callable[[str], None]:
    def look(here: str) -> None:
        if here == step:
            os.kill(os.getpid(), signal.SIGKILL)

    return look


def _after(owner: Any, name: str, told: Callable[[tuple[Any, ...]], None]) -> None:
    """Have a method tell of each call when it is through."""
    original: Callable[..., Awaitable[Any]] = getattr(owner, name)

    async def through(*arguments: Any, **more: Any) -> Any:
        found = await original(*arguments, **more)
        told(arguments)
        return found

    setattr(owner, name, through)


def watch(served: Inside, people: FleetPeople, step: str) -> None:
    """Kill this process when it comes to `step`."""
    reached = _reached(step)
    fleet = served.services.fleet
    assert fleet is not None
    rounds, registry = fleet.rounds, fleet.registry
    _after(rounds, "_record", lambda said: reached(f"{said[0]}-entry"))
    _after(rounds, "_look", lambda said: reached(f"{said[2]}-entry"))
    _after(rounds, "_keep", lambda said: reached(f"{said[0].state.value}-kept"))
    _after(rounds._spending, "reserve", lambda _: reached("booked"))
    _after(rounds._spending, "settle", lambda _: reached("settled"))
    _after(rounds, "open", lambda _: reached("opened"))
    _after(rounds, "look", lambda _: reached("asked"))
    _after(rounds, "look_again", lambda _: reached("checked"))
    _after(registry, "_record", lambda _: reached("published-entry"))
    _after(registry, "publish", lambda _: reached("published"))

    def before(at: str, device: bytes, message: bytes) -> bytes:
        reached(at)
        return message

    people.before = before


async def run(directory: Path, step: str) -> Any:
    """People come with devices, and a round is driven to its end or to a step."""
    async with inside(directory) as served:
        people = FleetPeople(served)
        await people.join_many(PEOPLE)
        watch(served, people, step)
        outcome = await people.round(minimum=5, cohort=10)
        fleet, ledger = served.services.fleet, served.services.aggregates.runs.ledger
        assert fleet is not None
        return outcome, fleet.rounds.all(), ledger.spends(), ledger.balances()


if __name__ == "__main__":
    asyncio.run(run(generous(Path(sys.argv[1])), sys.argv[2]))
