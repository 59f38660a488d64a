"""Every signal of a batch is delivered, silent, or a dead letter."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from gateway.routing import DeadLetter, Destination, LetterReason, RetryPolicy, Trouble
from gateway.routing.answers import Again, Answer, Delivered, Refused
from gateway.routing.delivery import Delivery
from gateway.routing.health import Circuit, Health
from gateway.routing.model import Batch
from tests.unit.gateway.routing.fakes import (
    FakeFeed,
    FakeSink,
    FakeTimer,
    a_destination,
    a_signal,
    person,
    surroundings,
)

REFUSED = Refused(LetterReason.REJECTED, 422)


class Bench:
    """A delivery on fakes."""

    def __init__(self, sink: FakeSink, destination: Destination | None = None) -> None:
        self.sink = sink
        self.feed = FakeFeed()
        self.timer = FakeTimer()
        self.destination = destination or a_destination()
        self.health = Health(self.destination)
        self.delivery = Delivery(self.destination, sink, surroundings(self.feed, self.timer), self.health)
        self.stopping = asyncio.Event()

    async def settle(self, *signals: object) -> list[DeadLetter] | None:
        return await self.delivery.settle(Batch("b", signals), self.stopping)  # type: ignore[arg-type]

    def counts(self) -> tuple[int, int]:
        status = self.health.snapshot(self.timer.now())
        return status.delivered, status.silent


def places(letters: list[DeadLetter] | None) -> list[int]:
    assert letters is not None
    return [letter.key.index for letter in letters]


async def test_a_batch_that_is_taken_leaves_nothing_behind() -> None:
    bench = Bench(FakeSink())
    assert await bench.settle(a_signal(1), a_signal(2)) == []
    assert bench.counts() == (2, 0)


async def test_what_may_pass_is_repeated_with_growing_waits() -> None:
    bench = Bench(FakeSink([Again(Trouble.FAULTY, 500), Again(Trouble.SLOW), Again(Trouble.UNREACHABLE)]))
    assert await bench.settle(a_signal(1)) == []
    assert bench.timer.waits == [1.0, 2.0, 4.0]
    assert bench.health.snapshot(0).circuit is Circuit.CLOSED


async def test_retry_after_is_honoured() -> None:
    bench = Bench(FakeSink([Again(Trouble.BUSY, 429, 33.0)]))
    assert await bench.settle(a_signal(1)) == []
    assert bench.timer.waits == [33.0]


async def test_patience_ends_and_the_letters_say_where_and_why_only() -> None:
    bench = Bench(FakeSink(otherwise=lambda batch: Again(Trouble.FAULTY, 503)))
    letters = await bench.settle(a_signal(5), a_signal(6, 2))
    assert letters is not None
    assert len(bench.sink.offered) == bench.destination.retry.max_attempts == 4
    assert [(x.key.index, x.key.position, x.reason, x.status, x.attempts) for x in letters] == [
        (5, 0, LetterReason.EXHAUSTED, 503, 4),
        (6, 2, LetterReason.EXHAUSTED, 503, 4),
    ]
    assert "p5" not in repr(letters)
    assert person(1).hex() not in repr(letters)


async def test_after_an_outage_the_next_batch_waits_as_long_as_the_last() -> None:
    bench = Bench(FakeSink([Again(Trouble.FAULTY, 500)] * 5))
    assert places(await bench.settle(a_signal(1))) == [1]
    bench.timer.waits.clear()
    assert await bench.settle(a_signal(2)) == []
    assert bench.timer.waits == [16.0]


async def test_a_poisoned_signal_is_found_and_the_others_arrive_in_order() -> None:
    def poisoned(batch: Batch) -> Answer:
        return REFUSED if any(s.index == 13 for s in batch.signals) else Delivered()

    bench = Bench(FakeSink(otherwise=poisoned))
    assert places(await bench.settle(*(a_signal(i) for i in range(64)))) == [13]
    assert [s.index for s in bench.sink.taken] == [i for i in range(64) if i != 13]
    assert len(bench.sink.offered) <= 2 * 6 + 1
    assert bench.timer.waits == [], "a refusal is not waited for"


async def test_a_refusal_of_the_whole_request_is_not_split() -> None:
    bench = Bench(FakeSink(otherwise=lambda batch: Refused(LetterReason.REJECTED, 401, divisible=False)))
    assert places(await bench.settle(*(a_signal(i) for i in range(50)))) == list(range(50))
    assert len(bench.sink.offered) == 1


async def test_parts_of_a_split_batch_have_names_of_their_own() -> None:
    bench = Bench(FakeSink(otherwise=lambda batch: REFUSED if len(batch.signals) > 1 else Delivered()))
    await bench.settle(*(a_signal(i) for i in range(8)))
    names = [batch.name for batch in bench.sink.offered]
    assert len(names) == len(set(names)) == 15


async def test_who_withdraws_during_a_wait_is_not_in_the_next_attempt() -> None:
    bench = Bench(FakeSink([Again(Trouble.FAULTY, 500)]))
    bench.timer.on_wait = lambda: bench.feed.withdrawn.add(person(2))
    assert await bench.settle(a_signal(1, who=1), a_signal(2, who=2)) == []
    assert [s.index for s in bench.sink.taken] == [1]
    assert bench.counts() == (1, 1)


async def test_who_withdraws_while_the_bytes_are_leaving_is_not_sent() -> None:
    bench = Bench(FakeSink())
    bench.sink.on_offer = lambda batch: bench.feed.withdrawn.add(person(2))
    assert await bench.settle(a_signal(1, who=1), a_signal(2, who=2)) == []
    assert [len(batch.signals) for batch in bench.sink.offered] == [2, 1]
    assert [s.index for s in bench.sink.taken] == [1]


async def test_when_everybody_withdrew_nothing_is_sent_at_all() -> None:
    bench = Bench(FakeSink())
    bench.feed.withdrawn = {person(1), person(2)}
    assert await bench.settle(a_signal(1, who=1), a_signal(2, who=2)) == []
    assert bench.sink.offered == []
    assert bench.counts() == (0, 2)


async def test_who_withdrew_leaves_no_dead_letter() -> None:
    bench = Bench(FakeSink(otherwise=lambda batch: Again(Trouble.FAULTY, 500)))

    def at_the_end() -> None:
        if len(bench.sink.offered) == 3:
            bench.feed.withdrawn.add(person(2))

    bench.timer.on_wait = at_the_end
    assert places(await bench.settle(a_signal(1, who=1), a_signal(2, who=2))) == [1]


async def test_a_signal_of_another_purpose_is_never_offered() -> None:
    bench = Bench(FakeSink())
    assert await bench.settle(a_signal(1), a_signal(2, purpose="advertising")) == []
    assert [s.index for s in bench.sink.taken] == [1]


async def test_stopping_in_a_wait_abandons_the_batch() -> None:
    bench = Bench(FakeSink(otherwise=lambda batch: Again(Trouble.FAULTY, 500)))
    bench.timer.on_wait = bench.stopping.set
    assert await bench.settle(a_signal(1)) is None
    assert len(bench.sink.offered) == 1


async def test_without_room_for_letters_nothing_is_given_up() -> None:
    bench = Bench(
        FakeSink([REFUSED] * 6),
        a_destination(max_dead_letters=1, retry=RetryPolicy(max_attempts=2, first_seconds=1.0)),
    )
    bench.health.dead_letters = 1
    assert await bench.settle(a_signal(1)) == []
    assert [s.index for s in bench.sink.taken] == [1]
    assert len(bench.timer.waits) == 6


async def test_room_for_letters_is_counted_within_a_batch() -> None:
    bench = Bench(FakeSink(otherwise=lambda batch: REFUSED), a_destination(max_dead_letters=2))
    seen: list[Trouble | None] = []

    def look() -> None:
        seen.append(bench.health.snapshot(0).trouble)
        bench.stopping.set()

    bench.timer.on_wait = look
    assert await bench.settle(a_signal(1), a_signal(2), a_signal(3)) is None
    assert seen == [Trouble.FULL]


@given(
    poison=st.sets(st.integers(0, 39)),
    withdrawn=st.sets(st.integers(0, 39)),
    hiccups=st.integers(0, 3),
    n=st.integers(1, 40),
)
def test_every_signal_has_exactly_one_fate(
    poison: set[int], withdrawn: set[int], hiccups: int, n: int
) -> None:
    def answer(batch: Batch) -> Answer:
        return REFUSED if any(s.index in poison for s in batch.signals) else Delivered()

    async def run() -> None:
        script: list[Answer | Callable[[Batch], Answer]] = [Again(Trouble.FAULTY, 500)] * hiccups
        bench = Bench(FakeSink(script, otherwise=answer))
        bench.feed.withdrawn = {person(w) for w in withdrawn}
        letters = places(await bench.settle(*(a_signal(i, who=i) for i in range(n))))
        everyone = set(range(n))
        assert letters == sorted((everyone & poison) - withdrawn)
        assert [s.index for s in bench.sink.taken] == sorted(everyone - poison - withdrawn)
        delivered, silent = bench.counts()
        assert delivered + silent + len(letters) == n
        assert silent == len(everyone & withdrawn)

    asyncio.run(run())
