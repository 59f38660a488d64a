"""The sequencer: the one writer of a log, on the event loop's thread of the one process that has the log open.

- It gives every entry its place and makes it durable together with whatever else is waiting (`audit.group_commit`).
- It publishes tiles and a signed checkpoint at intervals (`audit.publishing`, `audit.publisher`).
- A failed sync stops it for ever: only a restart knows what the disk holds. A full disk does not: ordinary entries are
  refused and counted, reserved ones go on, and a `gap` entry says how many were refused once there is room again.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from audit.disk import Disk, ensure_directory
from audit.entry import Entry, encode_entry
from audit.errors import FatalLogError, LogUnavailableError
from audit.frames import Record
from audit.group_commit import Callback, GroupCommit, Undo
from audit.head import HeadCell
from audit.layout import lock_directory
from audit.limits import LogLimits
from audit.outcome import Kind, Outcome
from audit.publisher import Publisher
from audit.publishing import Publishing
from audit.records import RecordReader
from audit.recovery import OnBase, OnRecord, Recovered, Recovery
from audit.signer import CheckpointSigner
from audit.space import Space, discard_prepared
from audit.wal import WalWriter
from audit.wal_base import Base


class Sequencer:
    """The one writer of a log."""

    def __init__(  # noqa: PLR0913  # everything a log stands on, given once
        self,
        directory: Path,
        disk: Disk,
        limits: LogLimits,
        found: Recovered,
        *,
        signer: CheckpointSigner,
        head: HeadCell,
        clock: Callable[[], float],
    ) -> None:
        """Go on from what recovery found; use `Sequencer.open`, which also takes the lock."""
        self._found, self._limits = found, limits
        self._clock = clock
        self._lock = -1
        self._closed = self._started = False
        self._space = Space(directory, disk, limits)
        self._reader = RecordReader(directory, found.starts, limits.indexed_segments, found.base)
        wal = WalWriter(directory, disk, self._space, found, self._reader.add_segment)
        durable = found.edge.size
        self._commit = GroupCommit(wal, self._space, limits, found.edge, found.generation)
        publisher = Publisher(directory, disk, signer, head, found.published)
        self._publishing = Publishing(
            publisher, self._reader, self._space, limits, published=found.published.size, durable=durable
        )

    @classmethod
    def open(  # noqa: PLR0913  # everything a log stands on, given once
        cls,
        directory: Path,
        signer: CheckpointSigner,
        *,
        head: HeadCell,
        clock: Callable[[], float],
        limits: LogLimits | None = None,
        on_record: OnRecord | None = None,
        on_base: OnBase | None = None,
        replay_from: int = 0,
        disk: Disk | None = None,
    ) -> Sequencer:
        """Lock the log in `directory`, check it, repair what a crash left, and replay it; `audit.recovery` says in what order.

        Args:
            directory: the log's own directory (`DIR/log`); created for a log that has no head yet.
            signer: the log's key, or keys while they overlap; their name is the origin.
            head: the second place in which the published size is kept.
            clock: unix seconds, for the log's own entries.
            limits: every bound; the defaults are those of a server.
            on_record: called with (index, entry, sealed) for every durable record from `replay_from` on, in order.
            on_base: called before, with what stays of segments that went, if some of them are among what was to be replayed.
            replay_from: the first index that the caller has not seen yet.
            disk: where the changes go; tests give one that fails.

        Raises:
            LockedError, RollbackError, CorruptionError, KeyMismatchError: see there; nothing was changed.
        """
        disk, limits = disk or Disk(), limits or LogLimits()
        ensure_directory(disk, directory)
        lock = lock_directory(directory)
        try:
            found = Recovery(directory, disk, signer.verifiers, head).run(on_record, replay_from, on_base)
            discard_prepared(disk, directory, limits)
            log = cls(directory, disk, limits, found, signer=signer, head=head, clock=clock)
        except BaseException:
            os.close(lock)
            raise
        log._lock = lock
        return log

    @property
    def size(self) -> int:
        """Entries that have a place, durable or not."""
        return self._commit.size

    @property
    def durable_size(self) -> int:
        """Entries that a crash cannot take away."""
        return self._commit.durable_size

    @property
    def published_size(self) -> int:
        """Entries that the checkpoint covers."""
        return self._publishing.size

    @property
    def base(self) -> Base | None:
        """What stays of segments that went; None if the write-ahead log begins with the first entry."""
        return self._found.base

    @property
    def store_generation(self) -> int:
        """Stamped into each frame; after `open` that of the last frame. The gateway sets it to the generation of its records."""
        return self._commit.generation

    @store_generation.setter
    def store_generation(self, generation: int) -> None:
        self._commit.generation = generation

    @property
    def available(self) -> bool:
        """Whether it takes ordinary entries at the moment."""
        return self._started and not (self._closed or self._commit.failed or self._space.short)

    @property
    def failure(self) -> FatalLogError | None:
        """Why it stopped for ever, if it did."""
        return self._commit.failed

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to take entries on this loop; the first is a `boot` entry."""
        self._started = True
        self._commit.start(loop, self._on_durable)
        self._publishing.start(loop, self._commit.root, self._commit.fail)
        self._space.start(
            partial(loop.call_soon_threadsafe, self._tell_gap),
            partial(loop.call_soon_threadsafe, self._commit.fail, FatalLogError("the disk failed")),
        )
        found = self._found
        self._note(
            Kind.BOOT, {"epoch": found.epoch + 1, "size": found.edge.size, "truncated": found.truncated}
        )

    def append(self, entry: bytes, sealed: bytes = b"", *, reserved: bool = False) -> int:
        """Give an entry its place; it is durable when a waiter registered in the same turn of the loop is told so.

        Args:
            entry: canonical bytes (`encode_entry`); they are not parsed again here.
            sealed: kept beside the entry in the WAL, never hashed, never published.
            reserved: a withdrawal or an erasure: taken even when the disk is full.

        Raises:
            LogUnavailableError: no room, too much waiting, stopped or closed; nothing was recorded.
            EntryError: empty or too long.
        """
        if self._closed:
            raise LogUnavailableError("the log is closed")
        return self._commit.append(entry, sealed, reserved=reserved)

    def append_many(self, entries: list[bytes], sealed: list[bytes], *, reserved: bool = False) -> int:
        """Give entries consecutive places and return the first; otherwise as `append`. All or none are taken."""
        if self._closed:
            raise LogUnavailableError("the log is closed")
        return self._commit.append_many(entries, sealed, reserved=reserved)

    def when_durable(self, callback: Callback, undo: Undo | None = None) -> None:
        """Call `callback` on the loop once everything appended so far is durable (None) or was not recorded (the error).

        Register in the same turn of the loop as the append: after a failure that is not fatal the log goes on, and a waiter that
        comes later waits for what was appended since.

        Args:
            callback: called in the step in which that becomes known, in the order of registration.
            undo: if it was not recorded, called before any callback is, and so before anything else can be appended.
        """
        self._commit.when_durable(callback, undo)

    async def wait_durable(self) -> None:
        """Return once everything appended so far is durable; raises what `when_durable` tells."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._commit.when_durable(partial(_resolve, done))
        await done

    def read(self, first: int, limit: int) -> list[Record]:
        """Durable records (index, entry, sealed) from `first` on, at most `limit`, from any thread; what went is passed over.

        Raises:
            CorruptionError: what is on disk is not what was written.
        """
        return self._reader.read(first, limit, self._commit.durable_size)

    def root(self) -> tuple[int, bytes]:
        """The durable size, and the root at it."""
        return self._commit.root()

    async def close(self) -> None:
        """Make everything durable and published, then let go of the log. Nothing that was taken is lost.

        Raises:
            OSError: the disk failed while the log was tidied up; it is let go of all the same.
        """
        if self._closed:
            return
        self._closed = True
        try:
            if self._started:
                await asyncio.gather(self.wait_durable(), return_exceptions=True)
                await self._finish()
        finally:
            os.close(self._lock)

    async def _finish(self) -> None:
        try:
            if self._commit.failed is None:
                await self._publishing.finish()
        finally:
            await asyncio.to_thread(self._stop_threads)

    def _stop_threads(self) -> None:
        with ExitStack() as each_whatever_befalls_the_others:
            each_whatever_befalls_the_others.callback(self._commit.stop)
            each_whatever_befalls_the_others.callback(self._space.stop)
            each_whatever_befalls_the_others.callback(self._publishing.stop)

    def _on_durable(self, entries: list[bytes], row: bytes) -> None:
        self._publishing.remember(entries, row)
        if self._commit.lost:
            self._tell_gap()

    def _tell_gap(self) -> None:
        """Say how many entries were refused, now that there is room."""
        if self._commit.lost and self.available:
            lost = self._commit.lost
            try:
                self._note(Kind.GAP, {"lost": lost})
            except LogUnavailableError:
                self._commit.lost = lost  # it is said when less waits for the disk
                return
            self._commit.lost = 0
            self._commit.when_durable(partial(self._told, lost))

    def _told(self, lost: int, failure: BaseException | None) -> None:
        """The entry that says so is durable; or it found no room either, counts as one more refused, and is said anew."""
        if failure is not None:
            self._commit.lost += lost - 1

    def _note(self, kind: Kind, detail: dict[str, str | int]) -> None:
        """Append an entry of the log's own."""
        now = int(self._clock())
        at = now - now % self._limits.granularity_seconds
        self._commit.append(
            encode_entry(Entry(kind=kind, outcome=Outcome.DONE, at=at, detail=detail)), b"", reserved=True
        )


def _resolve(done: asyncio.Future[None], failure: BaseException | None) -> None:
    if done.done():
        return
    if failure is None:
        done.set_result(None)
    else:
        done.set_exception(failure)
