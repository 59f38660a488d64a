"""Group commit: what comes in while the disk is busy becomes the next frame, which one sync makes durable.

- Lives on the event loop's thread; an index is known as soon as `append` returns.
- A quick disk is waited for on the loop; a slow one, and the making of a segment, by one other thread. To hand a frame to a
  thread and back costs up to a millisecond while the loop is busy, because each has to wait for the interpreter's lock.
- A frame waits at most a moment for the loop to fall quiet; there is no timer. The hashes are made while the disk works.
- No room: what was waiting is not recorded, its waiters are told, and the log goes on. A failed sync: nothing goes on.
- Waiters are told in the same step in which the sizes change: nobody finds a size whose consequences are still to come.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from time import perf_counter

from audit.edge import Edge
from audit.entry import MAX_ENTRY_BYTES
from audit.errors import AuditError, EntryError, FatalLogError, LogUnavailableError
from audit.lane import Lane
from audit.limits import LogLimits
from audit.rows import hash_body
from audit.space import Space
from audit.wal import WalWriter

Callback = Callable[[BaseException | None], None]
Undo = Callable[[], None]
OnDurable = Callable[[list[bytes], bytes], None]
"""Called with the entries that have just become durable, and the row of their leaf hashes."""

_Job = tuple[int, int, bytes]
"""Number of records, generation, body of a frame."""

_OVERHEAD = 6
"""Bytes of the two lengths of a record."""
_PIECES = 4
"""Pieces of a record in the waiting list: length, entry, length, sealed part."""


class GroupCommit:
    """Places, frames and waiters."""

    def __init__(self, wal: WalWriter, space: Space, limits: LogLimits, edge: Edge, generation: int) -> None:
        """Go on behind `edge`."""
        self.size = edge.size
        """Entries that have a place, durable or not."""
        self.durable_size = edge.size
        """Entries that a crash cannot take away."""
        self.generation = generation
        """Stamped into each frame."""
        self.failed: FatalLogError | None = None
        """Why it stopped for ever."""
        self.lost = 0
        """Entries refused since the last time somebody asked and set it back."""
        self._wal, self._space, self._limits = wal, space, limits
        self._edge = self._settled = edge
        self._loop: asyncio.AbstractEventLoop | None = None
        self._on_durable: OnDurable = lambda _entries, _row: None
        self._parts: list[bytes] = []
        self._waiting_bytes = 0
        self._waiters: deque[tuple[int, Callback, Undo | None]] = deque()
        self._group: tuple[list[bytes], bytes] = ([], b"")
        self._armed = self._busy = False
        self._seen = 0
        self._first_at = self._sent_at = 0.0
        self._sync_seconds = limits.drain_seconds
        self._waited_seconds = 0.0
        self._by_thread_until = 0.0 if limits.quick_sync_seconds else float("inf")

    def start(self, loop: asyncio.AbstractEventLoop, on_durable: OnDurable) -> None:
        """Begin to take entries on this loop."""
        self._loop, self._on_durable = loop, on_durable
        self._lane: Lane[_Job, None] = Lane(
            "volens-log-wal", lambda job: self._wal.write(*job), self._written, loop
        )

    def stop(self) -> None:
        """End the thread and close the segment; nothing may be waiting. Not to be called on the loop."""
        self._lane.stop()
        if self.failed is None:
            self._wal.close()
        else:
            self._wal.abandon()

    def append(self, entry: bytes, sealed: bytes, *, reserved: bool) -> int:
        """See `Sequencer.append`."""
        length, rest = len(entry), len(sealed)
        if not 0 < length <= MAX_ENTRY_BYTES or rest > self._limits.sealed_bytes:
            raise EntryError("an entry or its sealed part is empty or too long")
        self._admit(1, reserved=reserved)
        self._parts += (length.to_bytes(2, "big"), entry, rest.to_bytes(4, "big"), sealed)
        self._waiting_bytes += length + rest + _OVERHEAD
        index = self.size
        self.size = index + 1
        if not self._armed:
            self._arm()
        return index

    def append_many(self, entries: list[bytes], sealed: list[bytes], *, reserved: bool) -> int:
        """See `Sequencer.append_many`."""
        n = len(entries)
        lengths, rests = list(map(len, entries)), list(map(len, sealed))
        if n != len(rests) or (
            n
            and (not min(lengths) or max(lengths) > MAX_ENTRY_BYTES or max(rests) > self._limits.sealed_bytes)
        ):
            raise EntryError("an entry or its sealed part is empty or too long, or one is missing")
        self._admit(n, reserved=reserved)
        parts = self._parts
        for entry, length, half, rest in zip(entries, lengths, sealed, rests, strict=True):
            parts += (length.to_bytes(2, "big"), entry, rest.to_bytes(4, "big"), half)
        self._waiting_bytes += sum(lengths) + sum(rests) + _OVERHEAD * n
        index = self.size
        self.size = index + n
        if n and not self._armed:
            self._arm()
        return index

    def when_durable(self, callback: Callback, undo: Undo | None = None) -> None:
        """See `Sequencer.when_durable`."""
        if self._loop is None:
            raise LogUnavailableError("the log has not been started")
        if self.failed is not None or self.size == self.durable_size:
            self._loop.call_soon(callback, self.failed)
        else:
            self._waiters.append((self.size, callback, undo))

    def root(self) -> tuple[int, bytes]:
        """The durable size, and the root at it."""
        return self.durable_size, (self._settled if self._busy else self._edge).root()

    def fail(self, failure: FatalLogError) -> None:
        """Stop for ever."""
        if self.failed is None:
            self.failed = failure
            self._forget_waiting(failure)

    def _admit(self, n: int, *, reserved: bool) -> None:
        """Refuse what cannot be taken now, and count it."""
        if self.failed is not None:
            raise FatalLogError("the log has stopped") from self.failed
        if self._loop is None:
            raise LogUnavailableError("the log has not been started")
        share = 2 if reserved else 1
        limits = self._limits
        if (
            self.size - self.durable_size + n > share * limits.backlog_entries
            or self._waiting_bytes > share * limits.backlog_bytes
        ):
            self.lost += n
            raise LogUnavailableError("too much is waiting for the disk")
        if self._space.short and not reserved:
            self.lost += n
            raise LogUnavailableError("there is no room on the disk")

    def _arm(self) -> None:
        assert self._loop is not None
        self._armed = True
        self._seen = 0
        self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        """Hand the next frame to the disk, once no more entries come in or a moment has passed."""
        assert self._loop is not None
        count = len(self._parts) // _PIECES
        if self._busy or not count or self.failed is not None:
            self._armed = False
            return
        now = self._loop.time()
        if not self._seen:
            self._first_at = now
        if count != self._seen and now - self._first_at < min(self._sync_seconds, self._limits.drain_seconds):
            self._seen = count
            self._loop.call_soon(self._flush)
            return
        self._armed, self._busy, self._sent_at = False, True, now
        group = self._take_group(count)
        body = b"".join(group)
        self._waiting_bytes -= len(body)
        job = (len(group) // _PIECES, self.generation, body)
        here = now >= self._by_thread_until and self._wal.has_room(len(body))
        if not here:
            self._lane.put(job)  # the disk works while the hashes are made
        try:
            self._hash(body, group[1::_PIECES])
        except BaseException:
            self.fail(FatalLogError("a frame could not be hashed"))
            raise
        if here:
            self._write_here(job)

    def _hash(self, body: bytes, entries: list[bytes]) -> None:
        """Let the edge cover the entries of the frame that is being written."""
        row = hash_body(body, entries)
        self._settled = self._edge.copy()
        self._edge.extend_row(row)
        self._group = (entries, row)

    def _write_here(self, job: _Job) -> None:
        """Write a frame without the thread, and notice if the disk is not quick any more."""
        assert self._loop is not None
        began = perf_counter()
        # As in a lane: whatever else goes wrong must not leave anybody waiting.
        failure: Exception | None = FatalLogError("writing a frame ended by a defect")
        try:
            self._wal.write(*job)
            failure = None
        except (OSError, AuditError) as exc:
            failure = exc
        finally:
            self._waited_seconds += (perf_counter() - began - self._waited_seconds) / 16
            if self._waited_seconds > self._limits.quick_sync_seconds:
                self._waited_seconds = 0.0
                self._by_thread_until = self._loop.time() + self._limits.slow_disk_seconds
            self._written(None, failure)

    def _take_group(self, count: int) -> list[bytes]:
        """As much of what waits as one frame may hold."""
        parts, limits = self._parts, self._limits
        if count <= limits.group_entries and self._waiting_bytes <= limits.group_bytes:
            self._parts = []
            return parts
        taken = filled = 0
        while taken < min(count, limits.group_entries) and filled < limits.group_bytes:
            filled += len(parts[taken * _PIECES + 1]) + len(parts[taken * _PIECES + 3]) + _OVERHEAD
            taken += 1
        self._parts = parts[taken * _PIECES :]
        return parts[: taken * _PIECES]

    def _written(self, _: None, failure: Exception | None) -> None:
        """The disk is done with a frame."""
        assert self._loop is not None
        self._busy = False
        if self.failed is not None:
            return
        if isinstance(failure, LogUnavailableError) and not isinstance(failure, FatalLogError):
            self._edge = self._settled
            self._forget_waiting(failure)
            return
        if failure is not None:
            self.fail(
                failure if isinstance(failure, FatalLogError) else FatalLogError("the log's disk failed")
            )
            return
        self._sync_seconds += ((self._loop.time() - self._sent_at) - self._sync_seconds) / 8
        entries, row = self._group
        self.durable_size += len(entries)
        self._group = ([], b"")
        reached = []
        while self._waiters and self._waiters[0][0] <= self.durable_size:
            reached.append(self._waiters.popleft()[1])
        for callback in reached:
            self._tell(callback, None)
        if self._parts and not self._armed:
            self._arm()
        self._on_durable(entries, row)

    def _forget_waiting(self, failure: LogUnavailableError) -> None:
        """Nothing that waits is recorded: give its places back and undo what went with them, then say so."""
        self.lost += self.size - self.durable_size
        self.size = self.durable_size
        self._parts = []
        self._waiting_bytes = 0
        waiters, self._waiters = self._waiters, deque()
        for _, _, undo in waiters:
            if undo is not None:
                undo()
        for _, callback, _ in waiters:
            self._tell(callback, failure)

    def _tell(self, callback: Callback, failure: BaseException | None) -> None:
        """Call back; a failure there concerns nobody else, and the loop's handler hears of it."""
        assert self._loop is not None
        try:
            callback(failure)
        except Exception as defect:  # noqa: BLE001 - as the loop does with what it calls itself
            self._loop.call_exception_handler({"message": "a waiter of the log failed", "exception": defect})
