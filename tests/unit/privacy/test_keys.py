"""Wrapped keys: bound to their owner, named by their epoch, useless without the key-encryption key."""

from __future__ import annotations

import hashlib

import pytest

from privacy import KeyEncryptionKey, KeyEpochError, KeyRing, UnwrapError

OLD = KeyEncryptionKey(1, b"o" * 32)
NEW = KeyEncryptionKey(2, b"n" * 32)
KEY = b"k" * 32
NONCE = b"x" * 24


def test_a_wrapped_key_opens_for_its_owner():
    wrapped = OLD.wrap(KEY, owner=b"ann", nonce=NONCE)
    assert OLD.unwrap(wrapped, owner=b"ann") == KEY
    assert KEY not in wrapped
    assert len(wrapped) == 76


def test_a_wrapped_key_copied_to_somebody_else_does_not_open():
    with pytest.raises(UnwrapError):
        OLD.unwrap(OLD.wrap(KEY, owner=b"ann", nonce=NONCE), owner=b"bob")


@pytest.mark.parametrize("at", range(4, 76))
def test_no_byte_of_a_wrapped_key_can_be_changed(at):
    wrapped = bytearray(OLD.wrap(KEY, owner=b"ann", nonce=NONCE))
    wrapped[at] ^= 1
    with pytest.raises(UnwrapError):
        OLD.unwrap(bytes(wrapped), owner=b"ann")


def test_a_key_of_a_destroyed_epoch_is_told_apart():
    with pytest.raises(KeyEpochError) as caught:
        KeyRing([NEW]).unwrap(OLD.wrap(KEY, owner=b"ann", nonce=NONCE), owner=b"ann")
    assert caught.value.epoch == 1
    with pytest.raises(KeyEpochError):
        NEW.unwrap(OLD.wrap(KEY, owner=b"ann", nonce=NONCE), owner=b"ann")


@pytest.mark.parametrize("length", [0, 3, 75, 77])
def test_a_torn_key_is_refused(length):
    with pytest.raises(UnwrapError):
        OLD.unwrap(bytes(length), owner=b"ann")


def test_a_ring_opens_both_epochs_and_wraps_under_the_later():
    ring = KeyRing([NEW, OLD])
    wrapped = OLD.wrap(KEY, owner=b"ann", nonce=NONCE)
    assert ring.current is NEW
    assert ring.unwrap(wrapped, owner=b"ann") == KEY
    fresh = ring.rewrap(wrapped, owner=b"ann", nonce=b"y" * 24)
    assert NEW.unwrap(fresh, owner=b"ann") == KEY
    assert ring.is_current(fresh)
    assert not ring.is_current(wrapped)
    assert NEW.unwrap(ring.wrap(KEY, owner=b"ann", nonce=NONCE), owner=b"ann") == KEY
    assert set(ring.epochs) == {1, 2}


def test_a_key_never_shows_itself():
    assert repr(OLD) == "KeyEncryptionKey(epoch=1)"
    assert OLD.fingerprint == hashlib.sha256(b"volens/kek/v1\0" + b"o" * 32).digest()


@pytest.mark.parametrize(("epoch", "key"), [(0, b"k" * 32), (1 << 32, b"k" * 32), (1, b"k" * 31)])
def test_only_keys_of_32_bytes_with_an_epoch_are_taken(epoch, key):
    with pytest.raises(ValueError, match="epoch"):
        KeyEncryptionKey(epoch, key)


def test_only_keys_of_32_and_64_bytes_are_wrapped():
    with pytest.raises(ValueError, match="32 and 64 bytes"):
        OLD.wrap(b"short", owner=b"ann", nonce=NONCE)


def test_an_empty_ring_is_none():
    with pytest.raises(ValueError, match="needs a key"):
        KeyRing([])
