"""The loops of `gateway.memory.recent_ids` in machine code. To be imported in a thread: it is translated then.

The tables of a generation are many and grow one by one, so the loop is told where in memory each of them begins; whoever calls it
holds them meanwhile.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from scoring import compiled


def _pointed(_typing: Any, place: Any) -> Any:
    """What begins at this address, as untyped memory."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

    return numba.types.voidptr(place), generate


_pointer: Any = numba.extending.intrinsic(_pointed)
_array_at: Any = numba.carray  # type: ignore[attr-defined]


@numba.extending.register_jitable
def _cell_of(number: np.uint64, table: NDArray[np.uint64]) -> np.uint64:
    """Where a number is in a table, or the free cell where it belongs."""
    mask = np.uint64(len(table) - 1)
    at = number & mask
    while table[at] != 0 and table[at] != number:
        at = (at + np.uint64(1)) & mask
    return at


def _add_all(  # noqa: PLR0913, PLR0917  # columns
    places: NDArray[np.uint64],
    sizes: NDArray[np.uint64],
    used: NDArray[np.uint64],
    places_before: NDArray[np.uint64],
    sizes_before: NDArray[np.uint64],
    ids: NDArray[np.uint64],
    begin: int,
    added: NDArray[np.uint8],
) -> int:
    for n in range(begin, len(ids)):
        number = ids[n]
        shard = number >> np.uint64(56)
        before = _array_at(_pointer(places_before[shard]), sizes_before[shard], np.uint64)
        table = _array_at(_pointer(places[shard]), sizes[shard], np.uint64)
        at = _cell_of(number, table)
        if number == 0:
            continue
        if table[at] == number or before[_cell_of(number, before)] == number:
            added[n] = 0
            continue
        table[at] = number
        used[shard] += np.uint64(1)
        if np.uint64(2) * used[shard] + np.uint64(1) >= sizes[shard]:
            return n
    return -1


def _lay_all(numbers: NDArray[np.uint64], table: NDArray[np.uint64]) -> None:
    for number in numbers:
        table[_cell_of(number, table)] = number


_given, _filled = numba.types.Array(numba.uint64, 1, "C", readonly=True), numba.uint64[::1]

add_all = compiled(
    numba.int64(_given, _given, _filled, _given, _given, _given, numba.int64, numba.uint8[::1]), _add_all
)
"""Add the ids from `begin` on to the tables of a generation, and take from `added` (ones) those that it had, or the one before.

`places`, `sizes` and `used` say of each table of a generation where it begins, how many cells it has, and how many are used.
Returns the place of the id with which a table became half full, for it to be grown before the next one is added; -1 at the end.
"""

lay_all = compiled(numba.void(_given, _filled), _lay_all)
"""Put numbers, each once, into an empty table that has more cells than that."""
