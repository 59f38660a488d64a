"""Who counted in which release of a day, on disk: so that nobody counts in more of them than they may.

    DIR/aggregates/counted/purpose=analytics/day=2026-11-20/people_by_day@1~2026-11-20.parquet

One file of names for each release that touches the day, written by the process that measures, before it measures; and
`left-out.parquet`, of those who count in none any more. The names are the cube's: new every week and for every purpose. They
stay when their owner's rows go, as all that is left of them, until the day can be in no release any more: whoever leaves and
comes back does not begin anew. Blocking; from one thread at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from gateway.durable_files import remove_days_before, write_durably
from privacy import ParticipationLimit, Release, Window

_NAMES = {"person": pl.Int64()}
_LEFT_OUT = "left-out.parquet"


@dataclass(frozen=True, slots=True)
class Participation:
    """The files under one directory."""

    directory: Path
    """Where they are."""
    most: int
    """In so many releases of a day, of one purpose, a person counts at most."""

    def limits(self, release: Release, window: Window) -> list[ParticipationLimit]:
        """Who counts in a release no more: by all releases of each of its days, and by the hours of its own."""
        own = _file_name(release, window)
        found = []
        for day in window.days:
            others = [path for path in self._files(release.purpose, day) if path.name != own]
            found.append(ParticipationLimit(tuple(map(str, others)), self.most))
            if release.hours_each:
                hours = [path for path in others if path.name.startswith(_family(release))]
                found.append(ParticipationLimit(tuple(map(str, hours)), release.hours_each))
            left_out = self._left_out(release.purpose, day)
            if left_out.exists():
                found.append(ParticipationLimit((str(left_out),), 1))
        return found

    def places(self, release: Release, window: Window) -> list[Path]:
        """Where the names of those go who count in a release."""
        name = _file_name(release, window)
        return [self._home(release.purpose, day) / name for day in window.days]

    def is_known(self, release: Release, window: Window) -> bool:
        """Whether it is known who counted in a release."""
        return all(place.exists() for place in self.places(release, window))

    def counted(self, purpose: str, day: date, name: int) -> int:
        """In how many releases of a day somebody counted.

        Raises:
            OSError: a file cannot be read.
        """
        return sum(_has(path, [name]) for path in self._files(purpose, day))

    def keep_together(self, purpose: str, week: Collection[date], names: Collection[int]) -> None:
        """Let several names of one person stand wherever one of them does: from now on they may come back as several people.

        Raises:
            OSError: a file cannot be read or written.
        """
        for path in (path for day in week for path in self._files(purpose, day)):
            if len(names) > 1 and _has(path, names):
                _add(path, set(names))

    def keep_paired(self, purpose: str, week: Collection[date], owner_of: Mapping[int, int]) -> None:
        """Let a name and its owner's stand wherever one of the two does.

        Raises:
            OSError: a file cannot be read or written.
        """
        for path in (path for day in week for path in self._files(purpose, day)):
            people = set(_people_of(path))
            pairs = [pair for pair in owner_of.items() if not people.isdisjoint(pair)]
            _add(path, {name for pair in pairs for name in pair} - people)

    def leave_out(self, purpose: str, week: Collection[date], names: Collection[int]) -> None:
        """Let these names count in no release of those days any more.

        Raises:
            OSError: a file cannot be read or written.
        """
        for day in week:
            self._home(purpose, day).mkdir(mode=0o700, parents=True, exist_ok=True)
            _add(self._left_out(purpose, day), set(names))

    def begin(self) -> None:
        """Remove what a crash left staged."""
        for path in self.directory.glob("purpose=*/day=*/.*"):
            path.unlink(missing_ok=True)

    def drop_before(self, day: date) -> None:
        """Forget who counted on days before `day`."""
        for home in self.directory.glob("purpose=*"):
            remove_days_before(home, day)

    def _home(self, purpose: str, day: date) -> Path:
        return self.directory / f"purpose={purpose}" / f"day={day.isoformat()}"

    def _files(self, purpose: str, day: date) -> list[Path]:
        return sorted(self._home(purpose, day).glob("[!.]*@*.parquet"))

    def _left_out(self, purpose: str, day: date) -> Path:
        return self._home(purpose, day) / _LEFT_OUT


def days_of_week(first: str) -> list[date]:
    """The days of the week of that name (`2026-11-16.week`)."""
    monday = date.fromisoformat(first.removesuffix(".week"))
    return [monday + timedelta(days=n) for n in range(7)]


def _family(release: Release) -> str:
    return f"{release.id}@{release.version}~"


def _file_name(release: Release, window: Window) -> str:
    return f"{_family(release)}{window.name}.parquet"


def _has(path: Path, names: Collection[int]) -> bool:
    return bool(_people_of(path).is_in(list(names)).any())


def _add(path: Path, names: Collection[int]) -> None:
    if names:
        found = _people_of(path) if path.exists() else pl.Series(dtype=pl.Int64)
        both = pl.DataFrame({"person": [*found, *names]}, schema=_NAMES).unique()
        write_durably(path, both.write_parquet)


def _people_of(path: Path) -> pl.Series:
    try:
        return pl.read_parquet(path, hive_partitioning=False)["person"]
    except pl.exceptions.PolarsError:
        raise OSError("who counted in a release cannot be read") from None
