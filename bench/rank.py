"""What a personal slate costs: microseconds per person, for groups of several sizes.

    python -m bench.rank

Two catalogues of 10,000 items with 50 neighbours each: `random` neighbours (the worst case for caches) and `clusters` of 100
items (the worst case for repeated neighbours). Every group is of different people with 20-item histories, each excluding 5
random items; one item in twenty is out of stock. Medians over rounds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time

import numpy as np
from numpy.typing import NDArray

from bench.report import Row
from scoring import Model, rank_group
from scoring.model import MAX_WEIGHT, TrainingFacts, seal_model

N_ITEMS = 10_000
N_NEIGHBOURS = 50
N_PEOPLE = 20_000
N_EXCLUDED = 5
HISTORY = 20
CLUSTER = 100
LIMIT = 10
SIZES = (1, 8, 16, 32)


def make_model(kind: str, rng: np.random.Generator) -> Model:
    """A model of made-up neighbours."""
    index = np.arange(N_ITEMS)
    if kind == "random":
        steps = np.stack([rng.choice(N_ITEMS - 1, N_NEIGHBOURS, replace=False) + 1 for _ in index])
        neighbours = (index[:, None] + steps) % N_ITEMS
    else:
        steps = np.stack([rng.choice(CLUSTER - 1, N_NEIGHBOURS, replace=False) + 1 for _ in index])
        neighbours = index[:, None] // CLUSTER * CLUSTER + (index[:, None] + steps) % CLUSTER
    weights = -np.sort(-rng.integers(1, MAX_WEIGHT, (N_ITEMS, N_NEIGHBOURS)), axis=1)
    return seal_model(
        TrainingFacts(
            version=1, trained_at=0, n_people=N_PEOPLE, ridge=200.0, half_life=5, weight_scale=MAX_WEIGHT
        ),
        index.astype(np.int32),
        neighbours.astype(np.int32),
        weights.astype(np.int16),
        rng.integers(0, 1000, N_ITEMS).astype(np.int32),
    )


def make_histories(kind: str, rng: np.random.Generator) -> NDArray[np.int32]:
    """(N_PEOPLE, 20) distinct items each."""
    if kind == "random":
        first = rng.integers(0, N_ITEMS, (N_PEOPLE, 1))
        steps = np.stack([rng.choice(N_ITEMS, HISTORY, replace=False) for _ in range(N_PEOPLE)])
        return ((first + steps) % N_ITEMS).astype(np.int32)
    cluster = rng.integers(0, N_ITEMS // CLUSTER, (N_PEOPLE, 1)) * CLUSTER
    steps = np.stack([rng.choice(CLUSTER, HISTORY, replace=False) for _ in range(N_PEOPLE)])
    return (cluster + steps).astype(np.int32)


def measure(kind: str, size: int, n_rounds: int, rng: np.random.Generator) -> float:
    """Median microseconds per person for groups of `size`."""
    model = make_model(kind, rng)
    histories = make_histories(kind, rng)
    available = rng.random(N_ITEMS) > 0.05
    groups = [rng.integers(0, N_PEOPLE, size) for _ in range(n_rounds)]
    rows = [histories[group] for group in groups]
    excludes = [list(rng.integers(0, N_ITEMS, (size, N_EXCLUDED)).astype(np.int32)) for _ in groups]
    taken = []
    for row, exclude in zip(rows, excludes, strict=True):
        start = time.perf_counter()
        rank_group(model, row, exclude=exclude, available=available, limit=LIMIT)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken) / size * 1e6


def rows(*, quick: bool) -> list[Row]:
    """The line of the table: the size of group that 32 connections make, and of one."""
    rng = np.random.default_rng(1)
    took = {size: measure("random", size, 20 if quick else 1000, rng) for size in (1, 16)}
    return [
        {
            "name": "ranking one slate",
            "value": round(took[16], 1),
            "unit": "us",
            "detail": f"in groups of 16; {took[1]:.1f} us alone; {N_ITEMS:,} items, {N_NEIGHBOURS} neighbours, {HISTORY} events",
            "bound_by": "reading neighbours from memory; of a single slate, the calls around the loops",
        }
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What a personal slate costs.")
    parser.add_argument("--rounds", type=int, default=2000, help="groups per measurement")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    rng = np.random.default_rng(1)
    result = {
        kind: {size: round(measure(kind, size, arguments.rounds, rng), 2) for size in SIZES}
        for kind in ("random", "clusters")
    }
    if arguments.json:
        print(json.dumps({"unit": "microseconds per person", **result}))
        return
    print(f"{'neighbours':12}" + "".join(f"{f'group of {size}':>14}" for size in SIZES))
    for kind, row in result.items():
        print(f"{kind:12}" + "".join(f"{row[size]:11.1f} us" for size in SIZES))


if __name__ == "__main__":
    main()
