"""The people of the bench, made up and seeded: who looked at which item, as cube files and as plain pairs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from privacy import Length, window_at

DAY = window_at(Length.DAY, 1_795_219_200)
ITEMS = 500
EACH = 4
"""Nobody looks at more different items than this, so no tool has to leave anything out: what is wrong is noise."""
_PARTS = 24


def write_people(rows: int, folder: Path) -> list[Path]:
    """Cube files of so many rows, some four a person, one file an hour; few items have most of them."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = np.random.default_rng(11)
    people = rows // EACH
    names = chance.permutation(np.arange(people, dtype=np.int64) * 2_654_435_761 + 17)
    files = []
    for part in range(_PARTS):
        count = rows // _PARTS
        who = chance.integers(0, people, count)
        # each person has EACH items of their own, drawn once by what they are called
        place = (who * 40_503 + chance.integers(0, EACH, count) * 7_919) % 1_000_003
        item = np.minimum((1.0 / (1.0 - place / 1_000_003) - 1.0) * 9.0, ITEMS - 1).astype(int)
        whole = np.ones(count, np.int64)
        frame = pl.DataFrame(
            {
                "person": names[who],
                "event": pl.repeat("Product Viewed", count, eager=True),
                "first": DAY.begin + 3600 * part + chance.integers(0, 3600, count),
                "n": whole,
                "lines": whole,
                "amount": whole - 1,
                "f.product_id": pl.Series(item).cast(pl.String),
            }
        )
        files.append(folder / f"part-{part:02d}.parquet")
        frame.write_parquet(files[-1])
    return files


def rows_of(files: list[Path]) -> pl.DataFrame:
    """(person, item), as often as it happened."""
    every = pl.concat([pl.scan_parquet(path) for path in files])
    return every.select("person", item="f.product_id").collect()
