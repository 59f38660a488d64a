"""Finding entries of the log: by kind, outcome, purpose and time, the newest first, a page at a time.

- A search looks through a bounded number of entries. If that is not enough for a page, it says where to go on.
- The range of time is found by halving, because times in the log rise. (They are rounded; where somebody made the gateway trust a
  clock that was set back, what stands around that place may be missed: an export looks at every entry.)
- What is found are entries as everybody may check them. Nothing sealed is opened, and nobody is looked for.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from audit import Entry, Kind, Outcome, Sequencer, decode_entry
from gateway.memory.owners import time_of

PAGE_ENTRIES = 50
"""On a page."""

MOST_LOOKED_THROUGH = 50_000
"""Entries, for one page."""

_AT_ONCE = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for; None is anything."""

    kind: Kind | None = None
    """What it is about."""
    outcome: Outcome | None = None
    """How it ended; of withheld events, the reason that shares the entry."""
    purpose: str | None = None
    """A purpose's code of three letters."""
    first_at: int | None = None
    """From this time on (unix seconds)."""
    end_at: int | None = None
    """Before this time (unix seconds)."""


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what was found."""

    entries: list[tuple[int, Entry]]
    """Index and entry, the newest first."""
    before: int | None
    """Where to go on: older than this index; None if that was all."""
    looked_through: int
    """How many entries."""


class Searching:
    """Looks through a log. The log is read in a thread."""

    def __init__(self, sequencer: Sequencer) -> None:
        """Look through what `sequencer` has made durable."""
        self._sequencer = sequencer

    async def find(self, wanted: Wanted, *, before: int | None = None, at_most: int = PAGE_ENTRIES) -> Found:
        """The newest entries that are wanted, older than the index `before` if one is given; `at_most` so many.

        Raises:
            CorruptionError: the log cannot be read.
        """
        return await asyncio.to_thread(self._find, wanted, before, at_most)

    async def entry(self, index: int) -> tuple[bytes, Entry] | None:
        """An entry's bytes, and what they say; None if there is none at that place.

        Raises:
            CorruptionError: the log cannot be read.
        """
        if not 0 <= index < self._sequencer.durable_size:
            return None
        records = await asyncio.to_thread(self._sequencer.read, index, 1)
        return next(((raw, decode_entry(raw)) for at, raw, _ in records if at == index), None)

    def _find(self, wanted: Wanted, before: int | None, at_most: int) -> Found:
        size = self._sequencer.durable_size
        lowest = 0 if wanted.first_at is None else self._first_not_before(wanted.first_at, size)
        end = size if wanted.end_at is None else self._first_not_before(wanted.end_at, size)
        end = end if before is None else max(lowest, min(end, before))
        found: list[tuple[int, Entry]] = []
        at = end
        while at > lowest and len(found) < at_most and end - at < MOST_LOOKED_THROUGH:
            first = max(lowest, at - _AT_ONCE)
            records = [each for each in self._sequencer.read(first, at - first) if each[0] < at]
            at = at if records else first  # the oldest may be gone
            for index, raw, _ in reversed(records):
                at = index
                entry = decode_entry(raw) if _may_be(raw, wanted) else None
                if entry is not None and _is(entry, wanted):
                    found.append((index, entry))
                    if len(found) == at_most:
                        break
        return Found(found, at if at > lowest else None, end - at)

    def _first_not_before(self, at: int, size: int) -> int:
        """The first index whose entry is not older than a time."""
        low, high = 0, size
        while low < high:
            middle = (low + high) // 2
            if time_of(self._sequencer.read(middle, 1)[0][1]) < at:
                low = middle + 1
            else:
                high = middle
        return low


def _may_be(raw: bytes, wanted: Wanted) -> bool:
    """Whether canonical bytes can be what is wanted: cheap, and never wrongly no."""
    return wanted.kind is None or b'"k":"%b"' % wanted.kind.value.encode() in raw


def _is(entry: Entry, wanted: Wanted) -> bool:
    if wanted.kind is not None and entry.kind is not wanted.kind:
        return False
    if wanted.purpose is not None and wanted.purpose not in entry.purposes:
        return False
    if wanted.first_at is not None and entry.at < wanted.first_at:
        return False
    if wanted.end_at is not None and entry.at >= wanted.end_at:
        return False
    return wanted.outcome is None or entry.outcome is wanted.outcome or _shares(entry, wanted.outcome)


def _shares(entry: Entry, outcome: Outcome) -> bool:
    return outcome.value.startswith("withheld.") and outcome.reason in entry.counts
