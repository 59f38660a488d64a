"""Memory of the people that the gateway knows: their look-up, permissions, evidence keys, and histories."""

from __future__ import annotations

import gc
import os
import resource
from pathlib import Path
from typing import Any

from gateway.people import People
from privacy import SubjectRef
from scoring import History

ITEMS_EACH = 20


def rows(people: int) -> list[dict[str, Any]]:
    """Build `people` people in this process and see how much it grows."""
    gc.collect()
    before = resident_bytes()
    known = People()
    for number in range(people):
        slot = known.add(SubjectRef(os.urandom(16)), number + 1, os.urandom(32))
        known.mask[slot] = 0b111
    alone = resident_bytes() - before
    history = History()
    slots = list(range(people))
    for item in range(ITEMS_EACH):
        for first in range(0, people, 10_000):
            some = slots[first : first + 10_000]
            history.add_many(some, [item * 7 + 1] * len(some), [1_800_000_000 + item] * len(some))
    both = resident_bytes() - before
    scale = 1_000_000 / people / 1e6
    return [
        {
            "name": "memory per million people",
            "value": round(alone * scale),
            "unit": "MB",
            "goal": "<= 250",
            "detail": f"{round(both * scale)} MB with {ITEMS_EACH} items of history each; {people:,} people built",
            "bound_by": "the dict of pseudonyms (138-152 bytes a person); 32 bytes of key",
        }
    ]


def resident_bytes() -> int:
    """Memory of this process at the moment."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
