"""Key files: 32 random bytes each, mode 0600, in a directory outside the data directory.

- A file that others may read, or of another size, is refused rather than used.
- A new file is complete and on disk before its name exists; an existing one is never overwritten.
- Rotation of the key-encryption key is safe to interrupt: the new file comes first, the old one goes last, and while
  both are there the ring opens rows of either epoch.

Names: `kek-<epoch>.key` for key-encryption keys, any other name for single keys.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from pathlib import Path

from privacy.errors import KeyFileError
from privacy.keys import KEY_BYTES, Entropy, KeyEncryptionKey, KeyRing

_KEK_NAME = re.compile(r"kek-([1-9][0-9]{0,8})\.key")

_OUR_NAME = re.compile(r"[a-z0-9_-]{1,64}\.key")


def create_key_file(path: Path, entropy: Entropy) -> bytes:
    """Write a new random key.

    Returns:
        The key, 32 bytes.

    Raises:
        KeyFileError: there is such a file already, or it cannot be written.

    Durable: the file and its name.
    """
    key = entropy(KEY_BYTES)
    fresh = path.with_name(path.name + ".new")
    try:
        with contextlib.suppress(FileNotFoundError):
            fresh.unlink()
        _write_private(fresh, key)
        os.link(fresh, path)
        fresh.unlink()
        _sync_directory(path.parent)
    except FileExistsError:
        fresh.unlink(missing_ok=True)
        raise KeyFileError("there is a key file of that name already") from None
    except OSError as error:
        raise KeyFileError("a key file cannot be written") from error
    return key


def load_key_file(path: Path) -> bytes:
    """Read a key.

    Raises:
        KeyFileError: missing, of another size, or readable by others than its owner; it says which file.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError as error:
        raise KeyFileError(f"{_told(path)} is missing or cannot be read") from error
    with os.fdopen(handle, "rb") as file:
        if stat.S_IMODE(os.fstat(handle).st_mode) & 0o077:
            raise KeyFileError(f"{_told(path)} may be read by others: its mode must be 0600")
        key = file.read(KEY_BYTES + 1)
    if len(key) != KEY_BYTES:
        raise KeyFileError(f"{_told(path)} has another size than 32 bytes")
    return key


def _told(path: Path) -> str:
    """What an operator looks for: the file's name, where it is like those that we give."""
    return path.name if _OUR_NAME.fullmatch(path.name) else "a key file"


def load_or_create_key(path: Path, entropy: Entropy) -> bytes:
    """Read a 32-byte key, making it first if there is none.

    Args:
        path: the file.
        entropy: random bytes from the operating system, by length.

    Raises:
        KeyFileError: it cannot be used or made.
    """
    return load_key_file(path) if path.exists() else create_key_file(path, entropy)


def load_key_ring(directory: Path) -> KeyRing:
    """Every key-encryption key in a directory.

    Raises:
        KeyFileError: there is none, or one of them cannot be used.
    """
    try:
        names = sorted(entry.name for entry in directory.iterdir())
    except OSError as error:
        raise KeyFileError("the keys directory is missing or cannot be read") from error
    keys = [
        KeyEncryptionKey(int(match[1]), load_key_file(directory / name))
        for name in names
        if (match := _KEK_NAME.fullmatch(name))
    ]
    if not keys:
        raise KeyFileError("there is no key-encryption key in the keys directory")
    return KeyRing(keys)


def kek_path(directory: Path, epoch: int) -> Path:
    """Where the key-encryption key of an epoch lives."""
    return directory / f"kek-{epoch}.key"


def create_next_kek(directory: Path, entropy: Entropy) -> KeyRing:
    """Begin a rotation: write the key of the next epoch.

    Returns:
        The ring with the new key current. Rows are then re-wrapped, and `destroy_older_keks` ends the rotation.

    Raises:
        KeyFileError: a key cannot be read or written.
    """
    ring = load_key_ring(directory)
    create_key_file(kek_path(directory, ring.current.epoch + 1), entropy)
    return load_key_ring(directory)


def destroy_older_keks(directory: Path, ring: KeyRing) -> int:
    """End a rotation: overwrite and remove every key-encryption key but the current one, and what a crash left of one.

    Returns:
        How many were destroyed.

    Raises:
        KeyFileError: one of them is still there.

    Durable: the removal. (Overwriting is best effort: a copy-on-write or flash disk may keep the old block for a
    while.)
    """
    older = [epoch for epoch in ring.epochs if epoch < ring.current.epoch]
    for epoch in older:
        path = kek_path(directory, epoch)
        try:
            with path.open("r+b") as file:
                file.write(bytes(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise KeyFileError("an old key-encryption key cannot be destroyed") from error
    for leftover in directory.glob("kek-*.key.new"):
        leftover.unlink()  # never overwritten: it may be a second name of the current key
    _sync_directory(directory)
    return len(older)


def _write_private(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(handle)


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
