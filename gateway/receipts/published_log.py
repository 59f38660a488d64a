"""What the published log says of one of its entries: its bytes, and the proof that it is there."""

from __future__ import annotations

import asyncio
from pathlib import Path

from audit import CorruptionError, NoteVerifier, Sequencer, build_proof, entry_at, read_checkpoint
from gateway.errors import UnavailableError

_LOOKS = 40
_LOOK_SECONDS = 0.05
_ATTEMPTS = 3


class PublishedLog:
    """The files that the sequencer publishes."""

    def __init__(self, sequencer: Sequencer, directory: Path) -> None:
        """Read the log in `directory`, which `sequencer` writes."""
        self._sequencer = sequencer
        self._directory = directory

    async def wait_for(self, index: int) -> None:
        """Return once a signed checkpoint covers an entry.

        Raises:
            UnavailableError: none does within two seconds.
        """
        for _ in range(_LOOKS):
            if index < self._sequencer.published_size:
                return
            await asyncio.sleep(_LOOK_SECONDS)
        raise UnavailableError

    def verifier(self) -> NoteVerifier:
        """The log's key, as others are given it."""
        return NoteVerifier.from_vkey((self._directory / "log.vkey").read_text().strip())

    def prove(self, index: int) -> tuple[bytes, bytes]:
        """The entry at a place, and the proof file that it is there. Reads files: not for the event loop.

        Raises:
            CorruptionError: the log's files do not agree.
            ProofError: no checkpoint covers it yet.
        """
        verifier = self.verifier()
        attempt = 1
        while True:
            note = (self._directory / "checkpoint").read_bytes()
            size = read_checkpoint(note, verifier).size
            try:
                return entry_at(index, size, self._read), build_proof(index, note, verifier, self._read)
            except CorruptionError:  # a newer checkpoint may have replaced the partial tiles of this one
                if attempt == _ATTEMPTS:
                    raise
                attempt += 1

    def _read(self, path: str) -> bytes | None:
        try:
            return (self._directory / path).read_bytes()
        except FileNotFoundError:
            return None
