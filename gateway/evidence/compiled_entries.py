"""The loop of `gateway.evidence.writing_entries`, in machine code. To be imported in a thread: it is translated then."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from scoring import compiled

TAG_BYTES, COMMITMENT_BYTES = 16, 32
"""Of an entry's tag, and of its commitment."""
_LETTERS = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", np.uint8)


@numba.extending.register_jitable
def _spell(target: NDArray[np.uint8], at: int, source: NDArray[np.uint8], begin: int, count: int) -> None:
    """Base64 for URLs, without padding (RFC 4648, 5): each letter is six bits of two bytes."""
    for letter in range((8 * count + 5) // 6):
        byte, bit = 6 * letter >> 3, 6 * letter & 7
        pair = np.uint32(source[begin + byte]) << np.uint32(8)
        if byte + 1 < count:
            pair |= np.uint32(source[begin + byte + 1])
        target[at + letter] = _LETTERS[pair >> np.uint32(10 - bit) & np.uint32(63)]


def _fill_all(  # noqa: PLR0913, PLR0917  # columns
    tags: NDArray[np.uint8],
    commitments: NDArray[np.uint8],
    forms: NDArray[np.uint8],
    form_ends: NDArray[np.int64],
    form_of: NDArray[np.int64],
    place_of_tag: int,
    place_of_commitment: int,
    entries: NDArray[np.uint8],
) -> None:
    at = 0
    for event in range(len(form_of)):
        end = form_ends[form_of[event]]
        begin = form_ends[form_of[event] - 1] if form_of[event] else 0
        entries[at : at + end - begin] = forms[begin:end]
        _spell(entries, at + place_of_tag, tags, TAG_BYTES * event, TAG_BYTES)
        _spell(entries, at + place_of_commitment, commitments, COMMITMENT_BYTES * event, COMMITMENT_BYTES)
        at += end - begin


_bytes, _wholes = (numba.types.Array(kind, 1, "C", readonly=True) for kind in (numba.uint8, numba.int64))
_filled = numba.uint8[::1]

fill_all = compiled(
    numba.void(_bytes, _bytes, _bytes, _wholes, _wholes, numba.int64, numba.int64, _filled), _fill_all
)
"""Fill `entries`, one behind the other: each is the form that `form_of` says, with its tag and its commitment spelt into it.

Forms lie one behind the other up to `form_ends`.
"""
