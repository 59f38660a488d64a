"""The records are asked whether they answer: not too often, and never for long."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

import gateway.readiness.records_probe as module
from consent import StoreCorruptError, StoreUnavailableError
from gateway.readiness.records_probe import EVERY_SECONDS, RecordsProbe


class Records:
    """They answer, fail, or hang, as the test says."""

    def __init__(self) -> None:
        self.reads = 0
        self.failure: Exception | None = None
        self.free = threading.Event()
        self.free.set()

    def read(self) -> None:
        self.reads += 1
        self.free.wait()
        if self.failure is not None:
            raise self.failure


@pytest.fixture
def worker() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as made:
        yield made


async def test_an_answer_holds_for_a_second(worker: ThreadPoolExecutor) -> None:
    records, now = Records(), [50.0]
    probe = RecordsProbe(records.read, worker, lambda: now[0])
    assert probe.answer
    assert all(await asyncio.gather(*(probe.ask() for _ in range(100))))
    now[0] += EVERY_SECONDS * 0.9
    assert await probe.ask()
    assert records.reads == 1
    now[0] += EVERY_SECONDS * 0.2
    assert await probe.ask()
    assert records.reads == 2


@pytest.mark.parametrize(
    "failure", [StoreUnavailableError("no"), StoreCorruptError("no"), RuntimeError("no")]
)
async def test_what_fails_is_no_answer_until_it_does_not(
    worker: ThreadPoolExecutor, failure: Exception
) -> None:
    records, now = Records(), [0.0]
    probe = RecordsProbe(records.read, worker, lambda: now[0])
    records.failure = failure
    assert not await probe.ask()
    assert not probe.answer
    records.failure = None
    assert not await probe.ask(), "the answer holds for a second"
    now[0] += EVERY_SECONDS
    assert await probe.ask()


async def test_a_read_that_hangs_is_no_answer_and_is_not_repeated(
    worker: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WITHIN_SECONDS", 0.02)
    records, now = Records(), [0.0]
    probe = RecordsProbe(records.read, worker, lambda: now[0])
    records.free.clear()
    for _ in range(3):
        assert not await probe.ask()
        now[0] += EVERY_SECONDS
    assert records.reads == 1
    records.free.set()
    monkeypatch.setattr(module, "WITHIN_SECONDS", 60.0)
    assert await probe.ask(), "it was only slow"
    assert records.reads == 1
    now[0] += EVERY_SECONDS
    assert await probe.ask()
    assert records.reads == 2


async def test_without_their_thread_there_is_no_answer(worker: ThreadPoolExecutor) -> None:
    worker.shutdown()
    assert not await RecordsProbe(Records().read, worker, lambda: 0.0).ask()
