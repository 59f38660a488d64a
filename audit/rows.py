"""Rows: hashes one after another, as they lie in a tile, made of many entries at once.

In machine code (`audit.compiled_hashing`) once `prepare_hashing` has made it, and by `hashlib` before, and where it cannot be
made: the same hashes, only more slowly.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from types import ModuleType

import numpy as np

from audit.entry import COMMITMENT_DOMAIN, commit
from audit.errors import CorruptionError
from audit.merkle import EMPTY_ROOT, HASH_BYTES, hash_leaves, root_of

_made: list[ModuleType] = []
_FEW = 8
"""Leaves that are added one by one more quickly."""
_DEEPEST = 64
"""Subtrees that there is room for."""


@cache
def prepare_hashing() -> None:
    """Make the machine code, or read it from the disk; to be called in a thread. None is made where there is no library to call.

    Raises:
        CorruptionError: it hashes otherwise than `hashlib`, and is not used.
        Exception: it cannot be made, for whatever reason of the compiler's; hashes are made without it.
    """
    from audit import compiled_hashing, openssl  # a process that writes no log never loads the compiler

    if openssl.HASHES:
        _compare(compiled_hashing)
        _made.append(compiled_hashing)


def hash_bundle(data: bytes, entries: Sequence[bytes]) -> bytes:
    """The row of leaf hashes of the entries of a bundle, whose bytes `data` are."""
    return _hash_entries(data, entries, behind=False)


def hash_body(data: bytes, entries: Sequence[bytes]) -> bytes:
    """The row of leaf hashes of the entries of a frame, whose body `data` is."""
    return _hash_entries(data, entries, behind=True)


def hash_row(entries: Sequence[bytes]) -> bytes:
    """The row of leaf hashes of entries."""
    return b"".join(hash_leaves(entries))


def commit_each(openings: Sequence[bytes], payloads: Sequence[bytes]) -> bytes:
    """The row of commitments to payloads (`audit.entry.commit`); an opening is 32 fresh bytes.

    Raises:
        ValueError: there are not as many of both, or an opening has another length.
    """
    if len(openings) != len(payloads) or not set(map(len, openings)) <= {HASH_BYTES}:
        raise ValueError("each payload has one opening of 32 bytes")
    if not _made:
        return b"".join(map(commit, openings, payloads))
    return _commit_together(_made[0], openings, payloads)


def split_row(row: bytes | bytearray) -> list[bytes]:
    """The hashes of a row."""
    return [bytes(row[at : at + HASH_BYTES]) for at in range(0, len(row), HASH_BYTES)]


def root_of_row(row: bytes | bytearray) -> bytes:
    """The root over the leaf hashes of a row."""
    if not row:
        return EMPTY_ROOT
    if not _made or len(row) < _FEW * HASH_BYTES:
        return root_of(split_row(row))
    root = bytearray(HASH_BYTES)
    _made[0].climb(np.frombuffer(row, np.uint8), np.frombuffer(root, np.uint8))
    return bytes(root)


def grow(stack: list[bytes], size: int, row: bytes | bytearray) -> list[bytes] | None:
    """The subtrees that cover `size` leaves and those of a row behind them; None where one leaf after the other is quicker.

    Args:
        stack: those that cover the leaves before.
        size: how many leaves these are.
        row: hashes of the leaves that follow.
    """
    if not _made or len(row) < _FEW * HASH_BYTES:
        return None
    return _grow_together(_made[0], stack, size, row)


def _commit_together(made: ModuleType, openings: Sequence[bytes], payloads: Sequence[bytes]) -> bytes:
    out = bytearray(HASH_BYTES * len(openings))
    domain, joined, said = (
        np.frombuffer(each, np.uint8) for each in (COMMITMENT_DOMAIN, b"".join(openings), b"".join(payloads))
    )
    ends = np.fromiter(map(len, payloads), np.int64, len(payloads)).cumsum()
    made.commit_all(domain, joined, said, ends, np.frombuffer(out, np.uint8))
    return bytes(out)


def _grow_together(made: ModuleType, stack: list[bytes], size: int, row: bytes | bytearray) -> list[bytes]:
    room = bytearray(HASH_BYTES * _DEEPEST)
    room[: HASH_BYTES * len(stack)] = b"".join(stack)
    depth = made.grow(np.frombuffer(room, np.uint8), len(stack), size, np.frombuffer(row, np.uint8))
    return split_row(room[: HASH_BYTES * depth])


def _compare(made: ModuleType) -> None:
    """Make sure that it hashes as `hashlib` does: whatever is compared later was hashed by it on both sides."""
    tried = [bytes([length % 251]) * length for length in range(1, 200)]
    data = b"".join(length.to_bytes(2, "big") + entry for length, entry in enumerate(tried, 1))
    row, root = bytearray(HASH_BYTES * len(tried)), bytearray(HASH_BYTES)
    made.hash_entries(np.frombuffer(data, np.uint8), False, np.frombuffer(row, np.uint8))
    made.climb(np.frombuffer(row, np.uint8), np.frombuffer(root, np.uint8))
    leaves = split_row(row)
    openings = leaves[::-1]
    complete = pairwise((0, 128, 192, 196, 198, 199))
    stack = _grow_together(made, [root_of(leaves[:128])], 128, row[HASH_BYTES * 128 :])
    if (
        row != hash_row(tried)
        or root != root_of(leaves)
        or stack != [root_of(leaves[begin:end]) for begin, end in complete]
        or _commit_together(made, openings, tried) != b"".join(map(commit, openings, tried))
    ):
        raise CorruptionError("the machine code for hashes has a defect")


def _hash_entries(data: bytes, entries: Sequence[bytes], *, behind: bool) -> bytes:
    if not _made:
        return hash_row(entries)
    out = bytearray(HASH_BYTES * len(entries))
    if not _made[0].hash_entries(np.frombuffer(data, np.uint8), behind, np.frombuffer(out, np.uint8)):
        raise CorruptionError("entries do not lie where their lengths say")
    return bytes(out)
