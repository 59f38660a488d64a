"""What is too old goes: `retention_days` of a purpose, kept.

Signals in the log are sealed with a key for each day; the days that are over are destroyed, for everybody. What was learnt from
them goes by the time of the events, from memory at once and with the next snapshot from the disk; so do the parts of a file
destination, a day at a time. A key is touched again only after a twelfth of the retention, so that a day's work is small: signals
are kept for at most `retention_days`, and for at least eleven twelfths of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from time import perf_counter

from consent import ConsentError, Policy, SubjectKeys
from gateway.clock import Clock
from gateway.durable_files import remove_days_before
from gateway.gathering import Gathering
from gateway.memory.consumers import Consumers
from gateway.memory.sealing_keys import SealingKeys
from gateway.parts import Memory, Opened
from gateway.recurring import Recurring
from gateway.routing import Destination
from privacy import DAY_SECONDS, day_of

INTERVAL_SECONDS = 3600.0
"""Between two looks."""

KEYS_AT_ONCE = 500
"""Keys aged in one transaction."""

LOOP_SECONDS = 0.002
"""Without giving the event loop back, about."""

_TWELFTH = 12


def open_retention(opened: Opened, memory: Memory, destinations: Sequence[Destination]) -> Retention:
    """Keep the retention of everything that this process holds, and of what it wrote for `destinations`."""
    return Retention(
        policy=memory.policy,
        keys=opened.signal_keys,
        gathering=opened.gathering,
        sealing_keys=memory.sealing_keys,
        consumers=memory.consumers,
        destinations=destinations,
        clock=memory.clock,
    )


@dataclass(slots=True, kw_only=True, eq=False)
class Retention:
    """Looks at intervals for what was kept long enough."""

    policy: Policy
    """Which says how long."""
    keys: SubjectKeys
    """Called through `gathering`."""
    gathering: Gathering
    """The way to the records."""
    sealing_keys: SealingKeys
    """Ciphers in use, of days that may be destroyed."""
    consumers: Consumers
    """What is learnt in memory."""
    destinations: Sequence[Destination]
    """Some of which are directories of ours."""
    clock: Clock
    """The one clock."""
    _looking: Recurring = field(init=False)

    def __post_init__(self) -> None:
        """Be ready to look: at the start first, then at intervals."""
        passing = (ConsentError,)  # nothing is lost by waiting
        self._looking = Recurring(self.look, INTERVAL_SECONDS, passing=passing, at_once=True)

    def start(self) -> None:
        """Begin to forget what is too old."""
        self._looking.start()

    async def stop(self) -> None:
        """End the task and wait for it."""
        await self._looking.stop()

    async def look(self) -> int:
        """Let go what is too old by now. Returns how many keys lost days.

        Raises:
            ConsentError: the keys could not be aged; what is left is due at the next look.
        """
        now = self.clock.now()
        if not self.clock.trusted:  # asked after the look at the clock, which is what finds a step back
            return 0
        aged = 0
        for purpose in self.policy.purposes:
            before = now - purpose.retention_days * DAY_SECONDS
            await self._forget(purpose.bit, before)
            await self._remove_parts(purpose.id, datetime.fromtimestamp(before, UTC).date())
            aged += await self._age(purpose.id, purpose.retention_days, day_of(now))
        return aged

    async def _forget(self, bit: int, before: int) -> None:
        began = perf_counter()
        for _ in self.consumers.age(bit, before):
            if perf_counter() - began > LOOP_SECONDS:
                await asyncio.sleep(0)
                began = perf_counter()

    async def _remove_parts(self, purpose: str, first: date) -> None:
        homes = [each.home for each in self.destinations if each.purpose == purpose]
        for home in homes:
            with suppress(OSError):  # looked at again with the next look
                if home is not None:
                    await asyncio.to_thread(remove_days_before, home, first)

    async def _age(self, purpose: str, kept_days: int, today: int) -> int:
        oldest = today - kept_days + 1  # of a day, what came in its first second is as old as the day
        age = partial(
            self.keys.age,
            purpose,
            older_than=oldest,
            first_day=min(oldest + kept_days // _TWELFTH, today),
            at_most=KEYS_AT_ONCE,
        )
        aged = 0
        try:
            while count := await self.gathering.run(age):
                aged += count
        finally:
            if aged:  # also if it ends half-way: the next look would not find these keys again
                self.sealing_keys.drop_all()
        return aged
