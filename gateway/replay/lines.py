"""Lines of a text file, plain or gzipped, with their numbers.

- The compression is recognised by its first bytes, not by the file's name.
- A line is bounded; a longer one becomes a fault and reading goes on behind it.
- Damaged compressed data ends the file with a fault; what was read before it counts.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from gateway.replay.errors import RecordingError
from gateway.replay.model import Fault

MAX_LINE_BYTES = 4 * 1024 * 1024
"""A longer line is a fault."""

_STEP_BYTES = 4096

GZIP_MAGIC = b"\x1f\x8b"

_DAMAGE = (EOFError, zlib.error, gzip.BadGzipFile)


def numbered_lines(path: Path) -> Iterator[tuple[int, bytes | Fault]]:
    """Yield every line's number (from 1) and its bytes without the line end, or what is wrong with it.

    Raises:
        RecordingError: the file cannot be opened or read.
    """
    number = 0
    try:
        with open_binary(path) as stream:
            while True:
                number += 1
                line = _next_line(stream)
                if line is None:
                    return
                yield number, line
    except _DAMAGE:
        yield number, Fault.ENDS_EARLY
    except OSError as exc:
        raise RecordingError("the file cannot be read") from exc


def first_bytes(path: Path, count: int) -> bytes:
    """The first `count` bytes of the content, decompressed; fewer if there are no more.

    Raises:
        RecordingError: the file cannot be opened, or its compressed data is damaged from the start.
    """
    found = b""
    try:
        with open_binary(path) as stream:
            while len(found) < count and (more := stream.read(min(_STEP_BYTES, count - len(found)))):
                found += more
    except _DAMAGE as exc:
        if not found:
            raise RecordingError("the file's compressed data is damaged") from exc
    except OSError as exc:
        raise RecordingError("the file cannot be read") from exc
    return found


def open_binary(path: Path) -> BinaryIO | gzip.GzipFile:
    """Open for reading; gzip is undone."""
    with path.open("rb") as probe:
        magic = probe.read(len(GZIP_MAGIC))
    return gzip.open(path, "rb") if magic == GZIP_MAGIC else path.open("rb")


def _next_line(stream: BinaryIO | gzip.GzipFile) -> bytes | Fault | None:
    line = stream.readline(MAX_LINE_BYTES + 1)
    if not line:
        return None
    if len(line) <= MAX_LINE_BYTES or line.endswith(b"\n"):
        return line.rstrip(b"\r\n")
    while line and not line.endswith(b"\n"):
        line = stream.readline(MAX_LINE_BYTES)
    return Fault.TOO_LONG
