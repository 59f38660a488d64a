"""The newest checkpoint that enough witnesses have cosigned, in a file of its own: what proofs are made against."""

from __future__ import annotations

from pathlib import Path

from audit import NoteError, TrustPolicy, read_witnessed
from gateway.durable_files import replace_file

_FILE = "checkpoint"
_MAX_BYTES = 65_536


class WitnessedFile:
    """The file. Written by one thread at a time, read from any."""

    def __init__(self, directory: Path, policy: TrustPolicy) -> None:
        """Keep it in `directory`, which is made when there is something to keep; `policy` says what counts as enough."""
        self._directory = directory
        self._policy = policy
        self._note: bytes | None = None
        self.size = 0
        """Entries that it covers; 0 without one."""
        self._load()

    def note(self) -> bytes | None:
        """The checkpoint with its cosignatures; None if there is none yet."""
        return self._note

    def keep(self, note: bytes) -> None:
        """Replace it by one that was checked and is larger. Durable on return.

        Raises:
            OSError: it could not be written; the one before stays.
        """
        seen = read_witnessed(note, self._policy)
        if not seen.is_enough or seen.checkpoint.size < self.size:
            return
        self._directory.mkdir(0o700, parents=True, exist_ok=True)
        replace_file(self._directory / _FILE, note)
        self._note, self.size = note, seen.checkpoint.size

    def _load(self) -> None:
        """Take up what was kept; what no longer holds (another policy, a key that went) is asked for anew."""
        try:
            note = (self._directory / _FILE).read_bytes()[:_MAX_BYTES]
            seen = read_witnessed(note, self._policy)
        except (OSError, NoteError):
            return
        if seen.is_enough:
            self._note, self.size = note, seen.checkpoint.size
