"""A release run on real books, in a process that may be killed at any of its steps: `python -m tests.fault.gateway.release_run DIR STEP`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from audit import Entry, encode_entry
from gateway.aggregates.questions import Places
from gateway.aggregates.release_runs import Ended, ReleaseRuns
from gateway.stores.budget import SqlBudget
from gateway.stores.budget_database import BudgetDatabase
from privacy import Length, Loss, Release, default_releases_text, read_catalogue, window_at
from tests.small_cube import SmallCube

STEPS = ("reserved", "noted", "built", "measured", "published", "told")
CATALOGUE = read_catalogue(default_releases_text().encode())
WINDOW = window_at(Length.DAY, 1_795_219_200)
NOW = WINDOW.end + 7200


class Reached:
    """Kills the process when it gets to a step."""

    def __init__(self, step: str) -> None:
        """Kill at `step`."""
        self._step = step

    def __call__(self, step: str) -> None:
        """We got to `step`."""
        if step == self._step:
            os.kill(os.getpid(), signal.SIGKILL)


class Books(SqlBudget):
    """The real ones; they say when they were written."""

    def __init__(self, database: BudgetDatabase, reached: Reached) -> None:
        """Tell `reached`."""
        super().__init__(database)
        self._reached = reached

    def reserve(self, *arguments: Any, **more: Any) -> Any:
        """Book, and say so."""
        answer = super().reserve(*arguments, **more)
        self._reached("reserved")
        return answer

    def publish(self, *arguments: Any, **more: Any) -> bool:
        """Publish, and say so."""
        done = super().publish(*arguments, **more)
        self._reached("published")
        return done


class Parts:
    """Everything around the books and the cube: a log of lines, a measurement that is never the same twice."""

    def __init__(self, directory: Path, reached: Reached) -> None:
        """Keep the log in `directory`."""
        self._log = directory / "log"
        self._reached = reached

    def plain(self, kind: Any, outcome: Any, now: int, detail: Any) -> bytes:
        """An entry."""
        return encode_entry(Entry(kind=kind, outcome=outcome, at=now, detail=detail))

    async def append(self, entries: list[bytes]) -> int:
        """Append lines, durably."""
        first = len(self.lines())
        with self._log.open("ab") as log:
            log.write(b"".join(entry + b"\n" for entry in entries))
            log.flush()
            os.fsync(log.fileno())
        self._reached("told" if b'"published"' in entries[0] else "noted")
        return first

    def lines(self) -> list[bytes]:
        """The log."""
        return self._log.read_bytes().splitlines() if self._log.exists() else []

    async def read(self, first: int) -> Sequence[tuple[int, bytes]]:
        """The log from `first` on."""
        return list(enumerate(self.lines()))[first:]

    async def take_up_shipped(self) -> None:
        """Everything is in force."""

    async def loss_of(self, release: Release) -> Loss:
        """What it costs."""
        return Loss(3473)

    async def first_at(self) -> int:
        """Long ago."""
        return 0

    async def are_in_force(self) -> bool:
        """The budget's terms hold."""
        return True

    async def run(self, _release: Release, _begin: int, places: Places, _reserved: Loss) -> bytes:
        """Noise, of the one who is there."""
        [part] = places.files
        assert pl.read_parquet(part, hive_partitioning=False)["n"].to_list() == [3]
        body = os.urandom(8).hex().encode()
        self._reached("measured")
        return body

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[Parts]:
        """One that measures."""
        yield self


async def run(directory: Path, step: str) -> tuple[Ended, bytes | None]:
    """Run a release to its end, or to a step."""
    reached = Reached(step)
    parts: Any = Parts(directory, reached)
    parts.terms = parts
    thread = ThreadPoolExecutor(1)
    small = SmallCube(directory, thread, late_seconds=3600)
    small.look(small.add(b"a"), 3, WINDOW.begin, recorded_at=WINDOW.begin)
    small.log = [replace(each, attributes={}) for each in small.log]
    small.cube.was_built = lambda: reached("built")  # type: ignore[method-assign]
    small.cube.begin()
    database = BudgetDatabase.open_file(directory)
    runs = ReleaseRuns(
        catalogue=CATALOGUE,
        ledger=Books(database, reached),
        in_force=parts,
        cube=small.cube,
        start_worker=parts.worker,
        writer=parts,
        append=parts.append,
        read=parts.read,
        first_at=parts.first_at,
        clock=lambda: NOW,
    )
    try:
        return await runs.run(CATALOGUE.releases[0], WINDOW)
    finally:
        database.close()
        thread.shutdown()


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), sys.argv[2]))
