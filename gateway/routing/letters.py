"""Repeating dead letters, when somebody asks for it.

Each letter's signal is read from the log again, through consent as it stands now. A person who withdrew meanwhile, or a
record that is gone, resolves the letter `silent`. One attempt each; the first sign that the destination cannot take
anything ends the repetition.
"""

from __future__ import annotations

import asyncio
from collections import Counter

from gateway.routing.answers import Again, Delivered, Outdated, Refused
from gateway.routing.delivery import Delivery, DeliveryParts
from gateway.routing.destination import Destination
from gateway.routing.health import Health
from gateway.routing.model import (
    Batch,
    DeadLetter,
    LetterKey,
    LetterReason,
    RetryReport,
    RoutedSignal,
    batch_name,
)
from gateway.routing.ports import RoutingStore

_PAGE = 100


class Repetition:
    """Repeats the dead letters of one destination."""

    def __init__(
        self,
        destination: Destination,
        delivery: Delivery,
        store: RoutingStore,
        around: DeliveryParts,
        health: Health,
    ) -> None:
        """Repeat through `delivery`, so that letters and new batches take turns."""
        self._destination = destination
        self._delivery = delivery
        self._store = store
        self._around = around
        self._health = health
        self._running = False

    async def run(self, limit: int) -> RetryReport:
        """Try up to `limit` letters once, in log order.

        Raises:
            FeedError: the log cannot be read.
            RoutingStoreError: the letters cannot be read or written.
        """
        if self._running:
            return RetryReport(delivered=0, silent=0, kept=0, stopped=True)
        self._running = True
        try:
            return await self._run(limit)
        finally:
            self._running = False
            self._health.dead_letters = await asyncio.to_thread(
                self._store.count, self._destination.id, self._destination.purpose
            )

    async def _run(self, limit: int) -> RetryReport:
        fates: Counter[str] = Counter()
        after: LetterKey | None = None
        tried = 0
        while tried < limit:
            page = await asyncio.to_thread(
                self._store.letters,
                self._destination.id,
                self._destination.purpose,
                after,
                min(_PAGE, limit - tried),
            )
            for letter in page:
                fate = await self._repeat(letter)
                if fate is None:
                    return _report(fates, stopped=True)
                fates[fate] += 1
                tried += 1
                after = letter.key
            if not page:
                break
        return _report(fates, stopped=False)

    async def _repeat(self, letter: DeadLetter) -> str | None:
        """`delivered`, `silent` or `kept`; None when the destination cannot take anything now."""
        signal = await self._find(letter.key)
        if signal is None:
            await asyncio.to_thread(self._store.resolve, letter.key)
            return "silent"
        name = f"{batch_name(letter.key.index)}-letter-{letter.key.position}"
        answer = await self._delivery.attempt(Batch(name, (signal,)))
        match answer:
            case Delivered():
                await asyncio.to_thread(self._store.resolve, letter.key)
                return "delivered"
            case Outdated():
                await asyncio.to_thread(self._store.resolve, letter.key)
                return "silent"
            case Refused(reason=reason, status=status):
                await self._keep(letter, reason, status)
                return "kept"
            case Again(status=status):
                await self._keep(letter, letter.reason, status)
                return None

    async def _find(self, key: LetterKey) -> RoutedSignal | None:
        """The letter's signal as it may be used now."""
        page = await self._around.feed.read(key.purpose, key.index, 1)
        for signal in page.signals:
            if (signal.index, signal.position) == (key.index, key.position):
                return signal
        return None

    async def _keep(self, letter: DeadLetter, reason: LetterReason, status: int | None) -> None:
        failed_at = int(self._around.timer.now())
        newer = DeadLetter(letter.key, reason, status, letter.attempts + 1, failed_at)
        await asyncio.to_thread(self._store.keep, newer)


def _report(fates: Counter[str], *, stopped: bool) -> RetryReport:
    return RetryReport(
        delivered=fates["delivered"], silent=fates["silent"], kept=fates["kept"], stopped=stopped
    )
