"""Every step that changes the disk, failing in both ways: not done, and done but reported as failed. Then a restart."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from audit import Disk, FatalLogError, Kind, LogUnavailableError, Sequencer, decode_entry, verify_directory
from tests.fault.audit.disks import OPERATIONS, FailingDisk
from tests.unit.audit.logs import entry, limits, open_log, records, started, write, write_log

QUICK = limits(publish_interval_seconds=0.005)


class CountingFaults:
    """Fails the n-th operation of one kind."""

    def __init__(self, operation: str, nth: int) -> None:
        self.operation = operation
        self.left = nth

    def __call__(self, operation: str, path: str) -> bool:
        if operation != self.operation:
            return False
        self.left -= 1
        return self.left == 0


async def write_until_it_fails(root: Path, disk: Disk) -> list[tuple[int, bytes]]:
    """Append until the log stops; returns what was acknowledged."""
    acknowledged: list[tuple[int, bytes]] = []

    def acknowledge(index: int, body: bytes, failure: BaseException | None) -> None:
        if failure is None:
            acknowledged.append((index, body))

    log = open_log(root, disk=disk, limits=QUICK)
    try:
        log.start(asyncio.get_running_loop())
        for number in range(40):
            body = entry(number, text="x" * 100)
            index = log.append(body, b"sealed")
            log.when_durable(partial(acknowledge, index, body))
            await asyncio.gather(log.wait_durable(), return_exceptions=True)
            await asyncio.sleep(0.001)
    except LogUnavailableError:
        pass
    finally:
        await log.close()
    return acknowledged


def check_after_restart(root: Path, acknowledged: list[tuple[int, bytes]]) -> None:
    """Nothing acknowledged is lost, and the log goes on and is whole."""
    found = {index: body for index, body, _ in records(root)}
    assert [found.get(index) for index, _ in acknowledged] == [body for _, body in acknowledged]
    write_log(root, 2, first=500)
    report = verify_directory(root)
    assert report.ok, report.findings


@pytest.mark.parametrize("persisted", [False, True], ids=["not done", "done all the same"])
@pytest.mark.parametrize("nth", [1, 2, 3, 7, 20])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_input_output_error_anywhere_loses_nothing(
    tmp_path: Path, operation: str, nth: int, *, persisted: bool
) -> None:
    disk = FailingDisk(CountingFaults(operation, nth), errno.EIO, persisted=persisted)
    acknowledged: list[tuple[int, bytes]] = []
    try:
        acknowledged = asyncio.run(write_until_it_fails(tmp_path, disk))
    except OSError:
        assert disk.failed  # it did not even open
    check_after_restart(tmp_path, acknowledged)


@pytest.mark.parametrize("persisted", [False, True], ids=["not done", "done all the same"])
@pytest.mark.parametrize("operation", ["write", "sync"])
async def test_a_failed_write_or_sync_stops_the_log_for_ever(
    tmp_path: Path, operation: str, *, persisted: bool
) -> None:
    armed = False
    disk = FailingDisk(
        lambda op, path: armed and op == operation and path.endswith(".wal"), errno.EIO, persisted=persisted
    )
    log = await started(tmp_path, disk=disk)
    await log.wait_durable()
    armed = True
    log.append(entry(1))
    with pytest.raises(FatalLogError):
        await log.wait_durable()
    armed = False  # the disk is well again, and that changes nothing: what it holds is unknown
    with pytest.raises(FatalLogError):
        log.append(entry(2))
    with pytest.raises(FatalLogError):
        await log.wait_durable()
    assert isinstance(log.failure, FatalLogError)
    assert not log.available
    assert len(disk.failed) == 1  # never tried again
    await log.close()
    await asyncio.to_thread(check_after_restart, tmp_path, [])


async def test_everybody_who_waits_is_told_of_the_failure(tmp_path: Path) -> None:
    armed = False
    disk = FailingDisk(lambda op, path: armed and op == "sync" and path.endswith(".wal"), errno.EIO)
    log = await started(tmp_path, disk=disk)
    await log.wait_durable()
    armed = True
    told: list[BaseException | None] = []
    for number in range(5):
        log.append(entry(number))
        log.when_durable(told.append)
    with pytest.raises(FatalLogError):
        await log.wait_durable()
    await asyncio.sleep(0)
    assert len(told) == 5
    assert all(isinstance(failure, FatalLogError) for failure in told)
    await log.close()


async def test_publishing_that_fails_stops_the_log(tmp_path: Path) -> None:
    disk = FailingDisk(lambda op, path: op == "sync" and "scratch/tile" in path, errno.EIO)
    log = await started(tmp_path, disk=disk, limits=QUICK)
    log.append(entry(1))
    for _ in range(12_000):
        await asyncio.sleep(0.005)
        if log.failure:
            break
    assert isinstance(log.failure, FatalLogError)
    assert not (tmp_path / "log" / "checkpoint").exists()
    await log.close()


async def fill_segment(log: Sequencer, append: Callable[[int], int]) -> int:
    """Append until it is refused; returns how many were taken."""
    for taken in range(10_000):
        try:
            append(taken)
            await log.wait_durable()
        except LogUnavailableError:
            return taken
    raise AssertionError("the disk never became full")


class FullDisk:
    """A disk on which nothing new fits, while `full`: what is given back, somebody else takes at once."""

    def __init__(self) -> None:
        self.full = False
        self.disk = FailingDisk(self, errno.ENOSPC)

    def __call__(self, operation: str, path: str) -> bool:
        if not self.full or operation not in {"allocate", "write"}:
            return False
        return not (operation == "write" and "/wal/" in path)  # laid out beforehand


async def settle(condition: Callable[[], bool]) -> None:
    """Wait until something in a thread of the log has happened."""
    for _ in range(12_000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it did not happen")


async def test_withdrawals_go_on_when_the_disk_is_full_and_a_gap_is_told_afterwards(tmp_path: Path) -> None:
    full = FullDisk()
    log = await started(tmp_path, disk=full.disk, limits=limits(reserve_bytes=8192))
    await settle(lambda: (tmp_path / "log/reserve").exists() and (tmp_path / "log/wal/prepared").exists())
    full.full = True
    ordinary = await fill_segment(log, lambda n: log.append(entry(n, text="x" * 200)))
    assert ordinary  # what was laid out beforehand took some
    assert not log.available
    with pytest.raises(LogUnavailableError):
        log.append_many([entry(1), entry(2)], [b"", b""])
    segments = set((tmp_path / "log/wal").glob("*.wal"))
    reserved = await fill_segment(log, lambda n: log.append(entry(n, text="r" * 200), reserved=True))
    assert reserved >= 8
    (made,) = set((tmp_path / "log/wal").glob("*.wal")) - segments
    assert 0 < made.stat().st_size <= 4096, "in half of what was the reserve"
    assert not (tmp_path / "log/reserve").exists()
    refused = log._commit.lost
    assert refused >= 3
    full.full = False
    await settle(lambda: log.available)
    assert (tmp_path / "log/reserve").exists()
    await log.wait_durable()
    gaps = [decode_entry(body) for _, body, _ in log.read(0, 10_000) if decode_entry(body).kind is Kind.GAP]
    assert sum(int(gap.detail["lost"]) for gap in gaps) >= refused
    log.append(entry(9999))
    await log.wait_durable()
    await log.close()
    assert verify_directory(tmp_path).ok


async def test_a_frame_that_finds_no_room_is_taken_back_and_the_log_goes_on(tmp_path: Path) -> None:
    full = False
    disk = FailingDisk(lambda op, path: full and op in {"write", "allocate"}, errno.ENOSPC)
    log = await started(tmp_path, disk=disk)
    await settle((tmp_path / "log/reserve").exists)
    await log.wait_durable()
    size, root = log.root()
    full = True
    assert log.append(entry(1)) == size
    with pytest.raises(LogUnavailableError) as caught:
        await log.wait_durable()
    assert not isinstance(caught.value, FatalLogError)
    assert log.root() == (size, root)
    full = False
    await settle(lambda: log.available)
    await log.wait_durable()
    log.append(entry(2))
    await log.wait_durable()
    await log.close()
    assert entry(1) not in [body for _, body, _ in await asyncio.to_thread(records, tmp_path)]
    assert verify_directory(tmp_path).ok


async def test_what_was_refused_is_told_in_full_though_the_telling_finds_no_room_at_first(
    tmp_path: Path,
) -> None:
    full = False
    disk = FailingDisk(lambda op, path: full and op == "write" and path.endswith(".wal"), errno.ENOSPC)
    log = await started(tmp_path, disk=disk)
    await settle((tmp_path / "log/reserve").exists)
    await log.wait_durable()
    full = True
    log.append_many([entry(1), entry(2), entry(3)], [b"", b"", b""])
    with pytest.raises(LogUnavailableError):
        await log.wait_durable()
    await settle(lambda: len(disk.failed) > 2)  # there is room beside the log, so it is tried again and again
    full = False
    await settle(lambda: told(log) >= 3)
    await log.close()
    assert told(log) == 3


async def test_what_was_refused_is_told_later_where_the_telling_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = await started(tmp_path)
    await log.wait_durable()
    commit, refused = log._commit, []

    def refuse(*_: object, **__: object) -> int:
        refused.append(True)
        commit.lost += 1
        raise LogUnavailableError("too much is waiting for the disk")

    log.append(entry(1))
    commit.lost = 3
    append = commit.append
    monkeypatch.setattr(commit, "append", refuse)
    await log.wait_durable()
    assert refused
    monkeypatch.setattr(commit, "append", append)
    log.append(entry(2))
    await settle(lambda: told(log) >= 3)
    await log.close()
    assert told(log) == 3


def told(log: Sequencer) -> int:
    """How many were refused, as the durable `gap` entries say."""
    found = (decode_entry(body) for _, body, _ in log.read(0, 10_000))
    return sum(int(each.detail["lost"]) for each in found if each.kind is Kind.GAP)


async def test_a_bundle_whose_tile_found_no_room_is_not_taken_for_one_whose_tile_was_taken_away(
    tmp_path: Path,
) -> None:
    full = False
    disk = FailingDisk(
        lambda op, path: full and op == "rename" and path.endswith("scratch/tile-1"), errno.ENOSPC
    )
    log = await started(tmp_path, disk=disk, limits=QUICK)
    await settle(lambda: log.published_size == 1)
    full = True
    log.append(entry(1))
    await settle(lambda: bool(disk.failed))
    log.append(entry(2), reserved=True)
    await settle(lambda: log.durable_size == 3)
    full = False
    await settle(lambda: log.published_size == 3)
    await log.close()
    assert verify_directory(tmp_path).ok


async def test_publishing_waits_for_room(tmp_path: Path) -> None:
    full = False
    disk = FailingDisk(lambda op, path: full and op == "write" and "/wal/" not in path, errno.ENOSPC)
    log = await started(tmp_path, disk=disk, limits=QUICK)
    await settle(lambda: log.published_size == 1 and (tmp_path / "log/wal/prepared").exists())
    full = True
    log.append(entry(1))
    await settle(lambda: not log.available)
    assert log.failure is None
    assert log.published_size == 1
    full = False
    await settle(lambda: log.available and log.published_size == log.durable_size)
    await log.close()
    assert verify_directory(tmp_path).ok


async def test_no_more_open_files_is_a_shortage_and_no_fault(tmp_path: Path) -> None:
    """Somebody took every descriptor there is: what cannot be recorded is refused, and nothing needs a restart."""
    none_left = False
    disk = FailingDisk(lambda op, _: none_left and op in {"create", "open"}, errno.EMFILE)
    log = await started(
        tmp_path, disk=disk, limits=limits(publish_interval_seconds=0.005, segment_bytes=4096)
    )
    await settle(lambda: log.published_size == 1 and (tmp_path / "log/wal/prepared").exists())
    none_left = True
    refused = 0
    for n in range(200):
        try:
            log.append(entry(n))
            await log.wait_durable()
        except LogUnavailableError:
            refused += 1
    assert refused
    assert disk.failed
    assert log.failure is None
    none_left = False
    await settle(lambda: log.available)
    log.append(entry(1000))
    await log.wait_durable()
    await log.close()
    assert log.durable_size == len(await asyncio.to_thread(records, tmp_path))
    assert verify_directory(tmp_path).ok


async def test_a_log_that_is_closed_on_a_full_disk_publishes_at_the_next_start(tmp_path: Path) -> None:
    await write(tmp_path, 3)
    disk = FailingDisk(lambda op, path: op == "write" and "scratch/tile" in path, errno.ENOSPC)
    await write(tmp_path, 3, first=3, disk=disk)
    assert disk.failed
    assert verify_directory(tmp_path).size == 4
    assert len(await asyncio.to_thread(records, tmp_path)) == 8
    await write(tmp_path, 1, first=6)
    report = verify_directory(tmp_path)
    assert report.ok, report.findings
    assert report.size == 10


async def test_a_failing_disk_found_while_making_room_stops_the_log(tmp_path: Path) -> None:
    disk = FailingDisk(lambda op, path: op == "sync" and path.endswith("scratch/prepared"), errno.EIO)
    log = await started(tmp_path, disk=disk)
    await settle(lambda: log.failure is not None)
    await log.close()
    assert verify_directory(tmp_path).durable <= 1


async def test_a_start_that_the_disk_fails_says_so_and_lets_go_of_the_log(tmp_path: Path) -> None:
    await write(tmp_path, 300, group=100)
    leftover = tmp_path / "log/tile/0/001.p/200"
    leftover.parent.mkdir(exist_ok=True)
    leftover.write_bytes(b"of an attempt that broke off")
    disk = FailingDisk(lambda op, path: op == "unlink" and "tile" in path, errno.EIO)
    log = open_log(tmp_path, disk=disk)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        log.start(asyncio.get_running_loop())
    await log.close()
    await write(tmp_path, 3, first=300)
    assert not leftover.exists()
    assert verify_directory(tmp_path).ok
