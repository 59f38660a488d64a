"""One look over a JSON text, in machine code: how deep it is, how long its parts are, and that no object names a member twice.

It gives the all-clear, and nothing else. What it is not sure of, it says so of (None), and the exact readers judge
(`gateway.wire.json_bodies.is_deeper`, `gateway.wire.repetition`): a name with an escape, an object of more than 64 members, two
names of one hash, more than 64 brackets within each other, a number with an exponent or of more than 64 digits, a text that is
not UTF-8. So a text that is said to be plain breaks none of their rules, provided that it is JSON: its decoder says whether
it is.

Nothing is looked over before `prepare_structure` has made the machine code.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scoring import compiled

_MOST = 64
"""Brackets within each other, members of one object and digits of one number that are looked at."""
_PART_DEPTH = 3
"""Brackets around what is in a part of a list in an object, its own among them."""

_QUOTE, _ESCAPE, _COLON, _POINT, _SPACE = b'"\\:. '
_OPEN_LIST, _CLOSE_LIST, _OPEN_OBJECT, _CLOSE_OBJECT = b"[]{}"
_ZERO, _NINE, _SMALL_E = b"09e"
_SMALL = 0x20
"""What makes a letter small."""
_HASH_START, _HASH_STEP = 0xCBF29CE484222325, 0x100000001B3
"""FNV-1a, 64 bits. Whoever makes two names meet is judged exactly, as everybody was before."""


class Plain(NamedTuple):
    """What there is to know of a text that breaks no rule of repetition."""

    depth: int
    """Brackets within each other, at most."""
    longest_part: int
    """Bytes of the longest bracket of three around it: of a batch, its longest event, or longer than that."""


def look_over(text: bytes) -> Plain | None:
    """Look over a JSON text; None where the exact readers have to."""
    if not _made or not (text.isascii() or _is_unicode(text)):
        return None
    depth, longest = _made[0](np.frombuffer(text, np.uint8))
    return None if depth < 0 else Plain(depth, longest)


@cache
def prepare_structure() -> None:
    """Make the machine code, or read it from the disk; to be called in a thread."""
    import numba  # a process that takes no events never loads the compiler

    for each in (_end_of_escaped, _read_string, _is_named, _is_new, _end_of_number):
        numba.extending.register_jitable(each)
    text = numba.types.Array(numba.uint8, 1, "C", readonly=True)
    two: Any = numba.types.UniTuple
    _made.append(compiled(two(numba.int64, 2)(text), _scan))


def _is_unicode(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _read_string(text: NDArray[np.uint8], begin: int) -> tuple[int, np.uint64]:
    """Where the string ends whose first letter stands at `begin`, and its hash; the hash is 0 if there is an escape in it."""
    found, at = np.uint64(_HASH_START), begin
    while at < len(text) and text[at] != _QUOTE:
        found = (found ^ np.uint64(text[at])) * np.uint64(_HASH_STEP)
        if text[at] == _ESCAPE:
            return _end_of_escaped(text, at), np.uint64(0)
        at += 1
    return at, found


def _end_of_escaped(text: NDArray[np.uint8], begin: int) -> int:
    """Where a string ends that has an escape at `begin`."""
    at = begin
    while at < len(text) and text[at] != _QUOTE:
        at += 2 if text[at] == _ESCAPE else 1
    return at


def _is_named(text: NDArray[np.uint8], after: int) -> bool:
    """Whether a colon follows, and the string before it is a name."""
    at = after
    while at < len(text) and text[at] <= _SPACE:
        at += 1
    return at < len(text) and text[at] == _COLON


def _is_new(name: np.uint64, known: NDArray[np.uint64], depth: int, count: int) -> bool:
    """Note the hash of a name behind `count` others; whether it has one and is none of them."""
    if not name or count == _MOST:
        return False
    known[depth, count] = name
    for before in range(count):  # noqa: SIM110 - a generator is not translated
        if known[depth, before] == name:
            return False
    return True


def _end_of_number(text: NDArray[np.uint8], begin: int) -> int:
    """Where the digits end that begin here, those behind a point too; -1 if they are many, or an exponent follows."""
    at = begin
    while at < len(text) and (_ZERO <= text[at] <= _NINE or text[at] == _POINT):
        at += 1
    exponent = at < len(text) and text[at] | _SMALL == _SMALL_E
    return -1 if exponent or at - begin > _MOST else at


def _scan(text: NDArray[np.uint8]) -> tuple[int, int]:
    """The depth and the longest part; a depth of -1 where something is not sure."""
    known = np.empty((_MOST + 1, _MOST), dtype=np.uint64)
    counts, begins = np.zeros(_MOST + 2, dtype=np.int64), np.zeros(_MOST + 2, dtype=np.int64)
    depth = deepest = longest = at = 0
    while 0 <= at < len(text):
        letter = text[at]
        if letter == _QUOTE:
            at, name = _read_string(text, at + 1)
            if _is_named(text, at + 1):
                if not _is_new(name, known, depth, counts[depth]):
                    return -1, 0
                counts[depth] += 1
        elif letter in (_OPEN_OBJECT, _OPEN_LIST):
            depth += 1
            counts[depth], begins[depth] = 0, at
            deepest = max(deepest, depth)
        elif letter in (_CLOSE_OBJECT, _CLOSE_LIST):
            if depth == _PART_DEPTH:
                longest = max(longest, at + 1 - begins[depth])
            depth -= 1
        elif _ZERO <= letter <= _NINE:
            at = _end_of_number(text, at) - 1
        at += 1
        if not 0 <= depth <= _MOST:
            return -1, 0
    return deepest if at >= 0 else -1, longest


_made: list[Callable[[NDArray[np.uint8]], tuple[int, int]]] = []
"""The machine code of `_scan`, once there is any."""
