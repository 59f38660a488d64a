"""A feed, a timer and a far end that do what the tests say, and complain when the ports' contracts are broken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from gateway.routing import (
    DeliveryParts,
    Destination,
    FeedError,
    FeedPage,
    Kind,
    LetterReason,
    RetryPolicy,
    RoutedSignal,
    Trouble,
)
from gateway.routing.answers import Answer, Delivered, Outdated
from gateway.routing.model import Batch
from privacy import SubjectRef

PURPOSE = "recommendations"


def person(n: int) -> SubjectRef:
    return SubjectRef(n.to_bytes(16, "big"))


def a_signal(index: int, position: int = 0, who: int = 1, **changes: object) -> RoutedSignal:
    values: dict[str, object] = {
        "index": index,
        "position": position,
        "subject": person(who),
        "event": "Product Viewed",
        "at": 1_790_000_000 + index,
        "attributes": {"product_id": f"p{index}"},
        "purpose": PURPOSE,
        "generation": 0,
        "slot": who,
    } | changes
    return RoutedSignal(**values)  # type: ignore[arg-type]


def a_destination(**changes: object) -> Destination:
    values: dict[str, object] = {
        "id": "shop",
        "kind": Kind.HTTP,
        "purpose": PURPOSE,
        "purpose_version": 3,
        "url": "https://receiver.example/signals",
        "linger_seconds": 0.0,
        "retry": RetryPolicy(max_attempts=4, first_seconds=1.0, cap_seconds=60.0),
    } | changes
    return Destination(**values)  # type: ignore[arg-type]


class FakeFeed:
    """A log of records, each with the signals of any purpose; people may withdraw."""

    def __init__(self, records: list[list[RoutedSignal]] | None = None) -> None:
        self.records = records or []
        self.withdrawn: set[SubjectRef] = set()
        self.scan = 1000
        self.broken = False
        self.reads = 0

    def add(self, *signals: RoutedSignal) -> None:
        self.records.append(list(signals))

    async def read(self, purpose: str, first: int, limit: int) -> FeedPage:
        await asyncio.sleep(0)
        self.reads += 1
        if self.broken:
            raise FeedError
        found: list[RoutedSignal] = []
        index = first
        while index < len(self.records) and len(found) < limit and index - first < self.scan:
            found += [s for s in self.records[index] if s.purpose == purpose and self.still_permitted(s)]
            index += 1
        return FeedPage(tuple(found), max(index, first), end=index >= len(self.records))

    def renewed(self, signal: RoutedSignal) -> RoutedSignal | None:
        return signal if self.still_permitted(signal) else None

    def still_permitted(self, signal: RoutedSignal) -> bool:
        return signal.subject not in self.withdrawn


class FakeTimer:
    """Time that passes only by waiting, and at once; an event that is set ends a wait without time passing."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0
        self.waits: list[float] = []
        self.on_wait: Callable[[], None] = lambda: None

    def now(self) -> float:
        return self.time

    async def wait(self, woken: asyncio.Event, seconds: float) -> None:
        assert seconds >= 0
        self.on_wait()
        await asyncio.sleep(0)
        if not woken.is_set():
            self.waits.append(seconds)
            self.time += seconds


@dataclass
class FakeSink:
    """Answers from a script, then `Delivered`; keeps what it was offered and what it took."""

    answers: list[Answer | Callable[[Batch], Answer]] = field(default_factory=list)
    otherwise: Callable[[Batch], Answer] = lambda batch: Delivered()
    offered: list[Batch] = field(default_factory=list)
    taken: list[RoutedSignal] = field(default_factory=list)
    on_offer: Callable[[Batch], None] = lambda batch: None
    closed: bool = False

    async def deliver(self, batch: Batch, permitted: Callable[[], bool]) -> Answer:
        assert batch.signals, "a batch holds something"
        self.on_offer(batch)
        await asyncio.sleep(0)
        self.offered.append(batch)
        if not permitted():
            return Outdated()
        scripted = self.answers.pop(0) if self.answers else self.otherwise
        answer = scripted(batch) if callable(scripted) else scripted
        if isinstance(answer, Delivered):
            self.taken += batch.signals
        return answer

    async def close(self) -> None:
        self.closed = True


class FakeReports:
    """Keeps what it was told, in order; faults apart."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []
        self.faults: list[str] = []

    def down(self, destination: str, trouble: Trouble) -> None:
        self.told.append(("down", destination, trouble))

    def up(self, destination: str) -> None:
        self.told.append(("up", destination))

    def dead_letters(self, destination: str, reason: LetterReason, count: int) -> None:
        self.told.append(("dead letters", destination, reason, count))

    def fault(self, destination: str, error: str) -> None:
        self.faults.append(error)


class NoFaults(FakeReports):
    """Fails the test at a fault."""

    def fault(self, destination: str, error: str) -> None:
        pytest.fail(f"{destination} met {error}")


def surroundings(feed: FakeFeed, timer: FakeTimer) -> DeliveryParts:
    return DeliveryParts(feed=feed, timer=timer, draw=lambda: 1.0)


async def until(holds: Callable[[], bool]) -> None:
    """Let the loop turn until something holds; fails when it never does."""
    async with asyncio.timeout(120):
        while not holds():  # noqa: ASYNC110 - what is waited for is often another thread's or process's doing
            await asyncio.sleep(0.002)
