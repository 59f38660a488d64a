"""That the log says that an export was handed out: manifest -> digest -> entry -> leaf -> root -> signature.

The key that lies in the export must have signed, for the export to be of one piece; and one of those that whoever checks it was
given elsewhere, for it to be believed. While the log's key changes, both sign; an export from before is signed by the former one.
"""

from __future__ import annotations

from pathlib import Path

from audit import (
    Checkpoint,
    EntryError,
    Kind,
    NoteError,
    NoteVerifier,
    ProofError,
    decode_entry,
    read_checkpoint,
    read_proof,
    verify_proof,
)
from gateway.reporting.faults import Fault
from gateway.reporting.manifest import ENTRY, KEY, PROOF, entry_details
from gateway.reporting.verified import Verified, read_plain


def keys_to_go_by(
    path: Path, given: tuple[NoteVerifier, ...], verified: Verified
) -> tuple[NoteVerifier, ...]:
    """The keys of the log that are believed; where none was given, the one in the export, which may be made up."""
    beside = key_beside(path)
    origin = verified.manifest.log
    if beside is None or beside.name != origin:
        if (path / KEY).exists():  # otherwise it is missing, which was found
            verified.find(Fault.BAD_KEY, KEY)
        beside = None
    if given:
        believed = tuple(key for key in given if key.name == origin)
        if not believed:
            verified.find(Fault.OTHER_KEY, KEY)
        return believed
    return () if beside is None else (beside,)


def key_beside(path: Path) -> NoteVerifier | None:
    """The key that lies in an export; None if nothing there is one."""
    try:
        return NoteVerifier.from_vkey((read_plain(path / KEY) or b"").decode().removesuffix("\n"))
    except (NoteError, UnicodeDecodeError):
        return None


def check_said(path: Path, manifest: bytes, believed: tuple[NoteVerifier, ...], verified: Verified) -> None:
    """See that an entry of the log names the manifest."""
    entry, proof, beside = read_plain(path / ENTRY), read_plain(path / PROOF), key_beside(path)
    if entry is None or proof is None or not believed:
        return  # missing, or nobody to believe
    note = _signed(proof)
    if note is None or (not _is_signed(note, believed) and not _is_signed(note, (beside,))):
        verified.find(Fault.BAD_PROOF, PROOF)
        return
    if beside is not None and beside.name == verified.manifest.log and not _is_signed(note, (beside,)):
        verified.find(Fault.BAD_KEY, KEY)
    if not _is_signed(note, believed):
        verified.find(Fault.OTHER_KEY, KEY)
        return
    try:
        verified.index, verified.checkpoint = verify_proof(proof, entry, believed)
        said = decode_entry(entry)
    except (ProofError, EntryError):
        verified.find(Fault.BAD_ENTRY, ENTRY)
        return
    about = verified.manifest
    is_about_it = said.kind is Kind.EXPORT and said.detail == entry_details(about, manifest)
    if not is_about_it or verified.index < about.log_size:
        verified.find(Fault.NOT_IN_THE_LOG, ENTRY)


def read_kept(
    anchor: bytes | None, believed: tuple[NoteVerifier, ...], verified: Verified
) -> Checkpoint | None:
    """The anchor, if there is one that a believed key signed."""
    if anchor is None or not believed:
        return None
    try:
        return read_checkpoint(anchor, believed)
    except NoteError:
        verified.find(Fault.BAD_ANCHOR, "anchor")
        return None


def _signed(proof: bytes) -> bytes | None:
    """The signed note in a proof file, nothing verified."""
    try:
        return read_proof(proof).note
    except ProofError:
        return None


def _is_signed(note: bytes, keys: tuple[NoteVerifier | None, ...]) -> bool:
    """Whether one of these signed a checkpoint of the log."""
    try:
        read_checkpoint(note, [key for key in keys if key is not None])
    except NoteError:
        return False
    return True
