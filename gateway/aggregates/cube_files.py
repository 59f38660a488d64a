"""The cube on disk: what each person did on a day, added up, under the week's name for them.

    DIR/aggregates/purpose=analytics/day=2026-11-20/part-<first index>-<arrival>.parquet
    DIR/aggregates/next                      the log's first entry that is not in it yet

- A part holds what arrived within one hour (`arrival`, counted from when hours close), so a window takes the parts that
  arrived before it closed, and no later one, whenever it is looked at.
- A part is staged, fsynced and renamed; then `next` moves. What was written and not counted is removed at the next start, and
  built again from the log: the same rows, but for people who withdrew meanwhile.
- Erasing rewrites the parts that have a person's rows. Blocking; calls from one thread at a time.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

import polars as pl

from gateway.durable_files import put_in_place, sync_directory
from privacy import CUBE_NUMBERS, Window

Rows = Mapping[str, Sequence[object]]
"""Columns by name, all of one length: `privacy.CUBE_NUMBERS` are whole numbers, all others are text."""


class CubeFiles:
    """The parts under one directory."""

    def __init__(self, directory: Path) -> None:
        """Keep them under `directory`."""
        self.directory = directory

    def next_index(self) -> int | None:
        """The log's first entry that is not in the cube yet; None if nothing was ever built."""
        try:
            return int((self.directory / "next").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def begin(self) -> None:
        """Remove what was written and not counted, and what a crash left staged.

        Raises:
            OSError: it cannot be removed.
        """
        counted = self.next_index() or 0
        for path in self.directory.glob("purpose=*/day=*/*"):
            if path.name.startswith(".") or _first_of(path) >= counted:
                path.unlink(missing_ok=True)
        for path in self.directory.glob("table-*.parquet"):
            path.unlink(missing_ok=True)

    def add(self, parts: Mapping[tuple[str, date, int], Rows], first: int, next_index: int) -> None:
        """Write what was built of the entries from `first` to before `next_index`, by purpose, day and hour of arrival.

        Durable on return.

        Raises:
            OSError: nothing of it counts.
        """
        for (purpose, day, arrival), rows in parts.items():
            home = self.directory / f"purpose={purpose}" / f"day={day.isoformat()}"
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            place = home / f"part-{first:016d}-{arrival:08d}.parquet"
            kinds = {name: pl.Int64() if name in CUBE_NUMBERS else pl.String() for name in rows}
            _write(place, pl.DataFrame(rows, schema=kinds).write_parquet)
        self.count(next_index)

    def count(self, next_index: int) -> None:
        """Everything before `next_index` is in the cube. Durable on return."""
        self.directory.mkdir(mode=0o700, exist_ok=True)
        _write(self.directory / "next", lambda path: path.write_text(str(next_index)))

    def files(self, purpose: str, window: Window, before_arrival: int) -> list[Path]:
        """The parts that may have rows of a window and arrived before it closed, in order."""
        found = []
        for day in window.days:
            home = self.directory / f"purpose={purpose}" / f"day={day.isoformat()}"
            found += [
                path for path in sorted(home.glob("part-*.parquet")) if _arrival_of(path) < before_arrival
            ]
        return found

    def table_of(self, key: str) -> Path:
        """Where the table of a release may stand while it is measured."""
        return self.directory / f"table-{hashlib.sha256(key.encode()).hexdigest()[:16]}.parquet"

    def days(self) -> list[str]:
        """The days that have parts, oldest first."""
        return sorted({path.name.removeprefix("day=") for path in self.directory.glob("purpose=*/day=*")})

    def keep_only(self, stays: Callable[[str, str, pl.Series], pl.Series]) -> int:
        """Rewrite every part without the people who do not stay.

        Args:
            stays: purpose, day, the names in a part -> which of them stay.

        Returns:
            How many parts were changed.

        Raises:
            OSError: a part could not be read or written; those before it are done.
        """
        changed = 0
        for path in sorted(self.directory.glob("purpose=*/day=*/part-*.parquet")):
            purpose, day = path.parent.parent.name.partition("=")[2], path.parent.name.partition("=")[2]
            try:
                people = pl.read_parquet(path, columns=["person"], hive_partitioning=False)["person"]
                mask = stays(purpose, day, people)
                if bool(mask.all()):
                    continue
                rest = pl.read_parquet(path, hive_partitioning=False).filter(mask)
            except pl.exceptions.PolarsError:
                raise OSError("a part of the cube cannot be read") from None
            if rest.height:
                _write(path, rest.write_parquet)
            else:
                path.unlink()
                sync_directory(path.parent)
            changed += 1
        return changed

    def drop_before(self, day: date) -> None:
        """Remove the parts of days before `day`."""
        for home in self.directory.glob("purpose=*/day=*"):
            if home.name.removeprefix("day=") < day.isoformat():
                for path in home.iterdir():
                    path.unlink()
                home.rmdir()


def _first_of(path: Path) -> int:
    return int(path.stem.split("-")[1])


def _arrival_of(path: Path) -> int:
    return int(path.stem.split("-")[2])


def _write(place: Path, write: Callable[[Path], object]) -> None:
    staged = place.with_name(f".{place.name}.staged")
    os.close(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))
    write(staged)
    with staged.open("rb") as written:
        os.fsync(written.fileno())
    put_in_place(staged, place)


def names_gone(purpose: str, names: Iterable[int]) -> Callable[[str, str, pl.Series], pl.Series]:
    """A judge that lets everybody stay but these, where they stand for `purpose`."""
    gone = pl.Series(list(names), dtype=pl.Int64)

    def stays(found: str, _day: str, people: pl.Series) -> pl.Series:
        return ~people.is_in((gone if found == purpose else gone.clear()).implode())

    return stays
