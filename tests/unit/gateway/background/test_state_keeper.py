"""What was forgotten while a snapshot was being written is not lost from sight, and no two are written at once."""

from __future__ import annotations

import asyncio
import errno
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from time import monotonic
from types import SimpleNamespace

import pytest

from gateway.background.state_keeper import OUTDATED_SECONDS, RETRY_SECONDS, StateKeeper
from gateway.memory.owners import EntryOwners
from gateway.memory.people import People
from gateway.memory.recent_ids import RecentIds
from gateway.snapshot_file import SnapshotFile
from gateway.snapshots import Remembered
from scoring import Contributions, History


class Slow(SnapshotFile):
    """Goes on with a snapshot when it is let go; then, perhaps, the disk is full. The one after it need not wait."""

    def __init__(self, home: Path, *, full: bool) -> None:
        super().__init__(home / "snapshot" / "state", home / "snapshot.key")
        self.full = full
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.ended = threading.Event()

    def write(self, packed: Iterable[bytes | memoryview]) -> int:
        if self.begun.is_set():
            return super().write(packed)
        try:
            return super().write(self._held_up(packed))
        finally:
            self.ended.set()

    def _held_up(self, packed: Iterable[bytes | memoryview]) -> Iterator[bytes | memoryview]:
        self.begun.set()
        assert self.go_on.wait(30)
        if self.full:
            raise OSError(errno.ENOSPC, "full")
        yield from packed


@pytest.fixture
def keep() -> Callable[[SnapshotFile], StateKeeper]:
    async def durable() -> None:
        return

    def made(file: SnapshotFile) -> StateKeeper:
        owners = EntryOwners()
        recent = RecentIds(window_seconds=3600, max_ids=100)
        return StateKeeper(
            state=Remembered(People(), History(), Contributions(), recent, owners),
            file=file,
            sequencer=SimpleNamespace(durable_size=0, size=0, wait_durable=durable),  # type: ignore[arg-type]
            owners=owners,
            journal=SimpleNamespace(write=lambda *_, **__: None),  # type: ignore[arg-type]
        )

    return made


async def test_what_is_forgotten_during_a_snapshot_that_fails_leaves_no_older_one(
    tmp_path: Path, keep: Callable[[SnapshotFile], StateKeeper]
) -> None:
    file = Slow(tmp_path, full=False)
    file.go_on.set()
    keeper = keep(file)
    await keeper.write()
    assert file.read() is not None
    file.full = True
    file.begun.clear()
    file.go_on.clear()
    writing = asyncio.create_task(keeper.write())
    await asyncio.to_thread(file.begun.wait, 30)
    keeper.outdated()
    file.go_on.set()
    await writing
    assert file.read() is None, "it holds what was forgotten"


async def test_the_last_snapshot_waits_for_the_one_that_a_thread_still_writes(
    tmp_path: Path, keep: Callable[[SnapshotFile], StateKeeper]
) -> None:
    file = Slow(tmp_path, full=False)
    keeper = keep(file)
    writing = asyncio.create_task(keeper.write())
    await asyncio.to_thread(file.begun.wait, 30)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    stopping = asyncio.create_task(keeper.stop())
    await asyncio.wait({stopping}, timeout=0.3)
    file.go_on.set()
    await asyncio.to_thread(file.ended.wait, 30)
    await stopping
    assert file.read() is not None
    assert [each.name for each in (tmp_path / "snapshot").iterdir()] == ["state"]


async def test_one_that_could_not_be_written_is_not_tried_again_at_once(
    tmp_path: Path, keep: Callable[[SnapshotFile], StateKeeper]
) -> None:
    file = Slow(tmp_path, full=True)
    file.go_on.set()
    keeper = keep(file)
    keeper.outdated()
    late = monotonic() + OUTDATED_SECONDS
    assert keeper._is_due(late)
    await keeper.write()
    tried = monotonic()
    assert not keeper._is_due(tried + RETRY_SECONDS - 1)
    assert keeper._is_due(tried + RETRY_SECONDS + 1)


async def test_what_a_start_found_on_the_disk_is_out_of_date(
    tmp_path: Path, keep: Callable[[SnapshotFile], StateKeeper]
) -> None:
    file = Slow(tmp_path, full=False)
    file.go_on.set()
    keeper = keep(file)
    started = monotonic()
    assert not keeper._is_due(started)
    assert keeper._is_due(started + OUTDATED_SECONDS)
    await keeper.write()
    assert not keeper._is_due(started + 100 * OUTDATED_SECONDS)


async def test_one_that_cannot_even_be_destroyed_is_tried_again_later(
    tmp_path: Path, keep: Callable[[SnapshotFile], StateKeeper], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Slow(tmp_path, full=True)
    file.go_on.set()

    def fails() -> None:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(file, "destroy", fails)
    keeper = keep(file)
    await keeper.write()
    tried = monotonic()
    assert not keeper._is_due(tried + RETRY_SECONDS - 1)
    assert keeper._is_due(tried + OUTDATED_SECONDS)
    await keeper.write()
    assert file.read() is not None


async def test_one_that_could_not_be_laid_out_is_not_tried_again_at_once(
    tmp_path: Path, keep: Callable[[SnapshotFile], StateKeeper], monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot(_: Iterable[bytes | memoryview]) -> int:
        raise OverflowError

    keeper = keep(SnapshotFile(tmp_path / "snapshot" / "state", tmp_path / "snapshot.key"))
    with monkeypatch.context() as patch:
        patch.setattr(keeper._file, "write", cannot)
        with pytest.raises(OverflowError):
            await keeper.write()
    assert not keeper._is_due(monotonic() + RETRY_SECONDS - 1)
    assert keeper._is_due(monotonic() + RETRY_SECONDS + OUTDATED_SECONDS)
