"""Settling a batch: every one of its signals is delivered, silent, or a dead letter.

- Each attempt is built anew from the signals still permitted; who withdrew during a wait is not in the next attempt.
- What may succeed later is repeated, with growing waits, up to the bound; then its signals become dead letters.
- What the destination refuses is split until the signals it refuses stand alone; the others arrive.
- When there is no room for more dead letters, nothing is given up: the same batch is tried until there is.
- Being stopped in a wait abandons the batch: nothing is settled, the cursor stays.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from gateway.routing.answers import Again, Answer, Delivered, Outdated, Refused, Trouble
from gateway.routing.backoff import wait_seconds
from gateway.routing.destination import Destination
from gateway.routing.errors import FeedError
from gateway.routing.health import Health
from gateway.routing.model import Batch, DeadLetter, LetterKey, LetterReason, RoutedSignal
from gateway.routing.ports import PermittedFeed, Sink, Timer

_MAX_REBUILDS = 1000


@dataclass(frozen=True, slots=True)
class DeliveryParts:
    """What every destination's task shares."""

    feed: PermittedFeed
    """Where permitted signals come from."""
    timer: Timer
    """What the time is taken from."""
    draw: Callable[[], float]
    """Uniform draws from [0, 1), for jitter."""


class Delivery:
    """Offers batches to one destination, one at a time."""

    def __init__(self, destination: Destination, sink: Sink, around: DeliveryParts, health: Health) -> None:
        """Deliver to `sink`; count in `health`."""
        self._destination = destination
        self._sink = sink
        self._around = around
        self._health = health
        self._turn = asyncio.Lock()

    async def settle(self, batch: Batch, stopping: asyncio.Event) -> list[DeadLetter] | None:
        """Settle every signal of a batch.

        Args:
            batch: the signals.
            stopping: set when the gateway is going down.

        Returns:
            The dead letters to keep, or None when abandoned because of `stopping`.
        """
        letters: list[DeadLetter] = []
        pending = deque([batch])
        while pending:
            part = pending.popleft()
            fate = await self._settle_part(part, stopping, room=self._room(len(letters)))
            if fate is None:
                return None
            if isinstance(fate, tuple):
                pending.extendleft(reversed(fate))
            else:
                letters += fate
        return letters

    async def attempt(self, batch: Batch) -> Answer:
        """Offer a batch once, with what of it is still permitted.

        Returns:
            The destination's answer; `Outdated` when nobody in it permits it any longer.

        Raises:
            FeedError: permission does not settle.
        """
        async with self._turn:
            for _ in range(_MAX_REBUILDS):
                signals = self._permitted(batch.signals)
                if not signals:
                    return Outdated()
                self._health.trying()
                answer = await self._sink.deliver(
                    Batch(batch.name, signals), partial(self._all_permitted, signals)
                )
                if not isinstance(answer, Outdated):
                    return self._counted(answer, len(signals), len(batch.signals))
        raise FeedError

    def _counted(self, answer: Answer, sent: int, offered: int) -> Answer:
        match answer:
            case Delivered():
                self._health.delivered(sent, self._around.timer.now())
                self._health.silenced(offered - sent)
            case Refused(status=status):
                self._health.refused(status)
            case Again(trouble=trouble, status=status):
                self._health.failed(trouble, status)
        return answer

    async def _settle_part(
        self, part: Batch, stopping: asyncio.Event, *, room: int
    ) -> list[DeadLetter] | tuple[Batch, Batch] | None:
        """Dead letters when settled, two halves to go on with, or None when abandoned."""
        attempts = 0
        while not stopping.is_set():
            attempts += 1
            answer = await self.attempt(part)
            match answer:
                case Delivered():
                    return []
                case Outdated():
                    self._health.silenced(len(part.signals))
                    return []
                case Refused(divisible=True) if len(part.signals) > 1:
                    return part.halves()
                case Refused(reason=reason, status=status) if len(part.signals) <= room:
                    return self._letters(part, reason, status, attempts)
                case Again(status=status) if (
                    attempts >= self._destination.retry.max_attempts and len(part.signals) <= room
                ):
                    return self._letters(part, LetterReason.EXHAUSTED, status, attempts)
            await self._wait(answer, attempts, stopping)
        return None

    async def _wait(self, answer: Answer, attempts: int, stopping: asyncio.Event) -> None:
        """Wait before the next attempt: the destination may recover, or there may be room for dead letters again."""
        asked = 0.0
        if isinstance(answer, Again):
            asked = answer.wait_seconds
        elif isinstance(answer, Refused):
            self._health.failed(Trouble.FULL, answer.status)
        failures = max(attempts, self._health.failures)
        seconds = wait_seconds(self._destination.retry, failures, asked, self._around.draw())
        self._health.waiting(self._around.timer.now() + seconds)
        await self._around.timer.wait(stopping, seconds)

    def _letters(
        self, part: Batch, reason: LetterReason, status: int | None, attempts: int
    ) -> list[DeadLetter]:
        """A dead letter for each signal that still may be sent; the others are silent."""
        kept = self._permitted(part.signals)
        self._health.silenced(len(part.signals) - len(kept))
        failed_at = int(self._around.timer.now())
        return [DeadLetter(self._key(signal), reason, status, attempts, failed_at) for signal in kept]

    def _key(self, signal: RoutedSignal) -> LetterKey:
        return LetterKey(self._destination.id, signal.purpose, signal.index, signal.position)

    def _room(self, pending: int) -> int:
        return self._destination.max_dead_letters - self._health.dead_letters - pending

    def _permitted(self, signals: tuple[RoutedSignal, ...]) -> tuple[RoutedSignal, ...]:
        """Those of this destination's purpose that may be sent at this moment, as they may be."""
        purpose = self._destination.purpose
        renewed = (self._around.feed.renewed(each) for each in signals if each.purpose == purpose)
        return tuple(each for each in renewed if each is not None)

    def _all_permitted(self, signals: tuple[RoutedSignal, ...]) -> bool:
        return all(map(self._around.feed.still_permitted, signals))
