"""What came of checking an export, and the reading of its small files."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from audit import Checkpoint, Finding
from gateway.reporting.faults import Fault
from gateway.reporting.manifest import Manifest
from gateway.reporting.tallies import RangeCounts

SMALL_BYTES = 1 << 20
"""No file beside rows, hashes, reports and the manifest is longer."""


@dataclass(slots=True)
class Verified:
    """What came of checking an export."""

    manifest: Manifest
    """What the export says of itself."""
    index: int | None = None
    """Where the log says so."""
    checkpoint: Checkpoint | None = None
    """The signed one that covers it."""
    findings: list[Finding] = field(default_factory=list)
    """Everything that was found wrong."""
    tallies: list[RangeCounts] = field(default_factory=list)
    """Counts over the range, part by part, where no entry is hidden."""
    root: bytes | None = None
    """Of the log when the export was begun, if the range reaches up to there."""
    is_bounded: bool = False
    """Whether it is shown that nothing of the time asked for lies outside the range, as far as times in the log rise."""
    beside: list[tuple[int, int]] = field(default_factory=list)
    """The entries beside the range that show it: index and time (unix seconds)."""
    hidden: dict[int, bytes] = field(default_factory=dict)
    """Of hidden entries that were asked for, the leaf hashes by index."""

    def find(self, fault: Fault, place: str | int) -> None:
        """Note a finding."""
        self.findings.append(Finding(fault, str(place)))


def read_plain(path: Path, most_bytes: int = SMALL_BYTES) -> bytes | None:
    """A plain file, if it is one and not longer than this."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(most_bytes + 1)
    return data if len(data) <= most_bytes else None
