"""libsodium called from loops in machine code: 0.2 us a signal instead of one. To be imported in a thread: it is translated then.

PyNaCl brings libsodium, and its ciphers and hashes are those of everybody: `gateway.evidence.sealing_events` says of what each
loop is the quicker form. Where the processor lacks what libsodium's AES-256-GCM needs, `SEALS` is False, and nothing
may be called.

Pointers are passed as whole numbers of their width, which is the same to a function in C.
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding
import nacl.bindings  # sets libsodium up
import numba
import numpy as np
from nacl import _sodium
from numpy.typing import NDArray

from gateway.evidence.sealed_records import EVENT_HEAD_BYTES, FORM_OF_EVENTS, SIGNAL_HEAD_BYTES
from scoring import compiled

NONCE_BYTES, TAG_BYTES, KEY_BYTES = 12, 16, 32
"""Of a signal's nonce; of an entry's tag, and of the tag that AES-GCM adds; of every key."""
NUMBER_BYTES, EVIDENCE_BYTES = 8, 48
"""Of a running number; of the tag and the randomness that follow from it."""

SEALS = nacl.bindings.crypto_aead_aes256gcm_ABYTES == TAG_BYTES and bool(
    _sodium.lib.crypto_aead_aes256gcm_is_available()
)
"""Whether the loops can be called."""


def _of_sodium(name: str, arguments: int) -> Any:
    """A function of libsodium, for the loops below."""
    place = _sodium.ffi.addressof(_sodium.lib, name)
    llvmlite.binding.add_symbol(name, int(_sodium.ffi.cast("uintptr_t", place)))
    return numba.types.ExternalFunction(name, numba.int32(*[numba.uint64] * arguments))


_encrypt = _of_sodium("crypto_aead_aes256gcm_encrypt", 9)
_hash = _of_sodium("crypto_generichash_blake2b_salt_personal", 8)


@numba.extending.register_jitable
def _copy(target: NDArray[np.uint8], at: int, source: NDArray[np.uint8], begin: int, count: int) -> None:
    for place in range(count):
        target[at + place] = source[begin + place]


def _seal_all(  # noqa: PLR0913, PLR0917  # columns
    digests: NDArray[np.uint8],
    tags: NDArray[np.uint8],
    ends: NDArray[np.int64],
    bits: NDArray[np.uint8],
    keys: NDArray[np.uint8],
    nonces: NDArray[np.uint8],
    bodies: NDArray[np.uint8],
    lengths: NDArray[np.int64],
    halves: NDArray[np.uint8],
    half_ends: NDArray[np.int64],
) -> int:
    at = begin = signal = failures = 0
    for event in range(len(ends)):
        halves[at] = FORM_OF_EVENTS
        _copy(halves, at + 1, digests, 8 * event, 8)
        halves[at + 9] = ends[event] - signal
        at += EVENT_HEAD_BYTES
        while signal < ends[event]:
            whole = NONCE_BYTES + lengths[signal] + TAG_BYTES
            halves[at], halves[at + 1], halves[at + 2] = bits[signal], whole >> 8, whole & 0xFF
            at += SIGNAL_HEAD_BYTES
            nonce = NONCE_BYTES * signal
            _copy(halves, at, nonces, nonce, NONCE_BYTES)
            failures += _encrypt(
                halves.ctypes.data + at + NONCE_BYTES, 0,
                bodies.ctypes.data + begin, lengths[signal],
                tags.ctypes.data + TAG_BYTES * event, TAG_BYTES, 0,
                nonces.ctypes.data + nonce, keys.ctypes.data + KEY_BYTES * signal,
            )  # fmt: skip
            at += whole
            begin += lengths[signal]
            signal += 1
        half_ends[event] = at
    return failures


def _seal_each(  # columns
    keys: NDArray[np.uint8],
    tags: NDArray[np.uint8],
    nonces: NDArray[np.uint8],
    messages: NDArray[np.uint8],
    ends: NDArray[np.int64],
    sealed: NDArray[np.uint8],
) -> int:
    at = begin = failures = 0
    for place in range(len(ends)):
        length = ends[place] - begin
        nonce = NONCE_BYTES * place
        _copy(sealed, at, nonces, nonce, NONCE_BYTES)
        failures += _encrypt(
            sealed.ctypes.data + at + NONCE_BYTES, 0,
            messages.ctypes.data + begin, length,
            tags.ctypes.data + TAG_BYTES * place, TAG_BYTES, 0,
            nonces.ctypes.data + nonce, keys.ctypes.data + KEY_BYTES * place,
        )  # fmt: skip
        at += NONCE_BYTES + length + TAG_BYTES
        begin = ends[place]
    return failures


def _derive_all(
    keys: NDArray[np.uint8],
    numbers: NDArray[np.uint8],
    person: NDArray[np.uint8],
    evidence: NDArray[np.uint8],
) -> int:
    failures = 0
    for event in range(len(numbers) // NUMBER_BYTES):
        failures += _hash(
            evidence.ctypes.data + EVIDENCE_BYTES * event, EVIDENCE_BYTES,
            numbers.ctypes.data + NUMBER_BYTES * event, NUMBER_BYTES,
            keys.ctypes.data + KEY_BYTES * event, KEY_BYTES,
            0, person.ctypes.data,
        )  # fmt: skip
    return failures


_given, _wholes = (numba.types.Array(kind, 1, "C", readonly=True) for kind in (numba.uint8, numba.int64))
_filled = numba.uint8[::1]

seal_all = compiled(
    numba.int64(_given, _given, _wholes, _given, _given, _given, _given, _wholes, _filled, numba.int64[::1]),
    _seal_all,
)
"""Fill `halves` with the EVENT halves, and `half_ends` with where each ends; how many signals could not be sealed: none may.

Digests (8 bytes each), tags and ends are of the events; bits, keys, nonces, bodies and their lengths are of the signals.
"""

seal_each = compiled(numba.int64(_given, _given, _given, _given, _wholes, _filled), _seal_each)
"""Fill `sealed` with nonce, ciphertext and tag of each message, up to where it ends; how many could not be sealed."""

derive_all = compiled(numba.int64(_given, _given, _given, _filled), _derive_all)
"""Fill `evidence` with the tag and the randomness of each key and number; `person` has 16 bytes. How many could not be hashed."""
