"""The cube, built from the log when a window closes: nothing is kept of anybody before.

- What is read are the sealed signals of the purposes that releases look at, through consent as it stands when the window closes:
  whoever withdrew before is in no number.
- Reading gives the event loop back after every page, and rests four times as long as it worked; columns are made on a thread.
- Whoever withdraws or is erased later is gone from what is being built at once, and from the files right after (`Leaving`).
- What is older than anything that is kept is not built: whoever sends events of another century fills no disk with them.
- While somebody permits linking, what their devices did is theirs: one person, one name.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import product
from time import monotonic

import polars as pl

from gateway.aggregates.consent_table import ConsentTable
from gateway.aggregates.cube_files import CubeFiles, Stays
from gateway.aggregates.cube_keys import CubeKeys, week_of
from gateway.aggregates.cube_rows import Amounts, Owned, RowKey, add, columns_of, rows_of
from gateway.aggregates.leaving import Leaving
from gateway.aggregates.linked_names import LinkedNames
from gateway.aggregates.participation import Participation
from gateway.identities import Identities
from gateway.log_feed import LogFeed
from gateway.memory.people import People
from gateway.routing import RoutedSignal
from privacy import CONSENTS, SubjectRef

_PAGE = 128
_REST = 4
_HOUR = 3600
MAX_ROWS = 50_000
"""Rows kept in memory before they are written."""
MOST_LINES_EACH = 20_000
"""Of one person and purpose so many lines are taken in one go, the first ones: nobody fills the disk, or a table, alone."""


@dataclass(slots=True)
class _Building:
    """What was read and not written."""

    first: int
    """The log's first entry of it."""
    oldest: int
    """What is older is in no window that can still be measured (unix seconds)."""
    rows: dict[tuple[str, int], dict[RowKey, Amounts]] = field(default_factory=dict)
    """By purpose and slot."""
    count: int = 0
    """How many rows."""
    lines: Counter[tuple[str, int]] = field(default_factory=Counter)
    """By purpose and slot, with those of rows that were written meanwhile: when that was is a matter of others."""


class Cube:
    """Builds, and lets people go. Lives on the event loop; the files are written on `thread`, one call after the other."""

    def __init__(  # noqa: PLR0913  # where it reads, and whose it is
        self,
        *,
        files: CubeFiles,
        participation: Participation,
        consents: ConsentTable,
        keys: CubeKeys,
        feed: LogFeed,
        durable_size: Callable[[], int],
        people: People,
        identities: Identities,
        thread: Executor,
        fields: Mapping[str, tuple[str, ...]],
        ordered: Mapping[str, Collection[str]],
        bits: Mapping[str, int],
        late_seconds: int,
        keep_seconds: int,
    ) -> None:
        """Build of purposes -> `fields` that releases need, and events that are `ordered`, as far back as `keep_seconds`."""
        self.files = files
        self.participation = participation
        self.consents = consents
        self._keys = keys
        self._leaving = Leaving(files, participation, keys, thread)
        self._linked = LinkedNames(files, participation, keys, {*fields, CONSENTS}, identities, thread)
        self._feed = feed
        self._durable_size = durable_size
        self._people = people
        self._identities = identities
        self._thread = thread
        self._purposes = tuple(fields)
        self._fields = {purpose: names for purpose, names in fields.items() if purpose in bits}
        self._ordered = ordered
        self._bits = {purpose: bits[purpose] for purpose in self._fields}
        self._late = late_seconds
        self._kept = keep_seconds
        self._building: _Building | None = None
        self._reading = (0, 0)
        self._lock = asyncio.Lock()

    def arrival_of(self, at: int) -> int:
        """The hour in which something arrived, counted from when hours close."""
        return (at - self._late) // _HOUR

    def begin(self) -> None:
        """Let go of whoever withdrew or was erased while nobody looked: before anything is served.

        Raises:
            OSError: a part cannot be read or written: the cube must not be used, nor the gateway started.
        """
        self.files.begin()
        self.participation.begin()
        if self.files.days():
            self.files.keep_only(self._who_stays())

    def forget(self, purpose: str, slot: int) -> None:
        """A person's permission ended: nothing of them is in what is being built, and soon nothing in the files."""
        ref = self._people.ref_of[slot]
        whose = set() if ref is None else self._linked.people_of(ref)
        if self._building is not None:
            for gone in {slot, *(self._people.slot_of.get(each, slot) for each in whose)}:
                self._building.rows.pop((purpose, gone), None)
        if whose:
            self._leaving.let_go(purpose, whose)

    def part(self, slot: int) -> None:
        """A person's permission to link ended, or everything is paused: see `LinkedNames.part`."""
        ref = self._people.ref_of[slot]
        if ref is not None and self._identities.linked_with(ref):
            self._leaving.watch(self._linked.part(ref))

    async def drop_before(self, day: date, at: int) -> None:
        """Remove what is kept of days before `day`, and the keys of weeks before that of `at`.

        Raises:
            OSError: something could not be removed.
        """
        await asyncio.get_running_loop().run_in_executor(self._thread, self._drop_before, day, at)

    def _drop_before(self, day: date, at: int) -> None:
        self.files.drop_before(day)
        self.participation.drop_before(day)
        self._keys.destroy_before(at)

    async def rest(self) -> None:
        """Wait until nobody is being taken out of the files any more."""
        await self._leaving.rest()

    async def settle(self) -> None:
        """Wait until everybody who had to go is gone from the files.

        Raises:
            OSError: somebody could not be taken out: what is there must not be used.
        """
        await self._leaving.settle(self._who_stays)

    @property
    def built(self) -> float:
        """How much of the log that is to be read is read, from 0 to 1; 1 while nothing is read."""
        first, position = self._reading
        left = self._durable_size() - first
        return min(1.0, (position - first) / left) if self._building is not None and left > 0 else 1.0

    async def build_until(self, until: int) -> bool:
        """Take in everything that arrived before `until` (unix seconds).

        Returns:
            Whether something later was seen; if not, the log ends before, and nothing else arrives before `until` once the clock
            has passed it.

        Raises:
            FeedError: the clock stepped back.
            OSError: the files cannot be written.
        """
        async with self._lock:
            await self.settle()
            position = self.files.next_index() or 0
            passed = False
            self._building, self._reading = _Building(position, until - self._kept), (position, position)
            try:
                while not passed and position < self._durable_size():
                    began = monotonic()
                    position, passed = await self._page(position, until)
                    self._reading = self._reading[0], position
                    if self._building.count >= MAX_ROWS:
                        await self._write(position)
                    await asyncio.sleep(_REST * (monotonic() - began))
                await self._write(position)
            finally:
                self._building = None
            await self._linked.join()
            return passed

    async def _page(self, first: int, until: int) -> tuple[int, bool]:
        """Read one page for every purpose: the next index, and whether something arrived at `until` or later."""
        passed, limit, following = False, _PAGE, first
        for purpose in self._fields:
            page = await self._feed.read(purpose, first, limit)
            following = page.next_index
            limit = following - first
            for signal in page.signals:
                passed = passed or signal.recorded_at >= until
                self._take(purpose, signal)
            if not limit:
                break
        return following, passed

    def _take(self, purpose: str, signal: RoutedSignal) -> None:
        """Add one signal to what is being built."""
        building = self._building
        assert building is not None, "only while it is built"
        if signal.at < building.oldest:
            return
        whose = (purpose, signal.slot)
        mine = building.rows.setdefault(whose, {})
        at, ordered = self.arrival_of(signal.recorded_at), self._ordered.get(purpose, ())
        for key, amounts in rows_of(signal, self._fields[purpose], at, ordered):
            building.lines[whose] += 1
            if building.lines[whose] > MOST_LINES_EACH:
                return
            row = mine.get(key)
            if row is None:
                mine[key] = amounts
                building.count += 1
            else:
                add(row, amounts)

    async def _write(self, position: int) -> None:
        """Write what was built before `position`, and go on with nothing."""
        building = self._building
        assert building is not None, "only while it is built"
        self._building = _Building(position, building.oldest, lines=building.lines)
        add_rows = partial(self._add, list(self._owned(building)), building.first, position)
        await asyncio.get_running_loop().run_in_executor(self._thread, add_rows)

    def _owned(self, building: _Building) -> Iterator[Owned]:
        """Whose each row is, as it stands now: from here on people have names of the week."""
        for (purpose, slot), rows in building.rows.items():
            ref = self._people.ref_of[slot]
            if ref is None:
                continue
            whose = self._identities.linked_or_own(ref)
            if self._people.mask[self._people.slot_of[whose]] >> self._bits[purpose] & 1:
                yield purpose, whose, rows  # and not of a device whose owner does not permit it

    def _add(self, owned: Iterable[Owned], first: int, following: int) -> None:
        self.files.add(columns_of(owned, self._fields, self._keys.name), first, following)

    async def counted_of(self, ref: SubjectRef, days: Iterable[date]) -> dict[tuple[date, str], int]:
        """In how many releases of a day, by purpose, a person counted; for that person alone.

        Raises:
            OSError: it cannot be read now.
        """
        look = partial(self._counted, self._identities.linked_or_own(ref), tuple(days))
        return await asyncio.get_running_loop().run_in_executor(self._thread, look)

    def _counted(self, whose: SubjectRef, days: Sequence[date]) -> dict[tuple[date, str], int]:
        kept, found = self._keys.weeks(), {}
        for day, purpose in product(days, self._purposes):
            week = week_of(day.isoformat())
            name = self._keys.name_in(whose, purpose, week) if week in kept else None
            found[day, purpose] = 0 if name is None else self.participation.counted(purpose, day, name)
        return found

    def _who_stays(self) -> Stays:
        """Judges by what people permit now: whoever does not permit a purpose any more has no rows of it."""
        known = {
            (purpose, week): pl.Series(
                [self._keys.name_in(ref, purpose, week) for ref in refs], dtype=pl.Int64
            )
            for purpose, bit in self._bits.items()
            for refs in (self._permitting(bit),)
            for week in self._keys.weeks()
        }
        nobody = pl.Series([], dtype=pl.Int64)

        def stays(purpose: str, day: str, found: pl.Series) -> pl.Series:
            return found.is_in(known.get((purpose, week_of(day)), nobody).implode())

        return stays

    def _permitting(self, bit: int) -> set[SubjectRef]:
        """Whoever permits a purpose; of devices that are somebody's, those whose owner permits it, too."""
        mask, ref_of = self._people.mask, self._people.ref_of
        refs = {
            ref
            for slot in self._people.slots()
            if mask[slot] >> bit & 1 and (ref := ref_of[slot]) is not None
        }
        return {ref for ref in refs if self._identities.linked_or_own(ref) in refs}
