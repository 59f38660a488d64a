"""Two keys of one log: either reader believes it, recovery accepts it, and a key that nobody announced is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit import (
    Checkpoint,
    KeyMismatchError,
    NoteError,
    NoteSigner,
    OverlappingSigner,
    read_checkpoint,
    sign_checkpoint,
    verify_directory,
)
from tests.unit.audit.logs import SIGNER, STRANGER, write_log

NEXT = STRANGER  # another key of the same name
BOTH = OverlappingSigner(NEXT, SIGNER)


def test_both_sign_and_either_reader_believes_it() -> None:
    checkpoint = Checkpoint(SIGNER.name, 7, bytes(32))
    note = sign_checkpoint(checkpoint, BOTH)
    for keys in (SIGNER.verifier, NEXT.verifier, BOTH.verifiers):
        assert read_checkpoint(note, keys) == checkpoint
    assert note.count("\N{EM DASH}".encode()) == 2


def test_two_logs_do_not_sign_together() -> None:
    other = NoteSigner.from_seed("gateway.example/audit/r2", bytes([3]) * 32)
    with pytest.raises(NoteError):
        OverlappingSigner(other, SIGNER)
    with pytest.raises(NoteError):
        OverlappingSigner(SIGNER, SIGNER)


def test_a_log_goes_through_a_change_of_keys(tmp_path: Path) -> None:
    write_log(tmp_path, 300, group=50)
    anchor = (tmp_path / "log" / "checkpoint").read_bytes()
    with pytest.raises(KeyMismatchError):
        write_log(tmp_path, 1, signer=NEXT)
    write_log(tmp_path, 10, first=300, signer=BOTH)
    key = tmp_path / "log" / "log.vkey"
    assert key.read_text() == f"{NEXT.vkey}\n"
    assert verify_directory(tmp_path).ok
    write_log(tmp_path, 10, first=310, signer=NEXT)
    assert verify_directory(tmp_path, vkey=NEXT.vkey).ok
    assert not verify_directory(tmp_path, vkey=SIGNER.vkey).ok
    with pytest.raises(KeyMismatchError):
        write_log(tmp_path, 1, signer=SIGNER)
    assert read_checkpoint(anchor, SIGNER.verifier).size == 301
