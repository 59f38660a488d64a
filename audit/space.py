"""Room on the disk: the next segment ready beforehand, and a reserve for what must not fail when the disk is full.

- A segment is written with zeros in the background, so that a frame never waits for it; if it is not ready in time, the space is
  only allocated, which is quick.
- While there is no room (`short`), the log refuses ordinary entries. Withdrawals and erasures go on: first in what is left of the
  segment, then in the reserve. Half of it is made a segment in place, because space that was freed first might go to others.
- It looks again at intervals; once there is room for reserve and segment, ordinary entries are taken again.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from threading import Event, Lock, Thread

from audit.disk import Disk
from audit.layout import PREPARED, RESERVE, SCRATCH, WAL
from audit.limits import MEBIBYTE, LogLimits

NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EMFILE, errno.ENFILE})
"""What the system says when there is no room: on the disk, or for one more open file."""
_CHUNK = bytes(MEBIBYTE)


def is_no_space(error: OSError) -> bool:
    """Whether it only means that there is no room."""
    return error.errno in NO_SPACE


class Space:
    """Keeps one segment and the reserve ready, in a thread of its own."""

    def __init__(self, directory: Path, disk: Disk, limits: LogLimits) -> None:
        """Care for the log in `directory`."""
        self.short = False
        """Whether there is no room at the moment. Set by any thread, cleared by this one's."""
        self._directory = directory
        self._disk = disk
        self._limits = limits
        self._prepared = directory / WAL / PREPARED
        self._reserve = directory / RESERVE
        self._lock = Lock()  # guards the two names above
        self._wake = Event()
        self._stopping = False
        self._thread: Thread | None = None
        self._on_relief: Callable[[], object] = lambda: None
        self._on_fault: Callable[[], object] = lambda: None

    def start(self, on_relief: Callable[[], object], on_fault: Callable[[], object]) -> None:
        """Begin; the callbacks are called in this thread: there is room again, or the disk fails."""
        self._on_relief, self._on_fault = on_relief, on_fault
        self._thread = Thread(target=self._run, name="volens-log-space", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End, and remove the segment that was never used."""
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        if self._prepared.exists():
            self._disk.unlink(self._prepared)

    def report_short(self) -> None:
        """Somebody else found no room."""
        self.short = True
        self._wake.set()

    def open_segment(self, path: Path, frame_bytes: int) -> tuple[int, int]:
        """A new segment at `path`, durably named, with room for a frame of `frame_bytes`: its descriptor and size.

        Raises:
            OSError: no room even in the reserve, or the disk fails.
        """
        size = max(self._limits.segment_bytes, frame_bytes)
        with self._lock:
            if size == self._limits.segment_bytes and self._prepared.exists():
                return self._take_prepared(path), size
            try:
                descriptor = self._allocate(path, size)
            except OSError as exc:
                if not is_no_space(exc):
                    raise
                self.short = True
                size = max(self._limits.reserve_bytes // 2, frame_bytes)
                descriptor = self._turn_reserve(path, size)
        try:
            self._disk.sync_directory(path.parent)
        except OSError:
            self._discard(descriptor, path)
            raise
        self._wake.set()
        return descriptor, size

    def release_reserve(self) -> bool:
        """Give up the reserve; whether there was one."""
        self.short = True
        with self._lock:
            return self._drop_reserve()

    def _take_prepared(self, path: Path) -> int:
        self._disk.rename(self._prepared, path)
        descriptor = -1
        try:
            descriptor = self._disk.open(path)
            self._disk.sync_directory(path.parent)
        except OSError:
            if descriptor >= 0:
                self._disk.close(descriptor)
            self._disk.rename(path, self._prepared)
            raise
        self._wake.set()
        return descriptor

    def _turn_reserve(self, path: Path, size: int) -> int:
        """Make a segment of the reserve; where it is too small for that, give it up and try as without one.

        Raises:
            OSError: as `_allocate`; nothing has the name.
        """
        if size > self._limits.reserve_bytes or not self._reserve.exists() or not self._rename_reserve(path):
            self._drop_reserve()
            return self._allocate(path, size)
        try:
            descriptor = self._disk.open(path)
        except OSError:
            self._disk.rename(path, self._reserve)
            raise
        try:
            self._disk.cut(descriptor, size)  # the rest is for names, and for what is written beside the log
            self._disk.sync(descriptor)
            self._disk.sync_directory(self._directory)
        except OSError:
            self._discard(descriptor, path)
            raise
        self._wake.set()
        return descriptor

    def _rename_reserve(self, path: Path) -> bool:
        """Whether there was room for its new name: a directory may have to grow for one."""
        try:
            self._disk.rename(self._reserve, path)
        except OSError as exc:
            if not is_no_space(exc):
                raise
            return False
        return True

    def _drop_reserve(self) -> bool:
        self._wake.set()
        if not self._reserve.exists():
            return False
        self._disk.unlink(self._reserve)
        self._disk.sync_directory(self._directory)
        return True

    def _allocate(self, path: Path, size: int) -> int:
        descriptor = self._disk.create(path)
        try:
            self._disk.allocate(descriptor, size)
            self._disk.sync(descriptor)
        except OSError:
            self._discard(descriptor, path)
            raise
        return descriptor

    def _discard(self, descriptor: int, path: Path) -> None:
        """Let go of a segment that could not be finished: the next try is to find its name free."""
        self._disk.close(descriptor)
        self._disk.unlink(path)

    def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                self._look()
            except OSError as exc:
                if not is_no_space(exc):
                    self._on_fault()
                    return
                self.short = True
            self._wake.wait(self._limits.probe_interval_seconds if self.short else None)

    def _look(self) -> None:
        """Make reserve and segment if they are missing; after a shortage see whether more than them fits."""
        if self.short:
            self._make(self._directory / SCRATCH / "probe", None, MEBIBYTE)
        if not self._reserve.exists():
            self._make(self._directory / SCRATCH / RESERVE, self._reserve, self._limits.reserve_bytes)
        if not self._prepared.exists():
            self._make(self._directory / SCRATCH / PREPARED, self._prepared, self._limits.segment_bytes)
        if self.short and not self._stopping:
            self.short = False
            self._on_relief()

    def _make(self, scratch: Path, target: Path | None, size: int) -> None:
        """Write `size` zeros and give them their name; without a target only see whether they fit."""
        if scratch.exists():
            self._disk.unlink(scratch)
        descriptor = self._disk.create(scratch)
        try:
            for offset in range(0, size, len(_CHUNK)):
                if self._stopping:
                    break
                self._disk.write(descriptor, _CHUNK[: size - offset], offset)
                self._disk.sync(descriptor)
        except OSError:
            self._disk.unlink(scratch)
            raise
        finally:
            self._disk.close(descriptor)
        if target is None or self._stopping:
            self._disk.unlink(scratch)
            return
        with self._lock:
            self._disk.rename(scratch, target)
            self._disk.sync_directory(target.parent)


def discard_prepared(disk: Disk, directory: Path, limits: LogLimits) -> None:
    """Remove a prepared segment of another size than is wanted now, and a reserve likewise."""
    for path, size in (
        (directory / WAL / PREPARED, limits.segment_bytes),
        (directory / RESERVE, limits.reserve_bytes),
    ):
        if path.exists() and path.stat().st_size != size:
            disk.unlink(path)
