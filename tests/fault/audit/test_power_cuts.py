"""A power cut at any moment, keeping any subset of what was not synced: nothing acknowledged is lost, and the log is whole."""

from __future__ import annotations

import asyncio
import shutil
from functools import partial
from pathlib import Path
from random import Random

import pytest

from audit import AuditError, verify_directory
from tests.fault.audit.disks import Platter, RecordingDisk
from tests.requirement import whole_campaign
from tests.unit.audit.logs import entry, limits, open_log, write

CUTS = 3_000 if whole_campaign() else 60
SHORT = limits(segment_bytes=2048, reserve_bytes=256, publish_interval_seconds=0.004)


async def write_and_note(root: Path, disk: RecordingDisk, count: int, first: int) -> None:
    """Append while checkpoints are published, and write down every acknowledgement."""
    log = open_log(root, disk=disk, limits=SHORT)
    log.start(asyncio.get_running_loop())

    def acknowledge(index: int, number: int, failure: BaseException | None) -> None:
        assert failure is None
        disk.note("ack", index, entry(number), bytes([number % 251]) * 60)

    for number in range(first, first + count):
        index = log.append(entry(number), bytes([number % 251]) * 60)
        log.when_durable(partial(acknowledge, index, number))
        if number % 3 == 0:
            await log.wait_durable()
        if number % 20 == 0:
            await asyncio.sleep(0.005)
    await log.close()


def record(root: Path) -> list[tuple[object, ...]]:
    """The changes of two lives of a log."""
    disk = RecordingDisk()
    (root / "keys").mkdir(parents=True)
    disk.note("mkdir", str(root / "keys"))
    disk.note("syncdir", str(root))
    asyncio.run(write_and_note(root, disk, 150, 0))
    asyncio.run(write_and_note(root, disk, 160, 150))
    return disk.log


def test_nothing_acknowledged_is_lost_whatever_a_power_cut_leaves_of_the_rest(tmp_path: Path) -> None:
    root = tmp_path / "recorded"
    changes = record(root)
    assert sum(change[0] == "ack" for change in changes) == 310
    random = Random(20261120)
    torn = 0
    for _ in range(CUTS):
        moment = random.randrange(len(changes) + 1)
        torn += cut_at(root, tmp_path / "cut", changes[:moment], random)
    assert torn  # some cuts hit the middle of a frame, or this test shows nothing


def test_a_disk_that_only_says_it_has_synced_is_noticed_by_this_test(tmp_path: Path) -> None:
    root = tmp_path / "recorded"
    lied = [change for change in record(root) if change[0] != "sync"]
    random = Random(7)

    def cut_often() -> None:
        for _ in range(20):
            cut_at(root, tmp_path / "cut", lied[: random.randrange(len(lied) + 1)], random)

    with pytest.raises((AssertionError, AuditError)):
        cut_often()


def cut_at(root: Path, target: Path, changes: list[tuple[object, ...]], random: Random) -> int:
    """Lay out a power cut after these changes, start the log again, and look; returns whether a torn write was cut off."""
    shutil.rmtree(target, ignore_errors=True)
    platter = Platter()
    acknowledged = {}
    for change in changes:
        if change[0] == "ack":
            acknowledged[change[1]] = change[2:]
        else:
            platter.apply(change)
    platter.lay_out(root, target, random)
    found = {}
    log = open_log(
        target, limits=SHORT, on_record=lambda index, body, sealed: found.setdefault(index, (body, sealed))
    )
    truncated = log._found.truncated
    asyncio.run(log.close())
    assert {index: found.get(index) for index in acknowledged} == acknowledged
    assert sorted(found) == list(range(len(found)))
    asyncio.run(write(target, 3, first=1000))
    report = verify_directory(target)
    assert report.ok, report.findings
    assert report.size == report.durable == len(found) + 4
    return int(truncated > 0)
