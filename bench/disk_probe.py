"""The disk by itself while something else is measured on it: a small write and its sync, some fifty times a second.

A virtual disk may stop for a tenth of a second or more, whatever is asked of it. What waits for a durable write waits with it, so a
measurement says when that happened. Uses a thread of this process, and a file of its own beside what is measured.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

STOPPED = 0.010
"""Seconds from which on a write counts as a stop of the disk."""

_EVERY = 0.020
_BYTES = 1_000
_LENGTH = 1 << 22

Span = tuple[float, float]
"""Begin and end, in seconds of `perf_counter`."""


@contextmanager
def watching(directory: Path) -> Iterator[list[Span]]:
    """The writes made until the block ends, oldest first: from when each began to when it was durable."""
    found: list[Span] = []
    ended = threading.Event()
    path = directory / "disk-probe"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.pwrite(descriptor, bytes(_LENGTH), 0)
        os.fsync(descriptor)
        thread = threading.Thread(target=_write, args=(descriptor, ended, found), name="disk-probe")
        thread.start()
        try:
            yield found
        finally:
            ended.set()
            thread.join()
    finally:
        os.close(descriptor)
        path.unlink()


def stops(writes: list[Span]) -> list[Span]:
    """Those that took so long that the disk had stopped."""
    return [(began, ended) for began, ended in writes if ended - began >= STOPPED]


def touched(span: Span, spans: list[Span]) -> bool:
    """Whether a span has a moment in common with one of the others."""
    return any(began <= span[1] and span[0] <= ended for began, ended in spans)


def _write(descriptor: int, ended: threading.Event, found: list[Span]) -> None:
    offset = 0
    while not ended.wait(_EVERY):
        began = perf_counter()
        os.pwrite(descriptor, bytes(_BYTES), offset)
        os.fdatasync(descriptor)
        found.append((began, perf_counter()))
        offset = (offset + _BYTES) % (_LENGTH - _BYTES)
