"""How the log is, at this moment: its sizes, its last checkpoint, and whether somebody else has seen it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from audit import Sequencer

Cosigned: TypeAlias = Callable[[], tuple[int, int] | None]
"""How many of the published entries a quorum of witnesses has cosigned, of how many; None where no witness is configured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogHealth:
    """What an officer should know of the log."""

    takes_entries: bool
    """Whether it takes ordinary entries now."""
    size: int
    """Entries that a crash cannot take away."""
    published: int
    """Entries that the checkpoint covers."""
    checkpoint_at: int | None
    """When the checkpoint was written (unix seconds); None before the first."""
    origin: str
    """The log's name."""
    cosigned_percent: float | None
    """How much of what is published others have cosigned; None where no witness is configured."""

    @property
    def behind(self) -> int:
        """Entries that no checkpoint covers yet."""
        return self.size - self.published


def look_at(sequencer: Sequencer, directory: Path, origin: str, cosigned: Cosigned) -> LogHealth:
    """How the log in `directory` is."""
    found = cosigned()
    return LogHealth(
        takes_entries=sequencer.available,
        size=sequencer.durable_size,
        published=sequencer.published_size,
        checkpoint_at=_written_at(directory / "checkpoint"),
        origin=origin,
        cosigned_percent=None if found is None else 100.0 * found[0] / max(1, found[1]),
    )


def _written_at(path: Path) -> int | None:
    try:
        return int(path.stat().st_mtime)
    except OSError:
        return None
