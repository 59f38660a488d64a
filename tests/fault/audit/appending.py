"""A process that appends as fast as it can until it is killed, and says what was acknowledged: index and number, 16 bytes each."""

from __future__ import annotations

import asyncio
import os
import struct
import sys
from functools import partial
from pathlib import Path
from random import Random

from tests.unit.audit.logs import entry, limits, open_log

LIMITS = limits(segment_bytes=32_768, reserve_bytes=4096, group_entries=32, publish_interval_seconds=0.004)
ACKNOWLEDGED = struct.Struct(">QQ")


def sealed(number: int) -> bytes:
    """The sealed part that belongs to an entry."""
    return number.to_bytes(4, "big") * (number % 60)


def acknowledge(first: int, numbers: range, failure: BaseException | None) -> None:
    """Say that these are durable; whoever reads it is another process, which outlives this one."""
    assert failure is None
    os.write(1, b"".join(ACKNOWLEDGED.pack(first + n, number) for n, number in enumerate(numbers)))


async def append_for_ever(root: Path, begin: int) -> None:
    """Append entries numbered from `begin` on."""
    log = open_log(root, limits=LIMITS)
    log.start(asyncio.get_running_loop())
    random = Random(begin)
    while True:
        numbers = range(begin, begin + random.randrange(1, 12))
        first = log.append_many([entry(n) for n in numbers], [sealed(n) for n in numbers])
        log.when_durable(partial(acknowledge, first, numbers))
        begin = numbers.stop
        if random.random() < 0.3:
            await log.wait_durable()
        else:
            await asyncio.sleep(0)


if __name__ == "__main__":
    asyncio.run(append_for_ever(Path(sys.argv[1]), int(sys.argv[2])))
