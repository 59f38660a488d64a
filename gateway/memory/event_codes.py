"""What events are called in memory: a code of six bits stands beside each item of a history (`scoring.sightings`).

The policy's events are numbered in the order of their names, from 1; 0 stands for an event without a number: our own, and
those beyond the sixty-third. What is kept on disk is the names, and codes are given anew at every start.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from consent import Policy
from scoring import N_EVENTS, NO_ITEM, events_of, sighting_of

ITEM_AND_USE = 0x40FF_FFFF
"""The bits of a sighting that are not its event."""


def event_codes(policy: Policy) -> dict[str, int]:
    """The code of each event that some purpose may see."""
    names = sorted({name for purpose in policy.purposes for name in purpose.fields.events})
    return {name: code for code, name in enumerate(names[: N_EVENTS - 1], start=1)}


def translate_events(
    sightings: NDArray[np.int32], names: Iterable[str], codes: Mapping[str, int]
) -> NDArray[np.int32]:
    """Sightings under the codes of now.

    Args:
        sightings: as they were written.
        names: what the codes from 1 on were called then.
        codes: what they are now; what is not called anything any more has none.
    """
    now = np.zeros(N_EVENTS, dtype=np.int32)
    for code, name in enumerate(names, start=1):
        now[code] = codes.get(name, 0)
    again = sighting_of(sightings & ITEM_AND_USE, now[events_of(sightings)])
    return np.where(sightings == NO_ITEM, sightings, again).astype(np.int32)
