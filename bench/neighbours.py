"""Who else used the processors during a measurement: a number from a busy machine says so.

Reads Linux's accounts of processor time, in ticks.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

DISTURBING = 0.05
"""Share of all cores from which on others may have changed what was measured."""

_TICKS = os.sysconf("SC_CLK_TCK")
_USER, _SYSTEM = 11, 12


@dataclass(frozen=True)
class Account:
    """Processor time until a moment, in seconds."""

    at: float
    """The moment, of the monotonic clock."""
    all: float
    """What the whole machine did, and what its host took."""
    ours: float
    """What this process, its ended children and the servers did."""

    @classmethod
    def now(cls, servers: Iterable[float]) -> Account:
        """Take it; `servers` are the processor times of the servers."""
        here = sum(_used(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return cls(monotonic(), machine_seconds(Path("/proc/stat").read_text()), here + sum(servers))

    def others_since(self, before: Account) -> float:
        """The share of all cores that others used since an earlier account: 0 to 1."""
        available = (self.at - before.at) * (os.cpu_count() or 1)
        others = (self.all - before.all) - (self.ours - before.ours)
        return round(min(1.0, max(0.0, others / available)), 3)


def machine_seconds(stat: str) -> float:
    """Busy seconds of all cores, from `/proc/stat`: user, nice, system, interrupts, and stolen by the host."""
    user, nice, system, _idle, _waiting, hard, soft, stolen = map(int, stat.split("\n", 1)[0].split()[1:9])
    return (user + nice + system + hard + soft + stolen) / _TICKS


def process_seconds(stat: str) -> float:
    """Busy seconds of one process, from `/proc/PID/stat`."""
    fields = stat.rpartition(")")[2].split()
    return (int(fields[_USER]) + int(fields[_SYSTEM])) / _TICKS


def _used(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime
