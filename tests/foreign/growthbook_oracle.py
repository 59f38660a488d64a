"""Writes tests/vectors/experiments/growthbook.json to standard output: run it where `gbstats` and `growthbook` are installed.

python3.11 -m venv oracle && oracle/bin/pip install gbstats==0.8.0 growthbook==4.0.0
oracle/bin/python tests/foreign/growthbook_oracle.py > tests/vectors/experiments/growthbook.json
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np

SEED = "checkout-1"
UNITS = [f"user-{n}" for n in range(10_000)]
NAMESPACE = ("shop", 0.2, 0.7)
ODD = ["", "ü", "日本", "😀", "a" * 300]
RANGES: list[tuple[int, float, list[float]]] = [
    (2, 1, [0.5, 0.5]),
    (2, 0.05, [0.5, 0.5]),
    (3, 0.5, [0.2, 0.3, 0.5]),
    (1, 0.05, [1.0]),
]
TRIALS = [(60, 70, 0, 0.05), (500, 480, 0.2, 0.05), (5000, 5200, 0.05, 0.05), (20000, 20000, 0.03, 0.01), (900, 90, -0.4, 0.1)]  # fmt: skip
SPLITS: list[tuple[list[int], list[float]]] = [
    ([500, 500], [0.5, 0.5]),
    ([5200, 4800], [0.5, 0.5]),
    ([1000, 2000, 3100], [1, 2, 3]),
    ([50, 80], [0.5, 0.5]),
]


def main() -> None:
    """Ask the oracles."""
    from gbstats.utils import check_srm  # type: ignore[import-not-found]
    from growthbook.core import gbhash, getBucketRanges, inNamespace  # type: ignore[import-not-found]

    inside = [inNamespace(unit, NAMESPACE) for unit in UNITS]
    rng = np.random.default_rng(7)
    found = {
        "source": "growthbook 4.0.0 and gbstats 0.8.0 (PyPI)",
        "seed": SEED,
        "shares": [round(gbhash(SEED, unit, 2) * 10_000) for unit in UNITS],
        "in_namespace": [sum(1 << k for k in range(50) if inside[at + k]) for at in range(0, len(UNITS), 50)],
        "odd": [[text, gbhash("s", text, 2)] for text in ODD],
        "ranges": [[n, c, w, getBucketRanges(n, c, w)] for n, c, w in RANGES],
        "sequential": [_trial(rng, *each) for each in TRIALS],
        "srm": [[users, weights, float(check_srm(users, weights))] for users, weights in SPLITS],
    }
    json.dump(found, sys.stdout, separators=(",", ":"))


def _trial(rng: np.random.Generator, n_a: int, n_b: int, lift: float, alpha: float) -> dict[str, Any]:
    from gbstats.frequentist.tests import (  # type: ignore[import-not-found]
        SequentialConfig,
        SequentialTwoSidedTTest,
    )
    from gbstats.models.statistics import (  # type: ignore[import-not-found]
        RegressionAdjustedStatistic,
        SampleMeanStatistic,
        compute_theta,
    )

    before = [rng.gamma(2, 1, n).round(3) for n in (n_a, n_b)]
    values = [
        (known * 0.7 + rng.normal(0, 1, len(known)) + add).round(3)
        for known, add in zip(before, (0, lift), strict=True)
    ]

    def plain(x: Any) -> Any:
        return SampleMeanStatistic(n=len(x), sum=float(x.sum()), sum_squares=float((x**2).sum()))

    config = SequentialConfig(alpha=alpha, difference_type="absolute", sequential_tuning_parameter=5000)
    raw = SequentialTwoSidedTTest(plain(values[0]), plain(values[1]), config)
    sides = [
        RegressionAdjustedStatistic(
            n=len(x),
            post_statistic=plain(x),
            pre_statistic=plain(known),
            post_pre_sum_of_products=float((x * known).sum()),
            theta=0,
        )
        for x, known in zip(values, before, strict=True)
    ]
    theta = compute_theta(*sides)
    for side in sides:
        side.theta = theta
    adjusted = SequentialTwoSidedTTest(*sides, config)
    found = {
        "seed": 7,
        "alpha": alpha,
        "samples": [[len(x), float(x.mean()), float(x.var(ddof=1))] for x in values],
        "interval": list(map(float, raw.confidence_interval)),
        "p": float(raw.p_value),
        "adjusted_samples": [[side.n, float(side.mean), float(side.variance)] for side in sides],
        "theta": float(theta),
        "adjusted_interval": list(map(float, adjusted.confidence_interval)),
        "adjusted_p": float(adjusted.p_value),
    }
    if n_a < 1000:
        found |= {"values": [x.tolist() for x in values], "before": [x.tolist() for x in before]}
    return found


if __name__ == "__main__":
    main()
