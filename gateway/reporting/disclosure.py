"""Answering a challenge: hidden entries of an export, shown one by one, each with its proof.

Whoever was handed an export may ask for any entry that it hides, or for any outside its range. What they are given stands by
itself (entry -> leaf -> root -> signature) and is held to the export: at that place it must have the hash that was handed out,
and it must be one that the question does not select. (Where the question is for one person, only their key tells that.)
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import msgspec

from audit import (
    AuditError,
    Checkpoint,
    NoteVerifier,
    ProofError,
    build_proof,
    entry_at,
    hash_leaf,
    read_announced,
    read_checkpoint,
    reader_of,
    verify_proof,
)
from gateway.reporting.entry_frame import entry_frame
from gateway.reporting.errors import NoSuchRangeError, NotAnExportError
from gateway.reporting.faults import Fault
from gateway.reporting.manifest import KEY
from gateway.reporting.verified import Verified

FORMAT = "volens-disclosure/v1"
MAX_DISCLOSED = 10_000
MAX_BYTES = 1 << 30


class Disclosed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry that was hidden and is shown."""

    index: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
    """Its place in the log."""
    entry: str
    """Its bytes, in base64."""
    proof: str
    """Its proof file (c2sp.org/tlog-proof), in base64."""


class Disclosure(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What was disclosed."""

    disclosed: Annotated[tuple[Disclosed, ...], msgspec.Meta(max_length=MAX_DISCLOSED)]
    """What is shown, by rising index."""
    format: str = FORMAT
    """Of which version this is."""


def disclose(log: Path, indices: Sequence[int]) -> bytes:
    """The entries at these places, each with its proof.

    Raises:
        NoSuchRangeError: the log has no such entry, or it was pruned.
        AuditError: its files cannot be read as what they should be.
    """
    verifier = NoteVerifier.from_vkey((log / KEY).read_text().strip())
    note = (log / "checkpoint").read_bytes()
    size = read_checkpoint(note, verifier).size
    if not indices or not all(0 <= index < size for index in indices) or len(indices) > MAX_DISCLOSED:
        raise NoSuchRangeError("the log has no entry at one of these indices")
    kept = read_announced(log)
    if min(indices) < kept.index:
        raise NoSuchRangeError(
            f"entry {min(indices)} was pruned: entry {kept.announced} says that those below {kept.index} are published no more"
        )
    found = [show(index, note, verifier, log) for index in sorted(set(indices))]
    return msgspec.json.encode(Disclosure(disclosed=tuple(found)), order="sorted")


def read_disclosure(data: bytes) -> Disclosure:
    """Read what was disclosed; nothing is verified.

    Raises:
        NotAnExportError: it cannot be read.
    """
    try:
        found = msgspec.json.decode(data, type=Disclosure)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise NotAnExportError("the disclosed entries cannot be read") from exc
    if found.format != FORMAT:
        raise NotAnExportError("the disclosed entries are of another version")
    return found


def hold_to(verified: Verified, disclosed: Iterable[Disclosed], keys: Sequence[NoteVerifier]) -> int:
    """Hold disclosed entries to a verified export, and note what is wrong; how many of them the export hides.

    Args:
        verified: with the leaf hashes at these places (`wanted`).
        disclosed: entries.
        keys: of the log; one of them must have signed.
    """
    hidden, believed = 0, [key for key in keys if key.name == verified.manifest.log]
    for each in disclosed:
        entry = proven(each, believed)
        leaf = verified.hidden.get(each.index)
        if entry is None or (leaf is not None and hash_leaf(entry) != leaf):
            verified.find(Fault.BAD_DISCLOSURE, each.index)
            continue
        is_shown = leaf is None and verified.manifest.first <= each.index < verified.manifest.until
        query = verified.manifest.query
        may_be_selected = not is_shown and len(query.select(entry_frame(each.index, [entry])))
        if may_be_selected and not query.is_of_one_person:
            verified.find(Fault.WITHHELD_FROM_IT, each.index)
        hidden += leaf is not None
    return hidden


def show(index: int, note: bytes, verifier: NoteVerifier, log: Path) -> Disclosed:
    """An entry of the log of this checkpoint, with its proof.

    Raises:
        ProofError, NoteError, CorruptionError: the log does not have it.
    """
    read = reader_of(log)
    entry = entry_at(index, read_checkpoint(note, verifier).size, read)
    return Disclosed(index, _text(entry), _text(build_proof(index, note, verifier, read)))


def proven(each: Disclosed, keys: Sequence[NoteVerifier], under: Checkpoint | None = None) -> bytes | None:
    """A disclosed entry, if one of these keys proves that it stands at its place, under this checkpoint where one is given."""
    try:
        entry, proof = (
            base64.b64decode(each.entry, validate=True),
            base64.b64decode(each.proof, validate=True),
        )
        index, checkpoint = verify_proof(proof, entry, keys)
    except (AuditError, ProofError, ValueError):
        return None
    return entry if index == each.index and under in (None, checkpoint) else None


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
