"""One destination's task: the cursor, crashes, rests, faults and stops."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from gateway.routing import (
    DeadLetter,
    Destination,
    FeedError,
    FeedPage,
    LetterReason,
    MemoryRoutingStore,
    RoutedSignal,
    RoutingStoreError,
    Trouble,
)
from gateway.routing.answers import Again, Delivered, Refused
from gateway.routing.delivery import Delivery
from gateway.routing.health import Health
from gateway.routing.worker import POLL_SECONDS, Worker
from tests.unit.gateway.routing.fakes import (
    PURPOSE,
    FakeFeed,
    FakeReports,
    FakeSink,
    FakeTimer,
    a_destination,
    a_signal,
    person,
    surroundings,
    until,
)


class Bench:
    """A worker on fakes; `resting` turns a rest at the end of the log into a stop."""

    def __init__(
        self, feed: FakeFeed, sink: FakeSink | None = None, destination: Destination | None = None
    ) -> None:
        self.feed = feed
        self.sink = sink or FakeSink()
        self.store = MemoryRoutingStore()
        self.timer = FakeTimer()
        self.destination = destination or a_destination(batch_size=4)
        self.reports = FakeReports()
        self.faults = self.reports.faults
        self.again()

    def again(self) -> None:
        """The process starts anew; what is durable stays."""
        around = surroundings(self.feed, self.timer)
        self.health = Health(self.destination, self.reports)
        self.delivery = Delivery(self.destination, self.sink, around, self.health)
        self.worker = Worker(
            self.destination,
            self.delivery,
            self.store,
            around,
            self.health,
            self.reports,
        )
        self.timer.on_wait = self.stop_at_rest

    def stop_at_rest(self) -> None:
        if self.health.cursor >= len(self.feed.records):
            self.worker.stop()

    def cursor(self) -> int | None:
        return self.store.cursor("shop", PURPOSE)

    async def run(self, first: int = 0) -> None:
        async with asyncio.timeout(20):
            await self.worker.run(first)


def a_log(n: int) -> FakeFeed:
    return FakeFeed([[a_signal(i)] for i in range(n)])


async def test_everything_arrives_once_in_order_and_the_cursor_follows() -> None:
    bench = Bench(a_log(10))
    await bench.run()
    assert [s.index for s in bench.sink.taken] == list(range(10))
    assert [len(batch.signals) for batch in bench.sink.offered] == [4, 4, 2]
    assert [batch.name for batch in bench.sink.offered] == [
        "0000000000000000",
        "0000000000000004",
        "0000000000000008",
    ]
    assert bench.cursor() == 10
    assert bench.faults == []


async def test_a_destination_that_never_ran_begins_where_it_is_told_and_durably() -> None:
    bench = Bench(a_log(6), FakeSink(otherwise=lambda batch: Again(Trouble.FAULTY, 500)))
    bench.timer.on_wait = bench.worker.stop
    await bench.run(first=4)
    assert bench.cursor() == 4
    bench.feed.add(a_signal(6))
    bench.sink.otherwise = lambda batch: Delivered()
    bench.again()
    await bench.run(first=7)
    assert [s.index for s in bench.sink.taken] == [4, 5, 6]


async def test_a_crash_before_the_cursor_moved_repeats_the_batch_with_the_same_name() -> None:
    bench = Bench(a_log(4))
    settle = bench.store.settle
    bench.store.settle = lambda *args: (_ for _ in ()).throw(RoutingStoreError)  # type: ignore[method-assign]
    bench.timer.on_wait = bench.worker.stop
    await bench.run()
    assert bench.cursor() == 0
    assert bench.faults == ["RoutingStoreError"]
    bench.store.settle = settle  # type: ignore[method-assign]
    bench.again()
    await bench.run()
    assert [batch.name for batch in bench.sink.offered] == ["0000000000000000"] * 2
    assert bench.cursor() == 4


async def test_letters_and_cursor_are_written_together() -> None:
    written: list[tuple[int, int]] = []
    bench = Bench(a_log(4), FakeSink(otherwise=lambda b: Refused(LetterReason.REJECTED, 422)))
    settle = bench.store.settle

    def watch(destination: str, purpose: str, next_index: int, letters: Sequence[DeadLetter]) -> None:
        written.append((next_index, len(letters)))
        settle(destination, purpose, next_index, letters)

    bench.store.settle = watch  # type: ignore[method-assign]
    await bench.run()
    assert written == [(4, 4)]
    assert bench.health.snapshot(0).dead_letters == 4
    assert bench.reports.told == [("dead letters", "shop", LetterReason.REJECTED, 4)]


async def test_a_stretch_without_signals_writes_the_cursor_now_and_then_and_when_stopping() -> None:
    feed = FakeFeed([[] for _ in range(10_000)])
    bench = Bench(feed)
    written: list[int] = []
    settle = bench.store.settle

    def watch(destination: str, purpose: str, next_index: int, letters: Sequence[DeadLetter]) -> None:
        written.append(next_index)
        settle(destination, purpose, next_index, letters)

    bench.store.settle = watch  # type: ignore[method-assign]
    await bench.run()
    assert written == [5000, 10_000]
    assert bench.sink.offered == []


async def test_who_withdrew_before_the_log_was_read_is_absent() -> None:
    bench = Bench(FakeFeed([[a_signal(0, who=1)], [a_signal(1, who=2)]]))
    bench.feed.withdrawn.add(person(1))
    await bench.run()
    assert [s.index for s in bench.sink.taken] == [1]
    assert bench.cursor() == 2


async def test_a_log_that_cannot_be_read_moves_nothing_and_is_tried_again() -> None:
    bench = Bench(a_log(3))
    bench.feed.broken = True

    def heal() -> None:
        if bench.feed.reads == 3:
            bench.feed.broken = False
        bench.stop_at_rest()

    bench.timer.on_wait = heal
    await bench.run()
    assert bench.faults == ["FeedError"] * 3
    assert bench.timer.waits[:3] == [1.0, 2.0, 4.0]
    assert [s.index for s in bench.sink.taken] == [0, 1, 2]
    assert bench.health.snapshot(0).faults == 3


async def test_while_permission_cannot_be_judged_nothing_is_sent_lost_or_settled() -> None:
    class Unsure(FakeFeed):
        sure = False

        def still_permitted(self, signal: RoutedSignal) -> bool:
            if not self.sure:
                raise FeedError
            return True

        async def read(self, purpose: str, first: int, limit: int) -> FeedPage:
            return FeedPage(
                [s for record in self.records[first:] for s in record], len(self.records), end=True
            )

    feed = Unsure([[a_signal(0)], [a_signal(1)]])
    bench = Bench(feed)

    def on_wait() -> None:
        if len(bench.faults) == 2 and not feed.sure:
            assert bench.cursor() == 0
            assert bench.sink.offered == []
            feed.sure = True
        bench.stop_at_rest()

    bench.timer.on_wait = on_wait
    await bench.run()
    assert bench.faults == ["FeedError", "FeedError"]
    assert [s.index for s in bench.sink.taken] == [0, 1]
    assert bench.cursor() == 2


@pytest.mark.parametrize("page", [FeedPage((), 0, end=False), FeedPage((), -1, end=True)])
async def test_a_feed_that_stands_still_or_goes_back_is_a_fault_and_no_busy_loop(page: FeedPage) -> None:
    class Stuck(FakeFeed):
        async def read(self, purpose: str, first: int, limit: int) -> FeedPage:
            return page

    bench = Bench(Stuck([[]]))
    bench.timer.on_wait = bench.worker.stop
    await bench.run()
    assert bench.faults == ["FeedError"]


async def test_at_the_end_of_the_log_it_rests_until_woken() -> None:
    bench = Bench(a_log(1), destination=a_destination(linger_seconds=0.5))
    rests = 0

    def on_wait() -> None:
        nonlocal rests
        rests += 1
        if rests == 1:
            bench.feed.add(a_signal(1))
            bench.worker.wake()
        if rests == 3:
            bench.worker.stop()

    bench.timer.on_wait = on_wait
    await bench.run()
    assert [s.index for s in bench.sink.taken] == [0, 1]
    assert bench.timer.waits == [0.5], "woken at once, then it lets signals gather"


async def test_nobody_waking_it_it_looks_for_itself() -> None:
    bench = Bench(a_log(1))
    rests = 0

    def on_wait() -> None:
        nonlocal rests
        rests += 1
        if rests == 1:
            bench.feed.add(a_signal(1))
        else:
            bench.worker.stop()

    bench.timer.on_wait = on_wait
    await bench.run()
    assert [s.index for s in bench.sink.taken] == [0, 1]
    assert bench.timer.waits == [POLL_SECONDS]


async def test_being_cancelled_while_writing_the_cursor_finishes_the_write() -> None:
    bench = Bench(a_log(2))
    begun, go = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    settle = bench.store.settle

    def slow(destination: str, purpose: str, next_index: int, letters: Sequence[DeadLetter]) -> None:
        loop.call_soon_threadsafe(begun.set)
        asyncio.run_coroutine_threadsafe(go.wait(), loop).result(120)
        settle(destination, purpose, next_index, letters)

    bench.store.settle = slow  # type: ignore[method-assign]
    task = asyncio.create_task(bench.worker.run(0))
    await begun.wait()
    task.cancel()
    await asyncio.sleep(0.01)
    assert not task.done()
    go.set()
    await until(task.done)
    assert task.cancelled()
    assert bench.cursor() == 2
