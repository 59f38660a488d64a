"""When to publish: at intervals while the log grows, and once more at the end. Lives on the event loop's thread.

Size and root are taken together, between two turns of the loop. What has become durable since the last checkpoint is handed
over from memory; after a failure or a long backlog it is read from the WAL instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from audit.errors import FatalLogError
from audit.lane import Lane
from audit.limits import LogLimits
from audit.publisher import Chunk, Publisher
from audit.records import RecordReader
from audit.rows import hash_row
from audit.space import Space, is_no_space

_READ_RECORDS = 8192
_Job = tuple[Iterator[Chunk], int, bytes]


class Publishing:
    """Drives the publisher's thread."""

    def __init__(
        self,
        publisher: Publisher,
        reader: RecordReader,
        space: Space,
        limits: LogLimits,
        *,
        published: int,
        durable: int,
    ) -> None:
        """Go on from a checkpoint of `published` entries in a log of `durable`."""
        self.size = published
        """Entries that the checkpoint covers."""
        self._publisher, self._reader, self._space, self._limits = publisher, reader, space, limits
        self._entries: list[bytes] = []
        self._row = bytearray()
        self._first = durable  # index of the first of them
        self._busy = False
        self._sent = published
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def start(
        self,
        loop: asyncio.AbstractEventLoop,
        root: Callable[[], tuple[int, bytes]],
        on_fault: Callable[[FatalLogError], None],
    ) -> None:
        """Begin; `root` tells size and root at any moment, `on_fault` is told if publishing can never go on."""
        self._loop, self._root, self._on_fault = loop, root, on_fault
        self._lane: Lane[_Job, None] = Lane(
            "volens-log-publisher", lambda job: self._publisher.publish(*job), self._published, loop
        )
        self._publisher.remove_leftovers(self._first)  # if it cannot, there is a lane to be stopped
        self._timer = loop.call_later(self._limits.publish_interval_seconds, self._tick)

    def remember(self, entries: list[bytes], row: bytes) -> None:
        """These have become durable; `row` has their leaf hashes."""
        self._entries += entries
        self._row += row
        if len(self._entries) > self._limits.recent_entries:
            self._first += len(self._entries)
            self._entries, self._row = [], bytearray()

    async def finish(self) -> None:
        """Publish what is left, and stop publishing."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._busy or self._root()[0] > self.size:
            before = self.size
            self._waiter = self._loop.create_future()
            self._publish()
            await self._waiter
            if self.size == before:
                return  # no room or a fault: the WAL has everything, and the next start publishes it

    def stop(self) -> None:
        """End the thread. Not to be called on the loop."""
        self._lane.stop()

    def _tick(self) -> None:
        self._timer = self._loop.call_later(self._limits.publish_interval_seconds, self._tick)
        self._publish()

    def _publish(self) -> None:
        size, root = self._root()
        if self._busy or size == self.size:
            return
        self._busy, self._sent = True, size
        chunks = self._chunks(self.size, self._first, self._entries, self._row)
        self._first, self._entries, self._row = size, [], bytearray()
        self._lane.put((chunks, size, root))

    def _chunks(self, published: int, first: int, entries: list[bytes], row: bytearray) -> Iterator[Chunk]:
        """The entries from `published` on: from the WAL up to `first`, then those in memory. Runs in the publisher's thread."""
        while published < first:
            records = self._reader.read(published, min(_READ_RECORDS, first - published), first)
            found = [entry for _, entry, _ in records]
            yield found, hash_row(found)
            published += len(found)
        yield entries, row

    def _published(self, _: None, failure: Exception | None) -> None:
        self._busy = False
        if failure is None:
            self.size = self._sent
        elif isinstance(failure, OSError) and is_no_space(failure):
            self._space.report_short()
        else:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            fault = FatalLogError("publishing failed: nothing more was signed")
            fault.__cause__ = failure
            self._on_fault(fault)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
