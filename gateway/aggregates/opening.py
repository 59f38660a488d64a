"""Private aggregates, put together: only what a directory's `releases.toml` asks for, and nothing where there is none."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from audit import AuditError, Kind, LogUnavailableError, Outcome, Sequencer, decode_entry
from gateway.aggregates.books import Books
from gateway.aggregates.by_policy import conditions_of, unfit_releases
from gateway.aggregates.consent_table import ConsentTable
from gateway.aggregates.cube import Cube
from gateway.aggregates.cube_files import CubeFiles
from gateway.aggregates.cube_keys import CubeKeys
from gateway.aggregates.entries import Detail
from gateway.aggregates.in_force import ReleasesInForce
from gateway.aggregates.participation import Participation
from gateway.aggregates.release_runs import ReleaseRuns
from gateway.aggregates.schedule import Schedule
from gateway.aggregates.worker_process import SharedWorker
from gateway.directory.init_directory import RELEASES_FILE
from gateway.evidence.entries import EntryWriter
from gateway.log_feed import open_log_feed
from gateway.parts import Memory, Opened
from privacy import DAY_SECONDS, Catalogue, CatalogueError, default_releases_text, read_catalogue

_PAGE = 4096


@dataclass(frozen=True, slots=True)
class Aggregates:
    """What the routes and the background need."""

    catalogue: Catalogue
    """What may be published."""
    books: Books
    """What is spent of the one budget, and what was published."""
    in_force: ReleasesInForce
    """Which of it may run."""
    runs: ReleaseRuns
    """What runs a release."""
    cube: Cube
    """What people did, and in how many releases each counted."""
    schedule: Schedule
    """What decides when one is run."""
    thread: ThreadPoolExecutor
    """The thread of the cube's files."""
    measuring: SharedWorker
    """The process that measures, while there is one."""

    def start(self) -> None:
        """Begin to look at the time, if there is anything to publish."""
        if self.catalogue.releases:
            self.schedule.start()

    async def stop(self) -> None:
        """End the schedule, the process that measures, and the thread of the files."""
        await self.schedule.stop()
        await self.measuring.stop()
        await self.cube.rest()
        await asyncio.to_thread(self.thread.shutdown)


def read_releases(directory: Path) -> Catalogue:
    """The catalogue of a data directory; an empty one where there is no file.

    Raises:
        CatalogueError: releases.toml cannot be used.
    """
    try:
        data = (directory / RELEASES_FILE).read_bytes()
    except FileNotFoundError:
        data = b""
    except OSError:
        raise CatalogueError("releases.toml cannot be read") from None
    try:
        return read_catalogue(data)
    except CatalogueError as exc:
        raise CatalogueError(f"{RELEASES_FILE}: {exc}") from None


def open_aggregates(opened: Opened, memory: Memory, writer: EntryWriter) -> Aggregates:
    """Open what is needed to publish; whoever withdrew since is taken out of what is kept.

    Raises:
        CatalogueError: releases.toml cannot be used.
        OSError: somebody could not be taken out.
    """
    catalogue = read_releases(opened.settings.directory)
    clock = memory.clock.now
    thread = ThreadPoolExecutor(1, thread_name_prefix="cube")
    cube = _cube(opened, memory, catalogue, thread)
    cube.begin()
    for purpose in catalogue.purposes():
        bit = memory.policy.bits.get(purpose)
        if bit is not None:
            for ending in (bit, *conditions_of(catalogue, memory.policy, purpose)):
                memory.consumers.subscribe_to_endings(ending, partial(cube.forget, purpose))
    for bit in memory.identities.link_bits:
        memory.consumers.subscribe_to_endings(bit, cube.part)
    append = partial(_append, opened.sequencer)

    async def note(detail: Detail) -> int:
        return await append([writer.plain(Kind.RELEASE, Outcome.DONE, clock(), detail)])

    shipped = read_catalogue(default_releases_text().encode())
    measuring = SharedWorker()
    in_force = ReleasesInForce(catalogue, shipped, opened.books.releases, measuring, note, clock)
    in_force.unfit = unfit_releases(catalogue, memory.policy)
    runs = ReleaseRuns(
        catalogue=catalogue,
        ledger=opened.books.budget,
        in_force=in_force,
        cube=cube,
        start_worker=measuring,
        writer=writer,
        append=append,
        read=partial(_read, opened.sequencer),
        first_at=partial(_first_at, opened.sequencer),
        clock=clock,
    )
    return Aggregates(
        catalogue,
        Books(opened.books.budget),
        in_force,
        runs,
        cube,
        Schedule(runs, cube, clock),
        thread,
        measuring,
    )


def _cube(opened: Opened, memory: Memory, catalogue: Catalogue, thread: ThreadPoolExecutor) -> Cube:
    settings = opened.settings
    home = settings.directory / "aggregates"
    keys = CubeKeys(settings.keys_dir / "cube", os.urandom)
    people, identities, bits = memory.people, memory.identities, memory.policy.bits
    return Cube(
        files=CubeFiles(home),
        participation=Participation(home / "counted", catalogue.counted_per_day),
        consents=ConsentTable(home, keys, people, identities, bits, thread),
        keys=keys,
        feed=open_log_feed(opened, memory),
        durable_size=lambda: opened.sequencer.durable_size,
        people=people,
        identities=identities,
        thread=thread,
        fields=catalogue.purposes(),
        ordered=catalogue.ordered_events(),
        bits=bits,
        late_seconds=60 * catalogue.windows.late_minutes,
        keep_seconds=DAY_SECONDS * catalogue.windows.keep_days,
    )


async def _append(sequencer: Sequencer, entries: list[bytes]) -> int:
    first = sequencer.append_many(entries, [b""] * len(entries))
    await sequencer.wait_durable()
    return first


async def _read(sequencer: Sequencer, first: int) -> Sequence[tuple[int, bytes]]:
    if first >= sequencer.durable_size:
        return ()
    records = await asyncio.to_thread(sequencer.read, first, _PAGE)
    return [(index, entry) for index, entry, _ in records]


async def _first_at(sequencer: Sequencer) -> int | None:
    """When the first entry was made; None if it is not there, or not any more."""
    if not sequencer.durable_size:
        return None
    try:
        records = await asyncio.to_thread(sequencer.read, 0, 1)
    except LogUnavailableError:
        raise
    except AuditError:
        return None
    return next((decode_entry(entry).at for index, entry, _ in records if index == 0), None)
