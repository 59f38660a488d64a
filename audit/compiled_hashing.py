"""Many short texts hashed in one call, in machine code. To be imported in a thread: it is translated then.

`audit.rows` says of what each loop is the quicker form. Where there is no SHA-256 to call, `HASHES` is False, and none may be.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from audit.openssl import CONTEXT_BYTES, HASHES, begin_hash, finish_hash, update_hash

_HASH = 32
_LEAF, _NODE = 0, 1
"""What stands before an entry, and before two hashes (RFC 6962, section 2.1)."""


@numba.extending.register_jitable
def _hash(state: NDArray[np.uint8], kind: NDArray[np.uint8], place: int, length: int, out: int) -> None:
    """Hash what stands at an address, behind the byte of its kind."""
    begin_hash(state.ctypes.data)
    update_hash(state.ctypes.data, kind.ctypes.data, 1)
    update_hash(state.ctypes.data, place, length)
    finish_hash(out, state.ctypes.data)


@numba.extending.register_jitable
def _set_up(kind: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The state of a hash, and the byte of its kind."""
    return np.empty(CONTEXT_BYTES, np.uint8), np.full(1, kind, np.uint8)


@numba.extending.register_jitable
def _number_at(data: NDArray[np.uint8], at: int, width: int) -> int:
    found = np.int64(0)
    for place in range(width):
        found = found << 8 | data[at + place]
    return int(found)


def _hash_entries(data: NDArray[np.uint8], behind: bool, out: NDArray[np.uint8]) -> bool:
    state, kind = _set_up(_LEAF)
    at, size = 0, len(data)
    for leaf in range(len(out) // _HASH):
        if at + 2 > size:
            return False
        entry = at + 2
        at = entry + _number_at(data, at, 2)
        if at > size:
            return False
        _hash(state, kind, data.ctypes.data + entry, at - entry, out.ctypes.data + _HASH * leaf)
        if behind:
            if at + 4 > size:
                return False
            at += 4 + _number_at(data, at, 4)
    return bool(at == size)


def _commit_all(
    domain: NDArray[np.uint8],
    openings: NDArray[np.uint8],
    payloads: NDArray[np.uint8],
    ends: NDArray[np.int64],
    out: NDArray[np.uint8],
) -> None:
    state = np.empty(CONTEXT_BYTES, np.uint8)
    place, start = state.ctypes.data, 0
    for each in range(len(ends)):
        begin_hash(place)
        update_hash(place, domain.ctypes.data, len(domain))
        update_hash(place, openings.ctypes.data + _HASH * each, _HASH)
        update_hash(place, payloads.ctypes.data + start, ends[each] - start)
        finish_hash(out.ctypes.data + _HASH * each, place)
        start = ends[each]


def _climb(row: NDArray[np.uint8], root: NDArray[np.uint8]) -> None:
    state, kind = _set_up(_NODE)
    hashes = row.copy()
    place, count = hashes.ctypes.data, len(row) // _HASH
    while count > 1:
        for pair in range(count // 2):
            _hash(state, kind, place + 2 * _HASH * pair, 2 * _HASH, place + _HASH * pair)
        if count & 1:
            hashes[_HASH * (count // 2) : _HASH * (count // 2 + 1)] = hashes[
                _HASH * (count - 1) : _HASH * count
            ]
        count = (count + 1) // 2
    root[:] = hashes[:_HASH]


def _grow(stack: NDArray[np.uint8], depth: int, size: int, row: NDArray[np.uint8]) -> int:
    state, kind = _set_up(_NODE)
    place = stack.ctypes.data
    for leaf in range(len(row) // _HASH):
        stack[_HASH * depth : _HASH * (depth + 1)] = row[_HASH * leaf : _HASH * (leaf + 1)]
        depth += 1
        left = size + leaf
        while left & 1:
            depth -= 1
            _hash(state, kind, place + _HASH * (depth - 1), 2 * _HASH, place + _HASH * (depth - 1))
            left >>= 1
    return depth


_given = numba.types.Array(numba.uint8, 1, "C", readonly=True)
_places = numba.types.Array(numba.int64, 1, "C", readonly=True)
_filled = numba.uint8[::1]


def _compiled(signature: Any, loop: Any) -> Any:
    try:
        return numba.njit(signature, cache=True)(loop)
    except RuntimeError:  # there is no place where it could be kept
        return numba.njit(signature)(loop)


if HASHES:
    hash_entries = _compiled(numba.boolean(_given, numba.boolean, _filled), _hash_entries)
    """Fill `out` with the leaf hashes of the records in `data`; whether they end where it does.

    A record is an entry behind its length (2 bytes), and, where there is something behind, that behind its own (4 bytes)."""

    commit_all = _compiled(numba.void(_given, _given, _given, _places, _filled), _commit_all)
    """Fill `out` with the commitments to payloads, one behind the other up to where each ends, by openings of 32 bytes."""

    climb = _compiled(numba.void(_given, _filled), _climb)
    """Fill `root` with the root over a row of leaf hashes, which is not empty."""

    grow = _compiled(numba.int64(_filled, numba.int64, numba.int64, _given), _grow)
    """Add a row of leaf hashes to the `depth` subtrees in `stack`, which cover `size` leaves; how many subtrees there are then.

    `stack` has room for 64 of them."""
