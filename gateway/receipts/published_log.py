"""What the published log says of one of its entries: its bytes, and the proof that it is there.

Where enough witnesses have cosigned a checkpoint that covers the entry, the proof is made against that one, else against the
newest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from audit import (
    CorruptionError,
    NoteError,
    NoteVerifier,
    ProofError,
    Sequencer,
    build_consistency,
    build_proof,
    entry_at,
    open_note,
    parse_checkpoint,
    root_from,
)
from gateway.errors import UnavailableError

_LOOKS = 200
_LOOK_SECONDS = 0.05
_ATTEMPTS = 3

_Found = TypeVar("_Found")


def _no_other() -> bytes | None:
    return None


class PublishedLog:
    """The files that the sequencer publishes."""

    def __init__(
        self,
        sequencer: Sequencer,
        directory: Path,
        *,
        keys: Sequence[NoteVerifier] = (),
        retired: Sequence[NoteVerifier] = (),
        witnessed: Callable[[], bytes | None] = _no_other,
    ) -> None:
        """Read the log in `directory`, which `sequencer` writes.

        Args:
            sequencer: the writer.
            directory: where the log lies.
            keys: further keys that it signs with, while they change.
            retired: those that it signed with before, the newest first.
            witnessed: the newest checkpoint that enough witnesses have cosigned, if there is one.
        """
        self._sequencer = sequencer
        self._directory = directory
        self._keys = tuple(keys)
        self.retired = tuple(retired)
        """Keys that it signed with before, the newest first."""
        self.witnessed = witnessed
        """The newest checkpoint that enough witnesses have cosigned, if there is one."""

    async def wait_for(self, index: int) -> None:
        """Return once a signed checkpoint covers an entry.

        Raises:
            UnavailableError: none does within ten seconds.
        """
        for _ in range(_LOOKS):
            if index < self._sequencer.published_size:
                return
            await asyncio.sleep(_LOOK_SECONDS)
        raise UnavailableError

    def verifier(self) -> NoteVerifier:
        """The log's key, as others are given it."""
        return NoteVerifier.from_vkey((self._directory / "log.vkey").read_text().strip())

    def verifiers(self) -> list[NoteVerifier]:
        """The same first, then those that sign beside it for a while."""
        first = self.verifier()
        return [first, *(each for each in self._keys if each.key_id != first.key_id)]

    def newest(self) -> bytes:
        """The newest signed checkpoint.

        Raises:
            OSError: there is none yet.
        """
        return (self._directory / "checkpoint").read_bytes()

    def size(self) -> int:
        """Entries that the newest checkpoint covers.

        Raises:
            OSError, NoteError: there is none yet.
        """
        return self._size_of(self.newest())

    def prove(self, index: int) -> tuple[bytes, bytes]:
        """The entry at a place, and the proof file that it is there. Reads files: not for the event loop.

        Raises:
            CorruptionError: the log's files do not agree.
            ProofError: no checkpoint covers it yet.
        """
        return self._again(lambda: (self._entry(index), self._proof(index)))

    def prove_place(self, index: int) -> bytes:
        """The proof file alone: whoever has the entry can check it; it says nothing of what the entry says.

        Raises:
            CorruptionError, ProofError: as `prove`.
        """
        return self._again(lambda: self._proof(index))

    def prove_consistency(self, old: int, new: int) -> list[bytes]:
        """The proof that the log of `old` entries is a beginning of that of `new`; nothing is to be proven of an empty one.

        Raises:
            CorruptionError: not so much is published.
        """
        published = self.size()
        if new > published:
            raise CorruptionError("not so much of the log is published")
        if old in (0, new):
            return []
        return self._again(lambda: build_consistency(old, new, published, self._read))

    def root_at(self, size: int) -> bytes:
        """The root over the first `size` entries.

        Raises:
            CorruptionError: not so much is published.
        """
        published = self.size()
        if size > published:
            raise CorruptionError("not so much of the log is published")
        return self._again(lambda: root_from(size, published, self._read))

    def _again(self, look: Callable[[], _Found]) -> _Found:
        attempt = 1
        while True:
            try:
                return look()
            except CorruptionError:  # a newer checkpoint may have replaced the partial tiles of this one
                if attempt == _ATTEMPTS:
                    raise
                attempt += 1

    def _proof(self, index: int) -> bytes:
        note = self.witnessed()
        if note is None or not self._covers(note, index):
            note = self._newest_there_is()
        return build_proof(index, note, self.verifiers(), self._read)

    def _newest_there_is(self) -> bytes:
        try:
            return self.newest()
        except FileNotFoundError:
            raise ProofError("nothing of the log is published yet") from None

    def _entry(self, index: int) -> bytes:
        try:
            return entry_at(index, self._size_of(self._newest_there_is()), self._read)
        except CorruptionError:  # pruned: published no more, and still in the write-ahead log
            for at, entry, _ in self._sequencer.read(index, 1):
                if at == index:
                    return entry
            raise

    def _covers(self, note: bytes, index: int) -> bool:
        try:
            return index < self._size_of(note)
        except NoteError:
            return False

    def _size_of(self, note: bytes) -> int:
        return parse_checkpoint(open_note(note, self.verifiers()).text).size

    def _read(self, path: str) -> bytes | None:
        try:
            return (self._directory / path).read_bytes()
        except FileNotFoundError:
            return None
