"""Small logs for tests: a key, short limits, and a few lines to write and open one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

from audit import Disk, Entry, FileHead, Kind, LogLimits, NoteSigner, Outcome, Sequencer, encode_entry

SIGNER = NoteSigner.from_seed("gateway.example/audit/r1", bytes([7]) * 32)
STRANGER = NoteSigner.from_seed("gateway.example/audit/r1", bytes([9]) * 32)
SMALL = LogLimits(
    segment_bytes=4096,
    reserve_bytes=1024,
    publish_interval_seconds=3600.0,
    probe_interval_seconds=0.01,
)
"""Checkpoints only when a log is closed, unless a test says otherwise."""
NOW = 1_795_000_037


def entry(number: int, **detail: str | int) -> bytes:
    """A distinct entry."""
    return encode_entry(
        Entry(kind=Kind.ADMIN, outcome=Outcome.DONE, at=1_795_000_020, detail={"number": number, **detail})
    )


def limits(**changes: Any) -> LogLimits:
    """The small limits with some of them changed."""
    return replace(SMALL, **changes)


def open_log(root: Path, *, signer: NoteSigner = SIGNER, disk: Disk | None = None, **more: Any) -> Sequencer:
    """Open the log below `root`, whose head lies beside it."""
    more.setdefault("limits", SMALL)
    (root / "keys").mkdir(exist_ok=True)
    head = FileHead(root / "keys" / "head", disk)
    return Sequencer.open(root / "log", signer, head=head, disk=disk, clock=lambda: NOW, **more)


async def started(root: Path, **more: Any) -> Sequencer:
    """Open and start it."""
    log = open_log(root, **more)
    log.start(asyncio.get_running_loop())
    return log


async def write(
    root: Path, count: int, *, first: int = 0, group: int = 1, sealed: int = 20, **more: Any
) -> None:
    """Open the log, append `count` entries in frames of `group`, and close it."""
    log = await started(root, **more)
    await log.wait_durable()
    for number in range(first, first + count, group):
        numbers = range(number, min(number + group, first + count))
        log.append_many([entry(n) for n in numbers], [bytes([n % 251]) * sealed for n in numbers])
        await log.wait_durable()
    await log.close()


def write_log(root: Path, count: int, **more: Any) -> None:
    """The same from a test that has no loop."""
    asyncio.run(write(root, count, **more))


def records(root: Path) -> list[tuple[int, bytes, bytes]]:
    """Everything a start of the log replays."""
    found: list[tuple[int, bytes, bytes]] = []
    log = open_log(root, on_record=lambda index, body, sealed: found.append((index, body, sealed)))
    asyncio.run(log.close())
    return found
