"""The proof file: one text that ties an entry to a signed checkpoint, checked offline by anybody.

Binding, in this order: entry bytes -> leaf hash -> root in the checkpoint -> signature of the log. A verifier that skips one
of the steps proves nothing, so there is one function that does them all.

Source: c2sp.org/tlog-proof.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from audit.checkpoint import Checkpoint, read_checkpoint
from audit.errors import CorruptionError, NoteError, ProofError
from audit.merkle import HASH_BYTES, hash_leaf, prove_consistency, prove_inclusion, verify_inclusion
from audit.note import NoteVerifier
from audit.tiles import TILE_WIDTH, ReadFile, Tile, decode_bundle, subtree_from

_TITLE = "c2sp.org/tlog-proof@v1"
_INDEX = "index "
_EXTRA = "extra "
MAX_PROOF_BYTES = 131_072
MAX_PROOF_HASHES = 63


@dataclass(frozen=True, slots=True)
class Proof:
    """What a proof file says."""

    index: int
    """Place of the entry."""
    hashes: tuple[bytes, ...]
    """The inclusion proof, from the leaf's sibling up."""
    note: bytes
    """The signed checkpoint, byte for byte."""
    extra: bytes | None = None
    """Opaque bytes that nothing authenticates."""

    def text(self) -> bytes:
        """The proof as a file."""
        lines = [_TITLE]
        if self.extra is not None:
            lines.append(_EXTRA + base64.b64encode(self.extra).decode("ascii"))
        lines.append(f"{_INDEX}{self.index}")
        lines += [base64.b64encode(part).decode("ascii") for part in self.hashes]
        return ("\n".join(lines) + "\n\n").encode("ascii") + self.note


def build_proof(
    index: int,
    note: bytes,
    verifier: NoteVerifier | Sequence[NoteVerifier],
    read: ReadFile,
    extra: bytes | None = None,
) -> bytes:
    """The proof that entry `index` is in the log of this signed checkpoint, out of the log's tiles.

    Raises:
        ProofError: the checkpoint does not cover the index.
        NoteError: the checkpoint is not this log's.
        CorruptionError: a tile is missing or has the wrong length.
    """
    checkpoint = read_checkpoint(note, verifier)
    if not 0 <= index < checkpoint.size:
        raise ProofError("the checkpoint does not cover this entry yet")
    hashes = prove_inclusion(index, checkpoint.size, subtree_from(checkpoint.size, read))
    return Proof(index, tuple(hashes), note, extra).text()


def entry_at(index: int, size: int, read: ReadFile) -> bytes:
    """The entry at `index`, out of the bundles of a log of `size` entries.

    Raises:
        CorruptionError: its bundle is missing or too short.
    """
    number, at = divmod(index, TILE_WIDTH)
    bundle = Tile(None, number, min(TILE_WIDTH, size - number * TILE_WIDTH))
    data = read(bundle.path)
    if data is None:
        data = read(Tile(None, number).path)  # it became full meanwhile
    entries = [] if data is None else decode_bundle(data)
    if at >= len(entries):
        raise CorruptionError("a bundle is missing or too short", place=bundle.path)
    return entries[at]


def build_consistency(old: int, new: int, published: int, read: ReadFile) -> list[bytes]:
    """The proof that the log of `old` entries is a prefix of that of `new`, out of the tiles of one of `published`, or more.

    Any two sizes will do, whether they were ever signed or not.

    Raises:
        CorruptionError: a tile is missing or has the wrong length.
    """
    return prove_consistency(old, new, subtree_from(published, read))


def verify_proof(
    data: bytes, entry: bytes, verifier: NoteVerifier | Sequence[NoteVerifier]
) -> tuple[int, Checkpoint]:
    """Check everything that a proof file claims of `entry`; of several keys of the log, one must have signed.

    Returns:
        The entry's index, and the checkpoint that covers it.

    Raises:
        ProofError: malformed, or it does not prove it.
    """
    proof = read_proof(data)
    try:
        checkpoint = read_checkpoint(proof.note, verifier)
    except NoteError as exc:
        raise ProofError("the checkpoint in the proof is not signed by this log") from exc
    if not verify_inclusion(hash_leaf(entry), proof.index, checkpoint.size, proof.hashes, checkpoint.root):
        raise ProofError("the entry is not at this place of the signed tree")
    return proof.index, checkpoint


def read_proof(data: bytes) -> Proof:
    """Parse a proof file; nothing is verified.

    Raises:
        ProofError: malformed, or not in its one spelling.
    """
    head, separator, note = data.partition(b"\n\n")
    if len(data) > MAX_PROOF_BYTES or not separator:
        raise ProofError("not a proof file")
    try:
        proof = _parse(head.decode("ascii").split("\n"), note)
    except ValueError as exc:
        raise ProofError("not a proof file") from exc
    if proof.text() != data:
        raise ProofError("not a proof file in its one spelling")
    return proof


def _parse(lines: list[str], note: bytes) -> Proof:
    if lines[0] != _TITLE or len(lines) < 2:
        raise ProofError("not a proof file")
    extra = None
    rest = lines[1:]
    if rest[0].startswith(_EXTRA):
        extra = base64.b64decode(rest.pop(0).removeprefix(_EXTRA), validate=True)
    if not rest or not rest[0].startswith(_INDEX):
        raise ProofError("a proof file names an index")
    number = rest.pop(0).removeprefix(_INDEX)
    hashes = tuple(base64.b64decode(line, validate=True) for line in rest)
    if not number.isdecimal() or len(number) > 19 or len(hashes) > MAX_PROOF_HASHES:
        raise ProofError("not a proof file")
    if any(len(part) != HASH_BYTES for part in hashes):
        raise ProofError("a proof consists of hashes")
    return Proof(int(number), hashes, note, extra)
