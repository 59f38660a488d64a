"""What the log says in numbers: withheld by reason, decisions by outcome, consent by day, gaps. Counted once, and then on.

The log is read from its beginning, a bounded piece at each look, and never again: a console that is opened for the first time on
a long log says how far it has counted. Nothing of it is kept; a restart counts anew.

Source: the entries themselves (`docs/audit-format.md`).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from time import monotonic

import msgspec

from audit import ENDING_OUTCOMES, GIVING_OUTCOMES, Kind, Sequencer
from privacy import DAY_SECONDS

_AT_ONCE = 2048
_LOOK_SECONDS = 1.0
"""So long one look may count at most."""


class _Read(msgspec.Struct):
    """What is counted of an entry; the rest of it is passed over."""

    k: str
    o: str
    t: int
    n: dict[str, int] = {}
    d: dict[str, str | int] = {}


_read = msgspec.json.Decoder(_Read).decode


@dataclass(slots=True)
class LogCounts:
    """The numbers so far."""

    counted: int = 0
    """How many entries were counted."""
    reached: int = 0
    """The index of the next one; more than were counted, where the oldest segments of the log went."""
    kinds: Counter[str] = field(default_factory=Counter)
    """Entries by kind."""
    accepted: int = 0
    """Events that were let through."""
    withheld: Counter[str] = field(default_factory=Counter)
    """Events that were not, by reason."""
    decisions: Counter[str] = field(default_factory=Counter)
    """Answers to what to show, by outcome."""
    given: Counter[int] = field(default_factory=Counter)
    """Consents given or confirmed, by day since 1970."""
    ended: Counter[int] = field(default_factory=Counter)
    """Consents refused or ended, by day."""
    gaps: int = 0
    """How often the log could not take entries."""
    lost: int = 0
    """How many it could not take."""
    starts: int = 0
    """How often it was opened."""
    first_at: int | None = None
    """The time of the first entry (unix seconds, rounded)."""


def count(tally: LogCounts, entries: Iterable[bytes]) -> None:
    """Count entries in; each must be canonical."""
    for raw in entries:
        _count(tally, _read(raw))
        tally.counted += 1


def _count(tally: LogCounts, entry: _Read) -> None:
    tally.kinds[entry.k] += 1
    if tally.first_at is None:
        tally.first_at = entry.t
    match entry.k:
        case Kind.EVENT:
            tally.accepted += 1
        case Kind.WITHHELD:
            tally.withheld.update(entry.n)
        case Kind.DECISION:
            tally.decisions[entry.o] += 1
        case Kind.CONSENT if entry.o in GIVING_OUTCOMES:
            tally.given[entry.t // DAY_SECONDS] += 1
        case Kind.CONSENT if entry.o in ENDING_OUTCOMES:
            tally.ended[entry.t // DAY_SECONDS] += 1
        case Kind.GAP:
            tally.gaps += 1
            tally.lost += int(entry.d.get("lost", 0))
        case Kind.BOOT:
            tally.starts += 1
        case _:
            pass


class Tallies:
    """Counts a log, and goes on where it stopped. Lives on the event loop; the log is read in a thread."""

    def __init__(self, sequencer: Sequencer, clock: Callable[[], float] = monotonic) -> None:
        """Count what `sequencer` has made durable; `clock` measures how long a look takes (seconds)."""
        self._sequencer = sequencer
        self._clock = clock
        self._tally = LogCounts()
        self._one_at_a_time = asyncio.Lock()

    async def now(self) -> LogCounts:
        """The numbers, brought as far as one look may.

        Raises:
            CorruptionError: the log cannot be read.
        """
        async with self._one_at_a_time:
            began, end = self._clock(), self._sequencer.durable_size
            while self._tally.reached < end and self._clock() - began < _LOOK_SECONDS:
                await asyncio.to_thread(self._go_on, end)
            return self._tally

    def _go_on(self, end: int) -> None:
        first = self._tally.reached
        records = self._sequencer.read(first, min(_AT_ONCE, end - first))
        count(self._tally, (entry for _, entry, _ in records))
        self._tally.reached = records[-1][0] + 1
