"""The one writer: a place at once, durable together, nothing left waiting, nothing lost at the end."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from random import Random
from threading import Event, current_thread, main_thread
from time import sleep

import pytest

from audit import (
    Disk,
    EntryError,
    KeyMismatchError,
    Kind,
    LockedError,
    LogUnavailableError,
    NoteSigner,
    Sequencer,
    decode_entry,
    hash_leaf,
    root_of,
    verify_directory,
)
from tests.unit.audit.logs import SIGNER, STRANGER, entry, limits, open_log, records, started, write

LOCKED_OUT = """
import sys
from pathlib import Path
from audit import FileHead, LockedError, NoteSigner, Sequencer
root = Path(sys.argv[1])
try:
    Sequencer.open(root / "log", NoteSigner.from_seed("a.example", bytes(32)), head=FileHead(root / "keys" / "head"), clock=float)
except LockedError:
    print("locked")
"""


class SlowDisk(Disk):
    """Holds every sync back while `free` is not set."""

    def __init__(self) -> None:
        self.free = Event()
        self.free.set()

    def sync(self, descriptor: int) -> None:
        assert self.free.wait(60)
        super().sync(descriptor)


def waiting(log: Sequencer) -> int:
    """Bytes that the log takes to be waiting for the disk."""
    return log._commit._waiting_bytes


async def test_an_entry_has_its_place_at_once_and_is_durable_when_the_waiter_is_told(tmp_path: Path) -> None:
    log = await started(tmp_path)
    await log.wait_durable()
    assert (log.size, log.durable_size) == (1, 1)  # the boot entry
    assert [log.append(entry(n), b"s") for n in range(5)] == [1, 2, 3, 4, 5]
    assert (log.size, log.durable_size) == (6, 1)
    assert log.append_many([entry(5), entry(6)], [b"", b"t"]) == 6
    await log.wait_durable()
    assert log.durable_size == 8
    assert log.read(6, 10) == [(6, entry(5), b""), (7, entry(6), b"t")]
    leaves = [hash_leaf(body) for _, body, _ in log.read(0, 100)]
    assert log.root() == (8, root_of(leaves))
    await log.close()


async def test_what_is_not_durable_yet_is_not_read(tmp_path: Path) -> None:
    log = await started(tmp_path)
    await log.wait_durable()
    log.append(entry(1))
    assert log.read(1, 10) == []
    await log.close()


async def test_nothing_waits_after_a_flush_however_long_it_is_appended(tmp_path: Path) -> None:
    random = Random(20261121)
    log = await started(tmp_path, limits=limits(group_entries=7, group_bytes=2000, segment_bytes=1 << 16))
    expected = 1
    for turn in range(600):
        for _ in range(random.randrange(1, 4)):
            bodies = [
                entry(expected + n, text="x" * random.randrange(300)) for n in range(random.randrange(9))
            ]
            halves = [random.randbytes(random.randrange(200)) for _ in bodies]
            if len(bodies) == 1:
                log.append(bodies[0], halves[0])
            else:
                log.append_many(bodies, halves)
            expected += len(bodies)
        if turn % 5:
            await asyncio.sleep(0)  # the next turn meets the disk at work
        else:
            await log.wait_durable()
            assert waiting(log) == 0
    await log.wait_durable()
    assert waiting(log) == 0
    assert log.durable_size == expected
    await log.close()


async def test_nothing_waits_after_a_refusal(tmp_path: Path) -> None:
    log = await started(tmp_path)
    await log.wait_durable()
    with pytest.raises(EntryError):
        log.append(b"")
    with pytest.raises(EntryError):
        log.append_many([entry(1), b"x" * 65_536], [b"", b""])
    with pytest.raises(EntryError):
        log.append_many([entry(1)], [])
    with pytest.raises(EntryError):
        log.append(entry(1), bytes((1 << 20) + 1))
    assert log.append_many([], []) == 1
    assert (waiting(log), log.size) == (0, 1)
    await log.close()


@pytest.mark.parametrize(
    "bound", [{"backlog_entries": 20}, {"backlog_bytes": 2000}], ids=["entries", "bytes"]
)
async def test_too_much_waiting_is_refused_counted_and_told_in_a_gap(tmp_path: Path, bound: dict) -> None:
    disk = SlowDisk()
    log = await started(tmp_path, disk=disk, limits=limits(**bound))
    await log.wait_durable()
    disk.free.clear()
    taken = refused = 0
    for n in range(200):
        try:
            log.append(entry(n))
            taken += 1
        except LogUnavailableError:
            refused += 1
    assert 15 <= taken <= 40
    log.append(entry(900), reserved=True)  # a withdrawal has room of its own
    disk.free.set()
    await log.wait_durable()
    assert log.durable_size == 1 + taken + 1
    await log.wait_durable()  # the gap entry, which is written as soon as there is room
    assert (waiting(log), log.durable_size) == (0, 1 + taken + 2)
    gaps = [decode_entry(body) for _, body, _ in log.read(0, 300)]
    assert [gap.detail for gap in gaps if gap.kind is Kind.GAP] == [{"lost": refused}]
    await log.close()
    assert verify_directory(tmp_path).ok


async def test_many_are_taken_together_or_not_at_all(tmp_path: Path) -> None:
    log = await started(tmp_path, limits=limits(backlog_entries=10))
    await log.wait_durable()
    with pytest.raises(LogUnavailableError):
        log.append_many([entry(n) for n in range(11)], [b""] * 11)
    assert (log.size, waiting(log)) == (1, 0)
    await log.close()


async def test_close_loses_nothing_that_was_taken(tmp_path: Path) -> None:
    log = await started(tmp_path)
    told: list[BaseException | None] = []
    for n in range(50):
        log.append(entry(n), b"s")
        log.when_durable(told.append)
    await log.close()
    await log.close()  # once more does nothing
    assert told == [None] * 50
    report = verify_directory(tmp_path)
    assert report.ok, report.findings
    assert report.size == report.durable == 51
    with pytest.raises(LogUnavailableError):
        log.append(entry(51))
    with pytest.raises(LogUnavailableError):
        log.append_many([entry(51)], [b""])


async def test_nothing_is_taken_before_the_start(tmp_path: Path) -> None:
    log = open_log(tmp_path)
    with pytest.raises(LogUnavailableError):
        log.append(entry(1))
    with pytest.raises(LogUnavailableError):
        log.when_durable(lambda failure: None)
    await log.close()
    assert not (tmp_path / "log" / "checkpoint").exists()


async def test_the_log_may_be_opened_by_one_at_a_time(tmp_path: Path) -> None:
    log = await started(tmp_path)
    with pytest.raises(LockedError):
        await asyncio.to_thread(open_log, tmp_path)
    other = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", LOCKED_OUT, tmp_path],
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout == "locked\n"
    log.append(entry(1))  # and the first goes on
    await log.wait_durable()
    await log.close()
    await write(tmp_path, 1, first=2)
    assert verify_directory(tmp_path).ok


@pytest.mark.parametrize(
    "signer", [STRANGER, NoteSigner.from_seed("other.example/log", bytes([7]) * 32)], ids=["key", "name"]
)
async def test_another_key_or_name_is_refused(tmp_path: Path, signer: NoteSigner) -> None:
    await write(tmp_path, 3)
    with pytest.raises(KeyMismatchError):
        await asyncio.to_thread(open_log, tmp_path, signer=signer)
    await write(tmp_path, 3, first=3, signer=SIGNER)
    assert verify_directory(tmp_path).ok


async def test_the_generation_of_the_last_frame_comes_back(tmp_path: Path) -> None:
    log = await started(tmp_path)
    await log.wait_durable()
    log.store_generation = 41
    log.append(entry(1))
    await log.wait_durable()
    await log.close()
    log = await asyncio.to_thread(open_log, tmp_path)
    assert log.store_generation == 41
    await log.close()


async def test_every_start_is_told_with_its_number(tmp_path: Path) -> None:
    for life in range(3):
        await write(tmp_path, 2, first=2 * life)
    boots = [
        decode_entry(body).detail
        for _, body, _ in await asyncio.to_thread(records, tmp_path)
        if decode_entry(body).kind is Kind.BOOT
    ]
    assert boots == [{"epoch": 1 + n, "size": 3 * n, "truncated": 0} for n in range(3)]


async def test_a_clock_that_steps_back_changes_nothing(tmp_path: Path) -> None:
    log = await started(tmp_path)
    log._clock = lambda: 61.0
    log._note(Kind.GAP, {"lost": 1})
    await log.wait_durable()
    assert decode_entry(log.read(1, 1)[0][1]).at == 60
    await log.close()
    assert verify_directory(tmp_path).ok


async def test_a_quick_disk_is_waited_for_on_the_loop_and_a_slow_one_by_a_thread(tmp_path: Path) -> None:
    threads: list[bool] = []

    class Watched(Disk):
        pause = 0.0

        def sync(self, descriptor: int) -> None:
            written = Path(f"/proc/self/fd/{descriptor}").readlink()
            if written.suffix == ".wal":  # not a tile, nor the next segment
                threads.append(current_thread() is main_thread())
                sleep(self.pause)  # how long this machine's disk takes is not asked
            else:
                super().sync(descriptor)

    disk = Watched()
    log = await started(
        tmp_path,
        disk=disk,
        limits=limits(quick_sync_seconds=0.05, slow_disk_seconds=3.0, segment_bytes=1 << 20),
    )
    await log.wait_durable()  # the first frame makes a segment, which is the thread's work

    async def write() -> bool:
        threads.clear()
        log.append(entry(1))
        await log.wait_durable()
        return threads[0]

    assert await write()
    disk.pause = 1.5
    assert await write(), "the first slow sync is not expected"
    disk.pause = 0.0
    assert not await write()
    await asyncio.sleep(3.1)
    assert await write(), "tried again"
    await log.close()
