"""Memory of the people that the gateway knows: look-up, permissions, evidence keys, histories, what the model is trained on.

Measured in a process of its own, by how much it grows: in one that did other things before, freed memory would be used again and
not be seen.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.report import Row
from gateway.memory.owners import EntryOwners
from gateway.memory.people import People
from gateway.memory.recent_ids import RecentIds
from gateway.snapshots import Remembered, copy_state
from privacy import SubjectRef
from scoring import Contributions, History, prepare_ranking

ITEMS_EACH = 20
_CHUNK = 10_000
_LATE = 1_795_000_000
_COPIES = 5


def rows(people: int) -> list[Row]:
    """Build `people` people in a process and see how much it grows."""
    command = [sys.executable, "-m", "bench.memory", str(people)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    found = json.loads(done.stdout)
    return [describe(people, found["grown"]), describe_copy(people, found["copied_ms"])]


def describe(people: int, grown: dict[str, int]) -> Row:
    """The row for what was measured: bytes by what had been built until then."""
    megabytes = {name: round(n / people) for name, n in grown.items()}  # bytes a person are MB a million
    return {
        "name": "memory per million people",
        "value": megabytes["people"],
        "unit": "MB",
        "goal": "<= 250",
        "detail": f"{megabytes['history']} MB with a history of {ITEMS_EACH} items each, {megabytes['training']} MB with what the "
        f"model is trained on besides; {people:,} people were built",
        "bound_by": "the dict of pseudonyms; 32 bytes of key",
    }


def describe_copy(people: int, copied_ms: Sequence[float]) -> Row:
    """The row for how long the event loop stands still while everything is copied for a snapshot (milliseconds)."""
    return {
        "name": "copied for a snapshot, per million people",
        "value": round(statistics.median(copied_ms) * 1_000_000 / people),
        "unit": "ms",
        "detail": f"between {min(copied_ms):.0f} and {max(copied_ms):.0f} ms for {people:,} people; the first time memory is new",
        "bound_by": "memory bandwidth",
    }


def build(people: int) -> dict[str, Any]:
    """Build people one layer after the other.

    Returns:
        `grown`: by how many bytes this process has grown after each layer; `copied_ms`: how long copying all of it took, each time.
    """
    prepare_ranking()
    gc.collect()
    before = resident_bytes()
    known, history, contributions = People(), History(), Contributions()
    for number in range(people):
        slot = known.add(SubjectRef(os.urandom(16)), number + 1, os.urandom(32))
        known.mask[slot] = 0b111
    grown = {"people": resident_bytes() - before}
    for name, table in (("history", history), ("training", contributions)):
        for item in range(ITEMS_EACH):
            for first in range(0, people, _CHUNK):
                slots = list(range(first, min(people, first + _CHUNK)))
                table.add_many(slots, [item * 7 + 1] * len(slots), [_LATE + item] * len(slots))
        gc.collect()
        grown[name] = resident_bytes() - before
    recent = RecentIds(window_seconds=1, max_ids=1)
    state = Remembered(known, history, contributions, recent, EntryOwners())
    return {"grown": grown, "copied_ms": [_copying_ms(state) for _ in range(_COPIES)]}


def _copying_ms(state: Remembered) -> float:
    began = perf_counter()
    copy_state(state, 0, ())
    return 1e3 * (perf_counter() - began)


def resident_bytes() -> int:
    """Memory of this process at the moment."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def main() -> None:
    """Build, and print what was found."""
    parser = argparse.ArgumentParser(description="Build people in memory; print bytes after each layer.")
    parser.add_argument("people", type=int)
    print(json.dumps(build(parser.parse_args().people)))


if __name__ == "__main__":
    main()
