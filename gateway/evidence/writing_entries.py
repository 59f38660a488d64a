"""The entries of a chunk of events: their commitments, and the forms that those and their tags are written into.

Each by itself it is `EntryWriter.accepted` with `commit`; together it is the same bytes from machine code
(`gateway.evidence.compiled_entries`), once `prepare_entries` has made it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from audit import COMMITMENT_DOMAIN

_TAG_BYTES, _COMMITMENT_BYTES = 16, 32
_PLACE_OF_COMMITMENT, _PLACE_OF_TAG = len('{"c":"'), len('{"c":"","g":"') + 43
"""Where the two begin in an entry; a commitment has 43 letters."""
_SHORTEST = _PLACE_OF_TAG + 22
"""An entry is longer than that: a tag has 22 letters."""
_STEPS = 5
"""Calls for a commitment, each of which says 1 if it went well."""


@cache
def prepare_entries() -> None:
    """Make the machine code, or read it from the disk; to be called in a thread."""
    from gateway.evidence import compiled_entries  # loads the compiler

    _made.append(compiled_entries)


def commit_each(openings: Sequence[bytes], halves: Sequence[bytes]) -> bytes:
    """The commitments to sealed halves, 32 bytes each, one behind the other; an opening is 32 fresh bytes."""
    return _commit_together(openings, halves) or b"".join(
        [
            sha256(COMMITMENT_DOMAIN + opening + half).digest()
            for opening, half in zip(openings, halves, strict=True)
        ]
    )


def fill_each(
    forms: Mapping[int, bytes], form_of: Sequence[int], tags: bytes, commitments: bytes
) -> list[bytes] | None:
    """The entries of events, from forms in which any tag and any commitment stand; None if there is no machine code.

    Args:
        forms: an entry for each kind of event.
        form_of: the kind of each event.
        tags: of 16 bytes, one behind the other.
        commitments: of 32 bytes, one behind the other.
    """
    count = len(form_of)
    lengths = np.fromiter(map(len, forms.values()), np.int64, len(forms))
    if (
        not _made
        or (len(tags), len(commitments)) != (_TAG_BYTES * count, _COMMITMENT_BYTES * count)
        or lengths.min(initial=_SHORTEST) < _SHORTEST
    ):
        return None
    row_of = {kind: row for row, kind in enumerate(forms)}
    rows = np.fromiter(map(row_of.__getitem__, form_of), np.int64, count)
    ends = lengths[rows].cumsum().tolist()
    entries = np.empty(ends[-1] if ends else 0, np.uint8)
    _made[0].fill_all(
        _view(tags), _view(commitments),
        _view(b"".join(forms.values())), lengths.cumsum(), rows,
        _PLACE_OF_TAG, _PLACE_OF_COMMITMENT, entries,
    )  # fmt: skip
    raw = entries.tobytes()
    return [raw[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]


def _commit_together(openings: Sequence[bytes], halves: Sequence[bytes]) -> bytes | None:
    if not _made or _made[0].commit_all is None or len(openings) != len(halves):
        return None
    if not set(map(len, openings)) <= {_COMMITMENT_BYTES}:
        return None
    commitments = np.empty(_COMMITMENT_BYTES * len(openings), np.uint8)
    ends = np.fromiter(map(len, halves), np.int64, len(halves)).cumsum()
    done = _made[0].commit_all(
        _view(COMMITMENT_DOMAIN), _view(b"".join(openings)), _view(b"".join(halves)), ends, commitments
    )
    return commitments.tobytes() if done == _STEPS * len(openings) else None


def _view(data: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(data, np.uint8)


_made: list[ModuleType] = []
"""`compiled_entries`, once it is loaded."""
