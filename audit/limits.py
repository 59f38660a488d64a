"""Every bound of the log, in one place: there is no unlimited anything."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class LogLimits:
    """How much the log takes, keeps and does at a time."""

    segment_bytes: int = 64 * MEBIBYTE
    """Size of a WAL segment; the next one is written with zeros beforehand, in the background."""
    group_entries: int = 4096
    """Most entries in one frame, which one sync makes durable."""
    group_bytes: int = MEBIBYTE
    """Bytes at which a frame is closed (the last record may go beyond)."""
    backlog_entries: int = 200_000
    """Entries that may wait for the disk; beyond it ordinary appends are refused."""
    backlog_bytes: int = 256 * MEBIBYTE
    """Bytes that may wait for the disk."""
    sealed_bytes: int = MEBIBYTE
    """Longest sealed part of one record."""
    drain_seconds: float = 0.001
    """Longest time a frame waits for the loop to fall quiet, so that more entries share one sync."""
    quick_sync_seconds: float = 0.001
    """While the disk makes frames durable in less on average, the loop waits for it: a thread costs more. 0: never."""
    slow_disk_seconds: float = 1.0
    """When the disk was not quick, frames are written by the thread for so long before the loop tries again."""
    publish_interval_seconds: float = 1.0
    """Time between checkpoints, while the log grows."""
    recent_entries: int = 262_144
    """Entries kept in memory until they are published; beyond it the publisher reads them from the WAL."""
    reserve_bytes: int = 8 * MEBIBYTE
    """Space held back for withdrawals and erasures when the disk is full."""
    probe_interval_seconds: float = 1.0
    """Time between looks whether a full disk has room again."""
    granularity_seconds: int = 60
    """Times in the log's own entries are rounded down to this."""
    indexed_segments: int = 256
    """Segments whose place index is kept in memory for random reads."""
