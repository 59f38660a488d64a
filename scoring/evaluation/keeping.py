"""What a gateway keeps of rows: of each item of a person the last, and some of those before."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.earlier_sightings import EARLIER_LENGTH
from scoring.evaluation.recording import Rows


def last_of_each(rows: Rows, most: int) -> NDArray[np.int64]:
    """The numbers of the last rows of each person's last `most` items, rising."""
    newest_first = np.arange(len(rows.people))[::-1]
    pairs = rows.people[::-1] * (int(rows.items.max(initial=0)) + 1) + rows.items[::-1]
    last: NDArray[np.int64] = np.sort(newest_first[np.unique(pairs, return_index=True)[1]])
    return last[rows.take(last).ages < most]


def all_kept(rows: Rows, most: int) -> NDArray[np.int64]:
    """These, and the rows before them that are kept beside them (`scoring.earlier_sightings`), rising."""
    last = last_of_each(rows, most)
    since = np.full(int(rows.people.max(initial=-1)) + 1, -1, dtype=np.int64)
    counts = np.bincount(rows.people[last], minlength=len(since))
    full = np.flatnonzero(counts == most)
    since[full] = last[
        np.searchsorted(rows.people[last], full)
    ]  # a full history has forgotten what came before its oldest
    before = np.arange(len(rows.people)) > since[rows.people]
    before[last] = False
    earlier: NDArray[Any] = np.flatnonzero(before)
    earlier = earlier[rows.take(earlier).ages < EARLIER_LENGTH]
    return np.union1d(last, earlier)
