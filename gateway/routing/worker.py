"""One destination's task: read the log from the cursor on, deliver, move the cursor, rest.

- The cursor moves only after every signal before it is delivered, silent, or a dead letter, and moves together with the
  dead letters in one transaction. A crash in between repeats the batch: at least once, with the same ids.
- Stretches of the log with nothing for this destination move the cursor in memory, and durably now and then.
- Whatever goes wrong inside is counted, and the task starts over from the durable cursor after a wait.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Sequence

from gateway.routing.backoff import wait_seconds
from gateway.routing.delivery import Delivery, DeliveryParts
from gateway.routing.destination import Destination
from gateway.routing.errors import FeedError
from gateway.routing.health import Health
from gateway.routing.model import Batch, DeadLetter, RoutedSignal, batch_name
from gateway.routing.ports import RoutingStore
from gateway.routing.reports import Reports

POLL_SECONDS = 5.0
"""How long a task rests at the end of the log when nobody wakes it."""

_IDLE_RECORDS = 4096
"""After so many records without a signal the cursor is written down all the same."""


class Worker:
    """Keeps one destination supplied."""

    def __init__(
        self,
        destination: Destination,
        delivery: Delivery,
        store: RoutingStore,
        around: DeliveryParts,
        health: Health,
        reports: Reports,
    ) -> None:
        """Supply `destination`; `reports` is told of faults and of what is given up."""
        self._destination = destination
        self._delivery = delivery
        self._store = store
        self._around = around
        self._health = health
        self._reports = reports
        self._woken = asyncio.Event()
        self.stopping = asyncio.Event()
        """Set once to bring the task to its end."""

    def wake(self) -> None:
        """There is something new in the log."""
        self._woken.set()

    def stop(self) -> None:
        """Let go of any wait and begin nothing new."""
        self.stopping.set()
        self._woken.set()

    async def run(self, first: int) -> None:
        """Work until stopped.

        Args:
            first: where a destination without a cursor begins.
        """
        faults = 0
        while not self.stopping.is_set():
            cursor = self._health.cursor
            try:
                await self._work(first)
            except Exception as exc:  # noqa: BLE001 - the worker's boundary: one destination's fault stops nothing else
                faults = 1 if self._health.cursor > cursor else faults + 1
                self._health.faulted()
                self._reports.fault(self._destination.id, type(exc).__name__)
                seconds = wait_seconds(self._destination.retry, faults, 0.0, self._around.draw())
                await self._around.timer.wait(self.stopping, seconds)

    async def _work(self, first: int) -> None:
        identity = self._destination.id, self._destination.purpose
        durable = cursor = await asyncio.to_thread(self._store.place, *identity, first)
        self._health.dead_letters = await asyncio.to_thread(self._store.count, *identity)
        self._health.moved(cursor, self._around.timer.now())
        while not self.stopping.is_set():
            self._woken.clear()
            page = await self._around.feed.read(
                self._destination.purpose, cursor, self._destination.batch_size
            )
            if page.next_index < cursor or (page.next_index == cursor and not page.end):
                raise FeedError
            letters: list[DeadLetter] = []
            signals = self._wanted(page.signals)
            if signals:
                settled = await self._delivery.settle(Batch(batch_name(cursor), signals), self.stopping)
                if settled is None:
                    break
                letters = settled
            cursor = page.next_index
            if signals or cursor - durable >= _IDLE_RECORDS:
                await self._commit(cursor, letters)
                durable = cursor
            self._health.moved(cursor, self._around.timer.now())
            if page.end:
                await self._rest()
        if cursor > durable:
            await self._commit(cursor, ())

    def _wanted(self, signals: Sequence[RoutedSignal]) -> tuple[RoutedSignal, ...]:
        """Those that the destination is to receive."""
        events = self._destination.events
        return tuple(each for each in signals if not events or each.event in events)

    async def _commit(self, cursor: int, letters: Sequence[DeadLetter]) -> None:
        """Move the durable cursor. Being cancelled does not tear it: the write is awaited first."""
        identity = self._destination.id, self._destination.purpose
        writing = asyncio.ensure_future(asyncio.to_thread(self._store.settle, *identity, cursor, letters))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            with contextlib.suppress(Exception):
                await writing
            raise
        if letters:
            for reason, count in Counter(letter.reason for letter in letters).items():
                self._reports.dead_letters(self._destination.id, reason, count)
            self._health.dead_letters = await asyncio.to_thread(self._store.count, *identity)

    async def _rest(self) -> None:
        """Sleep until the log grows, then let signals gather."""
        await self._around.timer.wait(self._woken, POLL_SECONDS)
        if self._destination.linger_seconds > 0.0:
            await self._around.timer.wait(self.stopping, self._destination.linger_seconds)
