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
import subprocess
import sys
from pathlib import Path

from bench.report import Row
from gateway.memory.people import People
from privacy import SubjectRef
from scoring import Contributions, History, prepare_ranking

ITEMS_EACH = 20
_CHUNK = 10_000
_LATE = 1_795_000_000


def rows(people: int) -> list[Row]:
    """Build `people` people in a process and see how much it grows."""
    command = [sys.executable, "-m", "bench.memory", str(people)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    return [describe(people, json.loads(done.stdout))]


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


def build(people: int) -> dict[str, int]:
    """Build people one layer after the other; by how many bytes this process has grown after each."""
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
    return grown


def resident_bytes() -> int:
    """Memory of this process at the moment."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def main() -> None:
    """Build, and print the bytes."""
    parser = argparse.ArgumentParser(description="Build people in memory; print bytes after each layer.")
    parser.add_argument("people", type=int)
    print(json.dumps(build(parser.parse_args().people)))


if __name__ == "__main__":
    main()
