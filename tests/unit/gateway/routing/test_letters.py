"""Repeating dead letters."""

from __future__ import annotations

import asyncio

import pytest

from gateway.routing import (
    DeadLetter,
    FeedError,
    LetterKey,
    LetterReason,
    MemoryRoutingStore,
    RetryReport,
    Trouble,
)
from gateway.routing.answers import Again, Delivered, Refused
from gateway.routing.delivery import Delivery
from gateway.routing.health import Health
from gateway.routing.letters import Repetition
from tests.unit.gateway.routing.fakes import (
    PURPOSE,
    FakeFeed,
    FakeSink,
    FakeTimer,
    a_destination,
    a_signal,
    person,
    surroundings,
)


class Bench:
    """Four letters on fakes: records 0 to 3 of the people 0 to 3."""

    def __init__(self, sink: FakeSink) -> None:
        self.feed = FakeFeed([[a_signal(i, who=i)] for i in range(4)])
        self.sink = sink
        self.store = MemoryRoutingStore()
        destination = a_destination()
        self.store.settle("shop", PURPOSE, 4, [letter(i) for i in range(4)])
        self.health = Health(destination)
        around = surroundings(self.feed, FakeTimer())
        delivery = Delivery(destination, sink, around, self.health)
        self.repetition = Repetition(destination, delivery, self.store, around, self.health)

    def left(self) -> list[DeadLetter]:
        return self.store.letters("shop", PURPOSE, None, 100)


def letter(index: int) -> DeadLetter:
    return DeadLetter(LetterKey("shop", PURPOSE, index, 0), LetterReason.REJECTED, 422, 1, 1_700_000_000)


async def test_what_arrives_now_is_resolved() -> None:
    bench = Bench(FakeSink())
    assert await bench.repetition.run(100) == RetryReport(delivered=4, silent=0, kept=0, stopped=False)
    assert [s.index for s in bench.sink.taken] == [0, 1, 2, 3]
    assert bench.left() == []
    assert bench.health.dead_letters == 0


async def test_who_withdrew_meanwhile_is_resolved_silently_and_never_sent() -> None:
    bench = Bench(FakeSink())
    bench.feed.withdrawn = {person(1), person(3)}
    assert await bench.repetition.run(100) == RetryReport(delivered=2, silent=2, kept=0, stopped=False)
    assert [s.index for s in bench.sink.taken] == [0, 2]
    assert bench.left() == []


async def test_who_withdraws_while_the_bytes_are_leaving_is_resolved_silently() -> None:
    bench = Bench(FakeSink())
    bench.sink.on_offer = lambda batch: bench.feed.withdrawn.add(batch.signals[0].subject)
    assert await bench.repetition.run(1) == RetryReport(delivered=0, silent=1, kept=0, stopped=False)
    assert bench.sink.taken == []


async def test_a_record_that_is_gone_is_resolved_silently() -> None:
    bench = Bench(FakeSink())
    bench.feed.records = bench.feed.records[:2]
    assert await bench.repetition.run(100) == RetryReport(delivered=2, silent=2, kept=0, stopped=False)


async def test_what_is_refused_again_is_kept_with_the_newer_failure() -> None:
    bench = Bench(FakeSink([Delivered(), Refused(LetterReason.TOO_LARGE, 413)]))
    assert await bench.repetition.run(100) == RetryReport(delivered=3, silent=0, kept=1, stopped=False)
    [kept] = bench.left()
    assert (kept.key.index, kept.reason, kept.status, kept.attempts) == (1, LetterReason.TOO_LARGE, 413, 2)
    assert kept.failed_at == 1_800_000_000


async def test_a_destination_that_is_down_ends_the_repetition_at_once() -> None:
    bench = Bench(FakeSink([Delivered(), Again(Trouble.UNREACHABLE)]))
    assert await bench.repetition.run(100) == RetryReport(delivered=1, silent=0, kept=0, stopped=True)
    assert [(x.key.index, x.attempts) for x in bench.left()] == [(1, 2), (2, 1), (3, 1)]


async def test_a_limit_bounds_one_repetition() -> None:
    bench = Bench(FakeSink())
    assert await bench.repetition.run(3) == RetryReport(delivered=3, silent=0, kept=0, stopped=False)
    assert [x.key.index for x in bench.left()] == [3]


async def test_two_repetitions_at_once_do_not_send_twice() -> None:
    bench = Bench(FakeSink())
    first, second = await asyncio.gather(bench.repetition.run(100), bench.repetition.run(100))
    assert (first.delivered, second.delivered) == (4, 0)
    assert second.stopped
    assert len(bench.sink.taken) == 4


async def test_a_log_that_cannot_be_read_resolves_nothing() -> None:
    bench = Bench(FakeSink())
    bench.feed.broken = True
    with pytest.raises(FeedError):
        await bench.repetition.run(100)
    assert len(bench.left()) == 4
    bench.feed.broken = False
    assert (await bench.repetition.run(100)).delivered == 4
