"""Cosignatures: the vector that Go's own libraries accept, and everything that is not one."""

from __future__ import annotations

import pytest

from audit import (
    Checkpoint,
    CosignatureSigner,
    CosignatureVerifier,
    NoteError,
    NoteSigner,
    NoteVerifier,
    hash_leaf,
    open_note,
    root_of,
    sign_checkpoint,
)

LOG = NoteSigner.from_seed("gateway.example/audit/r1", bytes([7]) * 32)
WITNESS = CosignatureSigner("witness.example/w1", bytes([8]) * 32)
AT = 1_795_000_000
TREE = Checkpoint(LOG.name, 3, root_of([hash_leaf(each) for each in (b"one", b"two", b"three")]))
VKEY = "witness.example/w1+fea3b187+BBOY9ixtGkV8UbpqS189vS9p/KkyFiGNyJl+QWvRfZPK"
LINE = (
    "\N{EM DASH} witness.example/w1 /qOxhwAAAABq/YbAuIbdU/B6Vob4osN4coQdCKzNbSCJ1IDD1xMpGG8ZbSoIsOShoeIQOPFm7fThdNWvHXs"
    "gsf6WKVfbusyPfXsZBg==\n"
)


def test_key_and_line_are_those_that_other_programs_accepted() -> None:
    assert WITNESS.verifier.vkey == VKEY
    assert WITNESS.cosign(TREE.text(), AT).decode() == LINE


def test_a_cosigned_checkpoint_opens_with_both_keys() -> None:
    note = sign_checkpoint(TREE, LOG) + WITNESS.cosign(TREE.text(), AT)
    opened = open_note(note, [LOG.verifier, CosignatureVerifier.from_vkey(VKEY)])
    assert [each.name for each in opened.verified] == [LOG.name, "witness.example/w1"]
    assert opened.unknown == ()


def test_the_time_is_signed() -> None:
    line = WITNESS.cosign(TREE.text(), AT)
    later = WITNESS.cosign(TREE.text(), AT + 1)
    assert line != later
    signature = open_note(sign_checkpoint(TREE, LOG) + line, [WITNESS.verifier]).verified[0]
    moved = (AT + 1).to_bytes(8, "big") + signature.value[8:]
    assert WITNESS.verifier.verify(TREE.text(), signature.value)
    assert not WITNESS.verifier.verify(TREE.text(), moved)
    assert not WITNESS.verifier.verify(TREE.text().replace("3", "4", 1), signature.value)


@pytest.mark.parametrize("at", [0, -1, 2**63])
def test_a_cosignature_says_a_time_that_there_is(at: int) -> None:
    with pytest.raises(NoteError):
        WITNESS.cosign(TREE.text(), at)


@pytest.mark.parametrize("value", [b"", b"\1" * 64, b"\0" * 72, b"\xff" * 72, b"\1" * 73])
def test_other_bytes_are_no_cosignature(value: bytes) -> None:
    assert not WITNESS.verifier.verify(TREE.text(), value)


def test_a_key_of_one_kind_is_never_one_of_the_other() -> None:
    with pytest.raises(NoteError):
        CosignatureVerifier.from_vkey(LOG.vkey)
    with pytest.raises(NoteError):
        NoteVerifier.from_vkey(VKEY)
    same_key = NoteVerifier(WITNESS.verifier.name, WITNESS.verifier.public_key)
    assert same_key.key_id != WITNESS.verifier.key_id


def test_a_seed_has_32_bytes() -> None:
    with pytest.raises(NoteError):
        CosignatureSigner("witness.example/w1", bytes(31))
