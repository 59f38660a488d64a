"""What waits for the disk is told in the step in which it is settled, all of it, whatever else goes wrong."""

from __future__ import annotations

import asyncio
import errno
from pathlib import Path
from typing import Any, NoReturn

import pytest

import audit.group_commit
from audit import FatalLogError, LogUnavailableError, Sequencer
from tests.fault.audit.disks import FailingDisk
from tests.unit.audit.logs import entry, limits, started

ON_THE_LOOP, BY_THE_THREAD = 60.0, 0.0
"""How quick a disk must be for the loop to wait for it (seconds)."""


class FullDisk(FailingDisk):
    """A disk that has no room for frames while it is `full`."""

    def __init__(self) -> None:
        self.full = False
        super().__init__(
            lambda tried, path: self.full and tried == "write" and path.endswith(".wal"), errno.ENOSPC
        )


async def log_on(root: Path, disk: FullDisk, quick_sync_seconds: float) -> Sequencer:
    """A log with room in its segment, and nothing waiting."""
    log = await started(
        root, disk=disk, limits=limits(quick_sync_seconds=quick_sync_seconds, segment_bytes=1 << 16)
    )
    await log.wait_durable()
    return log


@pytest.mark.parametrize("quick_sync_seconds", [ON_THE_LOOP, BY_THE_THREAD])
@pytest.mark.parametrize("full", [False, True])
async def test_nobody_finds_a_size_whose_waiters_are_still_to_be_told(
    tmp_path: Path, full: bool, quick_sync_seconds: float
) -> None:
    disk = FullDisk()
    log = await log_on(tmp_path, disk, quick_sync_seconds)
    loop = asyncio.get_running_loop()
    told: list[BaseException | None] = []
    found_early: list[tuple[int, int]] = []
    disk.full = full
    index = log.append(entry(1))
    log.when_durable(told.append)

    def look_in_every_turn() -> None:
        if not told:
            if log.durable_size > index or log.size <= index:
                found_early.append((log.size, log.durable_size))
            loop.call_soon(look_in_every_turn)

    loop.call_soon(look_in_every_turn)
    await asyncio.gather(log.wait_durable(), return_exceptions=True)
    assert isinstance(told[0], LogUnavailableError) is full
    assert found_early == []
    disk.full = False
    await log.close()


async def test_everything_lost_is_undone_before_anybody_is_told(tmp_path: Path) -> None:
    disk = FullDisk()
    log = await log_on(tmp_path, disk, ON_THE_LOOP)
    happened: list[str] = []

    def told(name: str) -> None:
        happened.append(f"{name} is told")
        if name == "first":
            disk.full = False
            log.append(entry(3), reserved=True)
            log.when_durable(lambda failure: happened.append(f"what came then: {failure}"))

    disk.full = True
    for number, name in enumerate(("first", "second")):
        log.append(entry(number))
        log.when_durable(
            lambda _, name=name: told(name), lambda name=name: happened.append(f"{name} is undone")
        )
    with pytest.raises(LogUnavailableError):
        await log.wait_durable()
    await log.wait_durable()
    assert happened[:4] == ["first is undone", "second is undone", "first is told", "second is told"]
    assert happened[4:] == ["what came then: None"]
    await log.close()


async def test_what_becomes_durable_is_not_undone(tmp_path: Path) -> None:
    log = await log_on(tmp_path, FullDisk(), ON_THE_LOOP)
    undone: list[bool] = []
    log.append(entry(1))
    log.when_durable(lambda _: None, lambda: undone.append(True))
    await log.wait_durable()
    await log.close()
    assert undone == []


async def test_a_waiter_that_fails_is_heard_of_and_keeps_nobody_waiting(tmp_path: Path) -> None:
    log = await log_on(tmp_path, FullDisk(), ON_THE_LOOP)
    heard: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: heard.append(context))
    told: list[BaseException | None] = []
    log.append(entry(1))
    log.when_durable(defect)
    log.when_durable(told.append)
    await log.wait_durable()
    assert told == [None]
    assert [type(each["exception"]) for each in heard] == [ZeroDivisionError]
    log.append(entry(2))
    await log.wait_durable()
    await log.close()


@pytest.mark.parametrize("where", ["hashing", "writing"])
async def test_a_defect_stops_the_log_and_leaves_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    log = await log_on(tmp_path, FullDisk(), ON_THE_LOOP)
    heard: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: heard.append(context))
    if where == "hashing":
        monkeypatch.setattr(audit.group_commit, "hash_body", defect)
    else:
        monkeypatch.setattr(log._commit._wal, "write", defect)
    log.append(entry(1))
    async with asyncio.timeout(60):
        with pytest.raises(FatalLogError):
            await log.wait_durable()
    assert log.failure is not None
    with pytest.raises(LogUnavailableError):
        log.append(entry(2))
    assert [type(each["exception"]) for each in heard] == [ZeroDivisionError]
    await log.close()


def defect(*_: object) -> NoReturn:
    raise ZeroDivisionError
