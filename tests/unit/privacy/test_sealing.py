"""What is sealed opens under its key and its associated data, and under nothing else."""

from __future__ import annotations

import pytest

from privacy import NONCE_BYTES, SEAL_OVERHEAD_BYTES, SealBrokenError, seal, sealer, unseal

CIPHER = sealer(b"k" * 32)
NONCE = b"n" * NONCE_BYTES


def test_what_is_sealed_opens():
    sealed = seal(CIPHER, NONCE, b"a signal", b"tag")
    assert unseal(CIPHER, sealed, b"tag") == b"a signal"
    assert len(sealed) == len(b"a signal") + SEAL_OVERHEAD_BYTES
    assert b"a signal" not in sealed


@pytest.mark.parametrize("at", range(SEAL_OVERHEAD_BYTES + 8))
def test_no_byte_can_be_changed(at):
    sealed = bytearray(seal(CIPHER, NONCE, b"a signal", b"tag"))
    sealed[at] ^= 1
    with pytest.raises(SealBrokenError):
        unseal(CIPHER, bytes(sealed), b"tag")


def test_a_seal_moved_to_another_entry_does_not_open():
    with pytest.raises(SealBrokenError):
        unseal(CIPHER, seal(CIPHER, NONCE, b"a signal", b"tag"), b"other")


def test_another_persons_key_does_not_open_it():
    with pytest.raises(SealBrokenError):
        unseal(sealer(b"j" * 32), seal(CIPHER, NONCE, b"a signal", b"tag"), b"tag")


@pytest.mark.parametrize("length", [0, 1, NONCE_BYTES, SEAL_OVERHEAD_BYTES - 1])
def test_torn_bytes_are_broken_seals(length):
    with pytest.raises(SealBrokenError):
        unseal(CIPHER, bytes(length), b"tag")


def test_a_key_of_another_length_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        sealer(b"k" * 16)
