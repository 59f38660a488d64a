"""What is too old goes: `retention_days` of a purpose, kept.

Signals in the log are sealed with a key for each day; the days that are over are destroyed, for everybody. Features in memory
go by the time of their events, and with the next snapshot from the disk. A key is touched again only after a twelfth of the
retention, so that a day's work is small: signals are kept for at most `retention_days`, and for at least eleven twelfths of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from consent import ConsentError, Policy, SubjectKeys
from gateway.clock import Clock
from gateway.gathering import Gathering
from gateway.memory.signal_sealers import SignalSealers
from gateway.parts import HISTORY_PURPOSE, TRAINING_PURPOSE, Memory, Opened
from privacy import DAY_SECONDS, day_of
from scoring import RecentItems

INTERVAL_SECONDS = 3600.0
"""Between two looks."""

KEYS_AT_ONCE = 500
"""Keys aged in one transaction."""

ROWS_AT_ONCE = 65_536
"""People's features looked at without giving the event loop back (a few milliseconds)."""

_TWELFTH = 12


def open_retention(opened: Opened, memory: Memory, when_forgotten: Callable[[], None]) -> Retention:
    """Keep the retention of everything that this process holds; `when_forgotten` as below."""
    return Retention(
        policy=memory.policy,
        keys=opened.signal_keys,
        gathering=opened.gathering,
        sealers=memory.sealers,
        features={HISTORY_PURPOSE: (memory.history,), TRAINING_PURPOSE: memory.contributions.tables},
        clock=memory.clock,
        when_forgotten=when_forgotten,
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
    sealers: SignalSealers
    """Ciphers in use, of days that may be destroyed."""
    features: Mapping[str, Sequence[RecentItems]]
    """What is learnt in memory, by the id of its purpose."""
    clock: Clock
    """The one clock."""
    when_forgotten: Callable[[], None]
    """Learns that a snapshot on disk holds what memory does not any more."""
    _task: asyncio.Task[None] | None = field(default=None, init=False)

    def start(self) -> None:
        """Begin to forget what is too old."""
        self._task = asyncio.create_task(self._look_again_and_again())

    async def stop(self) -> None:
        """End the task and wait for it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

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
            await self._forget(purpose.id, now - purpose.retention_days * DAY_SECONDS)
            aged += await self._age(purpose.id, purpose.retention_days, day_of(now))
        if aged:
            self.sealers.drop_all()
        return aged

    async def _forget(self, purpose: str, before: int) -> None:
        forgotten = False
        for table in self.features.get(purpose, ()):
            for first in range(0, table.n_rows, ROWS_AT_ONCE):
                forgotten |= table.forget_before(before, first, ROWS_AT_ONCE)
                await asyncio.sleep(0)
        if forgotten:
            self.when_forgotten()

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
        while count := await self.gathering.run(age):
            aged += count
        return aged

    async def _look_again_and_again(self) -> None:
        while True:
            with suppress(ConsentError):  # nothing is lost by waiting
                await self.look()
            await asyncio.sleep(INTERVAL_SECONDS)
