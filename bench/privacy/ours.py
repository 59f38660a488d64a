"""People per item, as a release of ours measures it; in a process of its own: `python -m bench.privacy.ours FOLDER EPSILON OUT`."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import msgspec
import polars as pl

from bench.privacy.people import DAY, EACH
from privacy import Release, epsilon_of
from privacy.measuring import measurement_of, prepare
from privacy.releases.plan import plan_of

DELTA = 1e-9


def release_at(epsilon: float, most_keys: int = EACH) -> Release:
    """People per item at an epsilon and a delta of 1e-9, half of which is for keys that one person has."""
    low, high = 1e-6, 1.0
    for _ in range(60):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if epsilon_of(middle, DELTA / 2) < epsilon else (low, middle)
    noise = ((most_keys + 1) / (2 * low)) ** 0.5
    for threshold in range(max(10, round(4 * noise) + 1), 10**6):
        release = _release(most_keys, noise, threshold)
        if measurement_of(plan_of(release)).loss.delta <= DELTA / 2:
            return release
    raise ValueError("no threshold is high enough")


def _release(most_keys: int, noise: float, threshold: int) -> Release:
    said = {"shape": "by_found_keys", "id": "items", "version": 1, "title": "Items", "window": "day"}
    more = {"by": "product_id", "most_keys": most_keys, "noise": noise, "threshold": threshold}
    found: Release = msgspec.convert({**said, **more}, Release)
    return found


def main(folder: Path, epsilon: float, out: Path) -> None:
    """Measure, and say what it took."""
    release = release_at(epsilon)
    table = folder / "table.parquet"
    began, worked = time.perf_counter(), time.process_time()
    measurement = measurement_of(plan_of(release))
    prepare(release, DAY, sorted(folder.glob("part-*.parquet")), table)
    found = measurement.run(table, reserved=measurement.loss)
    took = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - worked}
    table.unlink()
    counts = dict(found.filter(pl.col("key") != "~cut").select("key", "people").rows())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    out.write_text(json.dumps({**took, "peak_mib": peak, "counts": counts}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3]))
