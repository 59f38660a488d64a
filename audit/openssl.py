"""SHA-256 of the library that `hashlib` uses, for loops in machine code. To be imported in a thread: it loads the compiler.

`hashlib` takes longer to set a hash up than the processor takes for two hundred bytes; the library itself does not. Its
functions are found by name; where it does not give them away (linked into the interpreter), `HASHES` is False, and none may be
called.

Pointers are passed as whole numbers of their width, which is the same to a function in C. None of the three can fail.
"""

from __future__ import annotations

import _hashlib
import ctypes
from typing import Any

import llvmlite.binding
import numba

CONTEXT_BYTES = 256
"""Room for the state of a hash, of which OpenSSL needs 112."""


def _of_openssl(name: str, arguments: int) -> Any:
    found = getattr(ctypes.CDLL(getattr(_hashlib, "__file__", None)), name, None)
    if found is None:
        return None
    llvmlite.binding.add_symbol(name, ctypes.cast(found, ctypes.c_void_p).value)
    return numba.types.ExternalFunction(name, numba.int32(*[numba.uint64] * arguments))


begin_hash, update_hash, finish_hash = (
    _of_openssl(name, arguments)
    for name, arguments in (("SHA256_Init", 1), ("SHA256_Update", 3), ("SHA256_Final", 2))
)
"""Begin a hash in a state; take bytes in (state, where, how many); write the 32 bytes (where, state)."""

HASHES = bool(begin_hash and update_hash and finish_hash)
"""Whether they can be called."""
