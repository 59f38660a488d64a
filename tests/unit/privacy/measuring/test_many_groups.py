"""A hundred million keys, each of them another one: refused, and nobody's memory is used up before that is known."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import polars as pl
import pytest

from privacy import Length, window_at
from tests.requirement import whole_campaign

DAY = window_at(Length.DAY, 1_795_219_200)
ROWS, AT_ONCE, MOST = (100_000_000, 1 << 21, 1 << 23) if whole_campaign() else (200_000, 1 << 14, 1 << 16)
ROOMS = {"too many": (0, "refused")} | ({} if whole_campaign() else {"as many": (ROWS, "prepared")})
"""How many lines there is room for, and how it ends; of the whole campaign's, `make bench-privacy` measures the second."""
FILES = 100
MOST_MIB = 2048
PREPARE = """
import json, resource, sys
from pathlib import Path
from privacy import Length, TooManyLinesError, read_catalogue, window_at
from privacy.measuring import prepare, preparing
folder, preparing.ROWS_AT_ONCE, preparing.MOST_LINES = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
[release] = read_catalogue(sys.argv[4].encode()).releases
try:
    prepare(release, window_at(Length.DAY, int(sys.argv[5])), sorted(folder.glob("part-*")), folder / "table")
    said = "prepared"
except TooManyLinesError:
    said = "refused"
print(json.dumps([said, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""
RELEASE = """
[[releases]]
id = "items"
version = 1
title = "Items"
window = "day"
shape = "by_found_keys"
by = "product_id"
most_keys = 4
noise = 20.0
threshold = 100
"""


@pytest.mark.slow
@pytest.mark.parametrize(("room", "ends"), ROOMS.values(), ids=ROOMS)
def test_more_keys_than_can_be_held_are_refused_within_bounded_memory(tmp_path, room, ends):
    each = ROWS // FILES
    for number in range(FILES):
        key = np.arange(number * each, (number + 1) * each, dtype=np.int64)
        one = np.ones(each, np.int64)
        rows = pl.DataFrame(
            {"person": key // 4 * 2_654_435_761 % 2**40, "first": one * DAY.begin, "n": one, "lines": one, "amount": one}
        ).with_columns(event=pl.lit("Product Viewed"), key=pl.Series(key).cast(pl.String))  # fmt: skip
        rows.rename({"key": "f.product_id"}).write_parquet(tmp_path / f"part-{number:03d}.parquet")
    command = [sys.executable, "-c", PREPARE, tmp_path, AT_ONCE, max(MOST, room), RELEASE, DAY.begin]
    done = subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True, timeout=3000)
    said, mib = json.loads(done.stdout)
    assert said == ends
    assert mib < MOST_MIB
    assert [path.name for path in tmp_path.glob("table*")] == (["table"] if ends == "prepared" else [])
