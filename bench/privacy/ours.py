"""People per item, as a release of ours measures it: `python -m bench.privacy.ours FOLDER EPSILON RELEASES DRAWS OUT`.

The noise is of the law that is the closer one for so many releases within an epsilon, as both are proved.
"""

from __future__ import annotations

import json
import math
import resource
import sys
import time
from pathlib import Path

import msgspec

from bench.privacy.people import DAY, EACH
from privacy import Release, epsilon_of
from privacy.measuring import measurement_of, prepare
from privacy.releases.plan import plan_of
from privacy.releases.shapes import Law

DELTA = 1e-9
LEAST_NOISE = 0.5
"""No release may have less."""
_MEAN_ERROR = {Law.GAUSSIAN: math.sqrt(2 / math.pi), Law.LAPLACE: math.sqrt(1 / 2)}
"""Of noise of a standard deviation of 1."""


def release_at(epsilon: float, most_keys: int = EACH, releases: int = 1, law: Law | None = None) -> Release:
    """People per item, so that as many equal releases come to an epsilon; each at a delta of 1e-9."""
    laws = {
        Law.GAUSSIAN: _gaussian(epsilon, most_keys, releases),
        Law.LAPLACE: math.sqrt(2) * most_keys * releases / epsilon,
    }
    law = law or min(laws, key=lambda each: laws[each] * _MEAN_ERROR[each])
    noise = max(laws[law], LEAST_NOISE)
    low, high = max(10, math.ceil(4 * noise)), 10**9
    share = DELTA if law is Law.LAPLACE else DELTA / 2  # the other half is for the epsilon of a rho
    while low < high:  # the least threshold that keeps to it
        middle = (low + high) // 2
        found = _release(law, most_keys, noise, middle)
        low, high = (
            (low, middle) if measurement_of(plan_of(found)).loss.delta <= share else (middle + 1, high)
        )
    return _release(law, most_keys, noise, low)


def _gaussian(epsilon: float, most_keys: int, releases: int) -> float:
    low, high = 1e-6, 10.0
    for _ in range(60):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if epsilon_of(middle, DELTA / 2) < epsilon else (low, middle)
    return math.sqrt(most_keys * releases / (2 * low))


def _release(law: Law, most_keys: int, noise: float, threshold: int) -> Release:
    said = {"shape": "by_found_keys", "id": "items", "version": 1, "title": "Items", "window": "day"}
    more = {"by": "product_id", "most_keys": most_keys, "noise": noise, "threshold": threshold}
    told = {"law": law, "tells_cut": False}  # nobody else tells it
    found: Release = msgspec.convert({**said, **more, **told}, Release)
    return found


def main(folder: Path, epsilon: float, releases: int, draws: int, out: Path) -> None:
    """Measure, and say what it took; more draws are only looked at, not timed."""
    release = release_at(epsilon, releases=releases)
    table = folder / "table.parquet"
    began, worked = time.perf_counter(), time.process_time()
    measurement = measurement_of(plan_of(release))
    prepare(release, DAY, sorted(folder.glob("part-*.parquet")), table)
    found = [measurement.run(table, reserved=measurement.loss)]
    took = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - worked}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found += [measurement.run(table, reserved=measurement.loss) for _ in range(draws - 1)]
    table.unlink()
    counts = [dict(each.select("key", "people").rows()) for each in found]
    out.write_text(json.dumps({**took, "peak_mib": peak, "counts": counts, "law": release.law}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), Path(sys.argv[5]))
