"""The cube on disk: what each person did on a day, added up, under the week's name for them.

    DIR/aggregates/purpose=analytics/day=2026-11-20/part-<first index>-<arrival>.parquet
    DIR/aggregates/next                      the log's first entry that is not in it yet

- A part holds what arrived within one hour (`arrival`, counted from when hours close), so a window takes the parts that
  arrived before it closed, and no later one, whenever it is looked at.
- A part is staged, fsynced and renamed; then `next` moves. What was written and not counted is removed at the next start, and
  built again from the log: the same rows, but for people who withdrew meanwhile.
- Erasing and renaming rewrite the parts that have a person's rows. Blocking; calls from one thread at a time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import polars as pl

from gateway.aggregates.cube_keys import week_of
from gateway.durable_files import remove_days_before, sync_directory, write_durably
from privacy import CUBE_NUMBERS, Window

_BEGAN: Final = date(1970, 1, 1)
_HOURS: Final = 24

Rows = Mapping[str, Sequence[object]]
"""Columns by name, all of one length: `privacy.CUBE_NUMBERS` are whole numbers, all others are text."""
Stays = Callable[[str, str, pl.Series], pl.Series]
"""Judges who stays: purpose, day, the names in a part -> for each of them whether its rows do."""


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
            write_durably(place, pl.DataFrame(rows, schema=kinds).write_parquet)
        self.count(next_index)

    def count(self, next_index: int) -> None:
        """Everything before `next_index` is in the cube. Durable on return."""
        self.directory.mkdir(mode=0o700, exist_ok=True)
        write_durably(self.directory / "next", lambda path: path.write_text(str(next_index)))

    def files(self, purpose: str, window: Window, before_arrival: int, *, late: bool = False) -> list[Path]:
        """The parts that may have rows of a window and arrived before it closed, in order; only those that arrived when their own
        day had closed, if they are to be `late`.
        """
        found = []
        for day in window.days:
            home = self.directory / f"purpose={purpose}" / f"day={day.isoformat()}"
            first = _HOURS * (day - _BEGAN + timedelta(days=1)).days if late else 0
            found += [
                path
                for path in sorted(home.glob("part-*.parquet"))
                if first <= _arrival_of(path) < before_arrival
            ]
        return found

    def table_of(self, key: str) -> Path:
        """Where the table of a release may stand while it is measured."""
        return self.directory / f"table-{hashlib.sha256(key.encode()).hexdigest()[:16]}.parquet"

    def days(self) -> list[str]:
        """The days that have parts, oldest first."""
        return sorted({path.name.removeprefix("day=") for path in self.directory.glob("purpose=*/day=*")})

    def keep_only(self, stays: Stays, purposes: Collection[str] | None = None) -> int:
        """Rewrite every part without the people who do not stay.

        Args:
            stays: judges who does.
            purposes: look at their parts alone.

        Returns:
            How many parts were changed.

        Raises:
            OSError: a part could not be read or written; those before it are done.
        """
        changed = 0
        for purpose, day, path in self._parts():
            if purposes is not None and purpose not in purposes:
                continue
            mask = stays(purpose, day, _people_of(path))
            if bool(mask.all()):
                continue
            rest = _read(path).filter(mask)
            if rest.height:
                write_durably(path, rest.write_parquet)
            else:
                path.unlink()
                sync_directory(path.parent)
            changed += 1
        return changed

    def rename(self, names: Mapping[tuple[str, str], Mapping[int, int]]) -> int:
        """Give people other names.

        Args:
            names: purpose, week -> a name -> the name instead.

        Returns:
            How many parts were changed.

        Raises:
            OSError: a part could not be read or written; those before it are done.
        """
        changed = 0
        for purpose, day, path in self._parts():
            renamed = names.get((purpose, week_of(day)))
            if renamed and bool(_people_of(path).is_in(list(renamed)).any()):
                table = _read(path).with_columns(pl.col("person").replace(renamed))
                write_durably(path, table.write_parquet)
                changed += 1
        return changed

    def _parts(self) -> Iterator[tuple[str, str, Path]]:
        """Purpose, day and place of every part."""
        for path in sorted(self.directory.glob("purpose=*/day=*/part-*.parquet")):
            yield path.parent.parent.name.partition("=")[2], path.parent.name.partition("=")[2], path

    def drop_before(self, day: date) -> None:
        """Remove the parts of days before `day`."""
        for home in self.directory.glob("purpose=*"):
            remove_days_before(home, day)


def _first_of(path: Path) -> int:
    return int(path.stem.split("-")[1])


def _arrival_of(path: Path) -> int:
    return int(path.stem.split("-")[2])


def _read(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path, hive_partitioning=False)
    except pl.exceptions.PolarsError:
        raise OSError("a part of the cube cannot be read") from None


def _people_of(path: Path) -> pl.Series:
    try:
        return pl.read_parquet(path, columns=["person"], hive_partitioning=False)["person"]
    except pl.exceptions.PolarsError:
        raise OSError("a part of the cube cannot be read") from None


def names_gone(names: Mapping[str, Iterable[int]]) -> Stays:
    """A judge that lets everybody stay but these, by the purpose that they stand for."""
    gone = {purpose: pl.Series(list(found), dtype=pl.Int64).implode() for purpose, found in names.items()}
    nobody = pl.Series(dtype=pl.Int64).implode()

    def stays(purpose: str, _day: str, people: pl.Series) -> pl.Series:
        return ~people.is_in(gone.get(purpose, nobody))

    return stays
