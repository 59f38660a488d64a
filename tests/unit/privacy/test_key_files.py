"""Key files: private, whole, never overwritten; a rotation can be interrupted."""

from __future__ import annotations

import os
import stat

import pytest

from privacy import (
    KeyFileError,
    create_key_file,
    create_next_kek,
    destroy_older_keks,
    kek_path,
    load_key_file,
    load_key_ring,
    load_or_create_key,
)


def test_a_new_key_is_private_and_can_be_read_back(tmp_path):
    key = create_key_file(tmp_path / "log.key", os.urandom)
    assert load_key_file(tmp_path / "log.key") == key
    assert stat.S_IMODE((tmp_path / "log.key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["log.key"]


def test_an_existing_key_is_never_overwritten(tmp_path):
    key = create_key_file(tmp_path / "log.key", os.urandom)
    with pytest.raises(KeyFileError):
        create_key_file(tmp_path / "log.key", os.urandom)
    assert load_key_file(tmp_path / "log.key") == key
    assert [path.name for path in tmp_path.iterdir()] == ["log.key"]


def test_what_a_crash_left_behind_does_not_stand_in_the_way(tmp_path):
    (tmp_path / "log.key.new").write_bytes(b"torn")
    key = create_key_file(tmp_path / "log.key", os.urandom)
    assert load_key_file(tmp_path / "log.key") == key


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_others_may_read_is_refused(tmp_path, mode):
    create_key_file(tmp_path / "log.key", os.urandom)
    (tmp_path / "log.key").chmod(mode)
    with pytest.raises(KeyFileError, match="0600"):
        load_key_file(tmp_path / "log.key")


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_key_of_another_size_is_refused(tmp_path, size):
    (tmp_path / "log.key").write_bytes(bytes(size))
    (tmp_path / "log.key").chmod(0o600)
    with pytest.raises(KeyFileError, match="32 bytes"):
        load_key_file(tmp_path / "log.key")


def test_a_missing_key_is_an_error_that_names_no_path(tmp_path):
    with pytest.raises(KeyFileError) as caught:
        load_key_file(tmp_path / "secret-place" / "lookup.key")
    assert "secret-place" not in str(caught.value)


def test_a_symbolic_link_is_not_followed(tmp_path):
    create_key_file(tmp_path / "real.key", os.urandom)
    (tmp_path / "link.key").symlink_to(tmp_path / "real.key")
    with pytest.raises(KeyFileError):
        load_key_file(tmp_path / "link.key")


def test_a_key_cannot_be_made_where_there_is_no_directory(tmp_path):
    with pytest.raises(KeyFileError):
        create_key_file(tmp_path / "nowhere" / "log.key", os.urandom)


def test_a_rotation_goes_through_two_keys_to_one(tmp_path):
    create_key_file(kek_path(tmp_path, 1), os.urandom)
    create_key_file(tmp_path / "log.key", os.urandom)
    before = load_key_ring(tmp_path)
    wrapped = before.wrap(b"k" * 32, owner=b"ann", nonce=os.urandom(24))

    both = create_next_kek(tmp_path, os.urandom)
    assert both.current.epoch == 2
    assert load_key_ring(tmp_path).unwrap(wrapped, owner=b"ann") == b"k" * 32

    assert destroy_older_keks(tmp_path, both) == 1
    assert set(load_key_ring(tmp_path).epochs) == {2}
    assert not kek_path(tmp_path, 1).exists()
    assert destroy_older_keks(tmp_path, both) == 1  # again after a crash: nothing is left to do


def test_an_old_key_that_cannot_be_destroyed_is_a_failure_and_not_a_shrug(tmp_path):
    create_key_file(kek_path(tmp_path, 1), os.urandom)
    both = create_next_kek(tmp_path, os.urandom)
    kek_path(tmp_path, 1).unlink()
    kek_path(tmp_path, 1).mkdir()
    with pytest.raises(KeyFileError, match="destroyed"):
        destroy_older_keks(tmp_path, both)


def test_a_directory_without_a_key_encryption_key_is_refused(tmp_path):
    create_key_file(tmp_path / "log.key", os.urandom)
    with pytest.raises(KeyFileError, match="no key-encryption key"):
        load_key_ring(tmp_path)
    with pytest.raises(KeyFileError, match="missing"):
        load_key_ring(tmp_path / "nowhere")


def test_a_key_is_made_once_and_for_its_owner_only(tmp_path):
    path = tmp_path / "shop.key"
    made = load_or_create_key(path, lambda n: b"x" * n)
    assert load_or_create_key(path, lambda n: b"y" * n) == made == b"x" * 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_damaged_key_is_an_error_and_never_made_anew(tmp_path):
    path = tmp_path / "shop.key"
    path.write_bytes(b"short")
    path.chmod(0o600)
    with pytest.raises(KeyFileError):
        load_or_create_key(path, lambda n: b"y" * n)
    assert path.read_bytes() == b"short"


def test_a_key_that_cannot_be_used_is_named_if_its_name_is_like_ours(tmp_path):
    with pytest.raises(KeyFileError, match=r"^receipt\.key is missing"):
        load_key_file(tmp_path / "receipt.key")
    with pytest.raises(KeyFileError, match=r"^a key file is missing"):
        load_key_file(tmp_path / "Ann O'Nymous.key")
