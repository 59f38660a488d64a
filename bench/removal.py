"""Taking one person out of the shared model, against training without them.

    python -m bench.removal

Both give the same P within 1e-9 (the row says how far they are apart). The time of the removal includes the look at the error.
"""

from __future__ import annotations

import statistics
import time

import numpy as np
from scipy.sparse import csr_matrix

from bench.report import Row
from scoring import KeptInverse

_RIDGE = 100.0
_ITEMS_EACH = 20


def make_people(n_people: int, n_items: int) -> csr_matrix:
    """Everybody's items, a few of them popular."""
    rng = np.random.default_rng(1)
    chosen = (rng.random((n_people, _ITEMS_EACH)) ** 2 * n_items).astype(np.int64)
    people = np.repeat(np.arange(n_people), _ITEMS_EACH)
    matrix = csr_matrix(
        (np.ones(chosen.size, dtype=np.float32), (people, chosen.ravel())), shape=(n_people, n_items)
    )
    matrix.data[:] = 1
    return matrix


def measure(n_items: int, n_removals: int, batch: int) -> tuple[float, float, float]:
    """Seconds of a training and of a removal, and the largest difference between their results."""
    everybody = make_people(5 * n_items, n_items)
    kept = KeptInverse(everybody, _RIDGE)
    took = []
    for n in range(n_removals):
        leaving, left = everybody[n * batch : (n + 1) * batch], everybody[(n + 1) * batch :]
        began = time.perf_counter()
        kept.exchange(leaving, everybody[:0], left)
        took.append(time.perf_counter() - began)
    began = time.perf_counter()
    anew = KeptInverse(everybody[n_removals * batch :], _RIDGE)
    trained = time.perf_counter() - began
    return trained, statistics.median(took), float(np.abs(kept.p - anew.p).max())


def rows(*, quick: bool) -> list[Row]:
    """The lines of the table."""
    n_items = 1024 if quick else 4096
    found: list[Row] = []
    for batch in (1, 16):
        trained, removed, apart = measure(n_items, 3 if quick else 7, batch)
        found.append(
            {
                "name": f"removing {batch} people from the model at once"
                if batch > 1
                else "removing a person from the model",
                "value": round(trained / removed, 1),
                "unit": "x",
                "detail": f"{removed * 1e3:.1f} ms against {trained * 1e3:.0f} ms for a training; {n_items:,} items in the closed "
                f"form, {8 * n_items**2 / 1e6:.0f} MB; results {apart:.1e} apart",
                "bound_by": "memory: every entry of P is read and written once",
            }
        )
    return found


def main() -> None:
    """Measure and print."""
    for row in rows(quick=False):
        print(f"{row['name']}: {row['value']} x; {row['detail']}")


if __name__ == "__main__":
    main()
