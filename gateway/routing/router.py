"""Routing as the gateway sees it: start, tell it that the log has grown, look, repeat, stop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.routing.delivery import Delivery, DeliveryParts
from gateway.routing.destination import Destination, Kind
from gateway.routing.errors import UnknownDestinationError
from gateway.routing.health import DestinationStatus, Health
from gateway.routing.letters import Repetition
from gateway.routing.model import DeadLetter, LetterKey, RetryReport
from gateway.routing.ports import RoutingStore, Sink
from gateway.routing.reports import Reports
from gateway.routing.sinks import SinkMaker
from gateway.routing.worker import Worker

MAX_LETTERS = 1000
"""Dead letters listed or repeated by one call, at most."""


@dataclass(slots=True)
class _Line:
    """Everything that serves one destination."""

    destination: Destination
    sink: Sink
    health: Health
    worker: Worker
    repetition: Repetition
    task: asyncio.Task[None] | None = None


class Router:
    """Routes permitted signals to destinations, each on its own. Lives on the event loop."""

    def __init__(
        self,
        destinations: Sequence[Destination],
        makers: SinkMaker,
        store: RoutingStore,
        around: DeliveryParts,
        reports: Reports,
    ) -> None:
        """Prepare every destination.

        Args:
            destinations: checked (`check_destinations`).
            makers: opens their far ends.
            store: cursors and dead letters.
            around: the feed of permitted signals, time, and jitter.
            reports: takes what happens to destinations, for the journal.

        Raises:
            DestinationConfigError: a secret cannot be used.
            KeyFileError: a key cannot be used or made.
        """
        self._makers = makers
        self._store = store
        self._around = around
        self._lines: dict[str, _Line] = {}
        for destination in destinations:
            sink = makers.open(destination)
            health = Health(destination, reports)
            delivery = Delivery(destination, sink, around, health)
            worker = Worker(destination, delivery, store, around, health, reports)
            repetition = Repetition(destination, delivery, store, around, health)
            self._lines[destination.id] = _Line(destination, sink, health, worker, repetition)

    def start(self, size: int) -> None:
        """Begin. A destination that never ran begins at the present end of the log.

        Args:
            size: how many durable records the log has.
        """
        self.notify(size)
        for line in self._lines.values():
            line.task = asyncio.create_task(line.worker.run(size), name=f"destination-{line.destination.id}")

    def notify(self, size: int) -> None:
        """The log has `size` durable records now. Cheap; call it after every group commit."""
        now = self._around.timer.now()
        for line in self._lines.values():
            line.health.grown(size, now)
            line.worker.wake()

    async def stop(self, grace_seconds: float) -> None:
        """Come to an end: attempts in flight may finish within the grace; what is not settled waits for the next start.

        Args:
            grace_seconds: how long attempts in flight may take.
        """
        for line in self._lines.values():
            line.worker.stop()
        tasks = [line.task for line in self._lines.values() if line.task is not None]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=grace_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for line in self._lines.values():
            await line.sink.close()

    def status(self) -> list[DestinationStatus]:
        """How every destination is doing, in the order of the configuration."""
        now = self._around.timer.now()
        return [line.health.snapshot(now) for line in self._lines.values()]

    def public_keys(self) -> list[dict[str, str]]:
        """The public keys (JWK) with which receivers check our signatures, one for each destination that is sent any.

        Raises:
            KeyFileError: a key cannot be read.
        """
        destinations = [line.destination for line in self._lines.values()]
        signing = [each for each in destinations if each.kind is Kind.HTTP or each.erasure_url is not None]
        return [
            {**self._makers.signer(destination).public_jwk, "destination": destination.id}
            for destination in signing
        ]

    async def letters(
        self, destination: str, after: LetterKey | None = None, limit: int = MAX_LETTERS
    ) -> list[DeadLetter]:
        """The dead letters of a destination, in log order, from after `after`.

        Raises:
            UnknownDestinationError: there is no such destination.
            RoutingStoreError: they cannot be read.
        """
        purpose = self._line(destination).destination.purpose
        return await asyncio.to_thread(
            self._store.letters, destination, purpose, after, min(limit, MAX_LETTERS)
        )

    async def retry(self, destination: str, limit: int = MAX_LETTERS) -> RetryReport:
        """Try a destination's dead letters again, now, once each.

        Raises:
            UnknownDestinationError: there is no such destination.
            FeedError: the log cannot be read.
            RoutingStoreError: the letters cannot be read or written.
        """
        return await self._line(destination).repetition.run(min(limit, MAX_LETTERS))

    def _line(self, destination: str) -> _Line:
        line = self._lines.get(destination)
        if line is None:
            raise UnknownDestinationError
        return line
