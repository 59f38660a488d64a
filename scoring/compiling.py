"""How an inner loop becomes machine code: Numba translates it for arrays of stated types, and keeps the result on disk.

The result is kept in `NUMBA_CACHE_DIR`, or beside the module of the loop; where nothing can be kept, it is made once a process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Loop = Callable[..., Any]


def compiled(signature: Any, loop: Loop, *, beside: bool = False) -> Loop:
    """A loop in machine code, for arguments of exactly these types and no others.

    Args:
        signature: the types.
        loop: a plain function.
        beside: whether other threads run meanwhile, of what takes long in a thread of its own.
    """
    import numba  # a process that ranks nothing never loads the compiler

    try:
        made: Loop = numba.njit(signature, cache=True, nogil=beside)(loop)
    except RuntimeError:  # there is no place where it could be kept
        made = numba.njit(signature, nogil=beside)(loop)
    return made


def given(kind: Any, dimensions: int = 1) -> Any:
    """The type of an array that a loop only reads."""
    import numba

    return numba.types.Array(kind, dimensions, "C", readonly=True)
