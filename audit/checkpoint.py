"""The checkpoint: origin, size and root of the log, signed. No timestamp, no extension lines.

Source: c2sp.org/tlog-checkpoint v1.0.0.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from audit.errors import NoteError
from audit.merkle import EMPTY_ROOT, HASH_BYTES
from audit.note import NoteVerifier, open_note
from audit.signer import CheckpointSigner

MAX_SIZE = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log at one size."""

    origin: str
    """Which log: its name, the same as that of its key."""
    size: int
    """How many entries."""
    root: bytes
    """The root over them, 32 bytes."""

    def text(self) -> str:
        """What is signed: three lines."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode('ascii')}\n"


def sign_checkpoint(checkpoint: Checkpoint, signer: CheckpointSigner) -> bytes:
    """The signed checkpoint; every signature is checked again before it is given out."""
    data = signer.sign(checkpoint.text())
    if any(read_checkpoint(data, key) != checkpoint for key in signer.verifiers):
        raise NoteError("our own signature does not verify")
    return data


def read_checkpoint(data: bytes, verifier: NoteVerifier | Sequence[NoteVerifier]) -> Checkpoint:
    """Parse and verify a checkpoint of the log whose key this is; of several, while they change, one is enough.

    Raises:
        NoteError: malformed, another log's, or not signed by this key.
    """
    keys = [verifier] if isinstance(verifier, NoteVerifier) else list(verifier)
    checkpoint = parse_checkpoint(open_note(data, keys).text)
    if any(checkpoint.origin != key.name for key in keys):
        raise NoteError("the checkpoint is of another log")
    return checkpoint


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the three lines; the text must be exactly what `Checkpoint.text` writes.

    Raises:
        NoteError: malformed.
    """
    lines = text.split("\n")
    if (
        len(lines) != 4
        or not lines[0]
        or not lines[1].isascii()
        or not lines[1].isdecimal()
        or len(lines[1]) > 19
    ):
        raise NoteError("malformed checkpoint")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except ValueError as exc:
        raise NoteError("malformed checkpoint") from exc
    checkpoint = Checkpoint(lines[0], int(lines[1]), root)
    if len(root) != HASH_BYTES or checkpoint.text() != text or checkpoint.size > MAX_SIZE:
        raise NoteError("malformed checkpoint")
    if checkpoint.size == 0 and root != EMPTY_ROOT:
        raise NoteError("an empty log has one root only")
    return checkpoint
