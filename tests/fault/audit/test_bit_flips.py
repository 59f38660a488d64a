"""A bit flips in memory, on the way to the disk, or on it: nothing is signed over it, and what was signed before stays.

Two logs of the web died of this, because they signed first and looked afterwards.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from audit import CorruptionError, Disk, Sequencer, prepare_hashing, rows, verify_directory
from tests.unit.audit.logs import entry, limits, open_log, started

Flip = Callable[[Sequencer], None]


def flipped(data: bytes) -> bytes:
    return bytes([data[0] ^ 1]) + data[1:]


def an_entry_in_memory(log: Sequencer) -> None:
    waiting = log._publishing._entries
    waiting[0] = flipped(waiting[0])


def its_hash_in_memory(log: Sequencer) -> None:
    log._publishing._row[0] ^= 1


def the_right_edge(log: Sequencer) -> None:
    stack = log._commit._edge._stack
    stack[0] = flipped(stack[0])


def a_row_that_was_published(log: Sequencer) -> None:
    log._publishing._publisher._published.rows[0][0] ^= 1


def an_entry_that_was_published(log: Sequencer) -> None:
    bundle = log._publishing._publisher._published.bundle
    bundle[0] = flipped(bundle[0])


async def append(log: Sequencer, first: int, count: int) -> None:
    log.append_many([entry(n) for n in range(first, first + count)], [b""] * count)
    await log.wait_durable()


@pytest.mark.parametrize(
    "flip",
    [
        an_entry_in_memory,
        its_hash_in_memory,
        the_right_edge,
        a_row_that_was_published,
        an_entry_that_was_published,
    ],
)
@pytest.mark.parametrize("compiled", [True, False], ids=["machine code", "hashlib"])
async def test_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flip: Flip, *, compiled: bool
) -> None:
    await asyncio.to_thread(prepare_hashing)
    monkeypatch.setattr(rows, "_made", rows._made if compiled else [])
    log = await started(tmp_path)
    await append(log, 0, 40)
    await log._publishing.finish()
    signed = (tmp_path / "log" / "checkpoint").read_bytes()
    await append(log, 40, 30)
    flip(log)
    await log._publishing.finish()
    assert log.failure is not None
    assert isinstance(log.failure.__cause__, CorruptionError)
    assert (tmp_path / "log" / "checkpoint").read_bytes() == signed
    await log.close()
    again = await started(tmp_path)  # the write-ahead log has what was acknowledged
    await again.wait_durable()
    assert again.durable_size == 72
    await again.close()
    assert verify_directory(tmp_path).ok


@pytest.mark.parametrize("kind", ["entries", "0"])
async def test_on_the_way_to_the_disk(tmp_path: Path, kind: str) -> None:
    class Flipping(Disk):
        """Writes another bit than it was given, to one file, and says nothing."""

        armed = False

        def rename(self, source: Path, target: Path) -> None:
            if self.armed and f"/tile/{kind}/" in str(target):
                source.write_bytes(flipped(source.read_bytes()))
            super().rename(source, target)

    disk = Flipping()
    log = await started(tmp_path, disk=disk)
    await append(log, 0, 40)
    await log._publishing.finish()
    signed = (tmp_path / "log" / "checkpoint").read_bytes()
    disk.armed = True
    await append(log, 40, 30)
    await log._publishing.finish()
    assert log.failure is not None
    assert (tmp_path / "log" / "checkpoint").read_bytes() == signed
    await log.close()


async def test_on_the_disk_before_it_is_published(tmp_path: Path) -> None:
    """What is published out of the write-ahead log, after a long backlog, is what was written there, or is not published."""
    log = await started(tmp_path, limits=limits(recent_entries=0, segment_bytes=65_536))
    await append(log, 0, 40)
    (segment,) = sorted((tmp_path / "log" / "wal").glob("0*.wal"))
    data = bytearray(segment.read_bytes())
    data[data.index(b'"number":17')] ^= 1
    segment.write_bytes(bytes(data))
    await log._publishing.finish()
    assert log.failure is not None
    assert isinstance(log.failure.__cause__, CorruptionError)
    assert not (tmp_path / "log" / "checkpoint").exists()
    await log.close()


async def test_a_tile_that_changed_while_the_log_was_closed_is_not_built_upon(tmp_path: Path) -> None:
    log = await started(tmp_path)
    await append(log, 0, 40)
    await log.close()
    for path in (tmp_path / "log" / "tile").rglob("*.p/*"):
        kept = path.read_bytes()
        path.write_bytes(flipped(kept))
        with pytest.raises(CorruptionError):
            open_log(tmp_path)
        path.write_bytes(kept)
    await open_log(tmp_path).close()
