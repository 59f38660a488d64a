"""Who signs checkpoints: a port, so that the key may lie in a file, or where it cannot be copied from.

Contract of `CheckpointSigner`:
    Name: one, the log's origin, for all of its keys.
    Signing: `sign` gives a whole note, signed with every key of `verifiers`; it may block: the publisher's thread calls it.
    Errors: any exception; nothing is published then, and the log stops. What was signed is verified first.
    Order: `verifiers[0]` is the key in use (`verifier`); the others sign beside it while readers change over.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from audit.errors import NoteError
from audit.note import NoteSigner, NoteVerifier


class CheckpointSigner(Protocol):
    """Signs as a log; the contract is that of this module."""

    @property
    def name(self) -> str:
        """The origin of the log."""

    @property
    def verifier(self) -> NoteVerifier:
        """The key in use."""

    @property
    def verifiers(self) -> Sequence[NoteVerifier]:
        """Every key that signs, the one in use first."""

    def sign(self, text: str) -> bytes:
        """The note over `text`."""


class OverlappingSigner:
    """Two keys of one log: whoever knows either of them believes what is signed. For the time between two keys."""

    def __init__(self, current: NoteSigner, former: NoteSigner) -> None:
        """Sign with `current`, and with `former` beside it.

        Raises:
            NoteError: they are of two logs, or the same.
        """
        if current.name != former.name or current.verifier.key_id == former.verifier.key_id:
            raise NoteError("two keys of one log sign beside one another")
        self._current, self._former = current, former

    @property
    def name(self) -> str:
        """The origin of the log."""
        return self._current.name

    @property
    def verifier(self) -> NoteVerifier:
        """The key in use."""
        return self._current.verifier

    @property
    def verifiers(self) -> Sequence[NoteVerifier]:
        """The verifiers of both keys."""
        return (self._current.verifier, self._former.verifier)

    def sign(self, text: str) -> bytes:
        """The note over `text`, with two signatures."""
        return self._current.sign(text) + self._former.sign(text).removeprefix(text.encode() + b"\n")
