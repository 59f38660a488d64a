"""The entries of a chunk of events: forms, into which their commitments and tags are written.

Each by itself it is `EntryWriter.accepted`; together it is the same bytes from machine code
(`gateway.evidence.compiled_entries`), once `prepare_entries` has made it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

_TAG_BYTES, _COMMITMENT_BYTES = 16, 32
_PLACE_OF_COMMITMENT, _PLACE_OF_TAG = len('{"c":"'), len('{"c":"","g":"') + 43
"""Where the two begin in an entry; a commitment has 43 letters."""
_SHORTEST = _PLACE_OF_TAG + 22
"""An entry is longer than that: a tag has 22 letters."""


@cache
def prepare_entries() -> None:
    """Make the machine code, or read it from the disk; to be called in a thread."""
    from gateway.evidence import compiled_entries  # loads the compiler

    _made.append(compiled_entries)


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


def _view(data: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(data, np.uint8)


_made: list[ModuleType] = []
"""`compiled_entries`, once it is loaded."""
