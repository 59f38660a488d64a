"""`make eval-federated`: what models learnt on devices are worth, on the recorded people in VOLENS_DATASETS.

    python -m bench.federated_quality [--only exact,movielens,msweb,few,comparators,newcomers,attacks,devices] [--out FILE]
        [--draw FILE]

Exit code 1 if a number is below its goal.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench.federated_quality.asking import Quality, quality_of
from bench.federated_quality.attacking_devices import Tried, all_tried, fewer_items
from bench.federated_quality.attacks import exposures
from bench.federated_quality.comparators import averaged_factors, ease, popularity
from bench.federated_quality.curves import Point, curve
from bench.federated_quality.drawing import drawn
from bench.federated_quality.exactness import exactness
from bench.federated_quality.few_people import OF_MOVIELENS, OF_MSWEB, of_few
from bench.federated_quality.learning import USUAL, sum_of
from bench.federated_quality.newcomers import newcomers
from bench.federated_quality.recorded import genres, movielens, msweb
from bench.federated_quality.tuning import ORDERED, UNORDERED, best_ridge

PARTS = ("exact", "movielens", "msweb", "few", "comparators", "newcomers", "attacks", "devices")
GOAL_EASE = 0.68
GOAL_ARTEFACT = 0.66
"""HR@10 at an epsilon of 8 and 9,430 people."""
GOAL_MSWEB = 0.95
"""HR@10 at an epsilon of 4, of that without noise."""


def main() -> int:
    """Measure, print, and say whether every goal was reached."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.federated_quality", description="Learning on devices."
    )
    parser.add_argument("--only", default=",".join(PARTS), help="some of: " + ", ".join(PARTS))
    parser.add_argument("--out", type=Path, help="write all numbers there, as JSON")
    parser.add_argument("--draw", type=Path, help="write the curves there, as SVG")
    args = parser.parse_args()
    folder = Path(os.environ.get("VOLENS_DATASETS", "."))
    numbers: dict[str, Any] = {}
    missed: list[str] = []
    panels: dict[str, list[Point]] = {}
    for name in args.only.split(","):
        began = time.monotonic()
        found, below = _MEASURED[name](folder, panels)
        numbers[name] = found
        missed += below
        print(f"{name}: {time.monotonic() - began:.0f} s\n", flush=True)
    if args.out is not None:
        args.out.write_text(json.dumps(numbers, indent=2) + "\n")
    if args.draw is not None and panels:
        args.draw.write_text(drawn(panels))
    for goal in missed:
        print(f"below its goal: {goal}", file=sys.stderr)
    return 1 if missed else 0


def _exact(folder: Path, _: dict[str, list[Point]]) -> tuple[Any, list[str]]:
    asked = movielens(folder, validating=False)
    found = exactness(asked, USUAL)
    print(f"secure sums of {found.devices} devices in {found.cohorts} cohorts: {found.seconds:.0f} s, sum equal: "
          f"{found.same_sum}, model equal: {found.same_model}; each device sent {found.bytes_up:,} bytes, of which the vector "
          f"is {found.bytes_counted:,}")  # fmt: skip
    return asdict(found), [] if found.same_sum and found.same_model else ["exact"]


def _movielens(folder: Path, panels: dict[str, list[Point]]) -> tuple[Any, list[str]]:
    points = curve(
        movielens(folder, validating=False), movielens(folder, validating=True), ORDERED, (1, 10, 100)
    )
    panels["MovieLens 100K"] = points
    print_points("MovieLens 100K", points)
    reached = next(p.quality.hit_rate for p in points if (p.epsilon, p.people) == (8.0, 9_430))
    return [p.numbers() for p in points], [] if reached >= GOAL_ARTEFACT else ["movielens"]


def _msweb(folder: Path, panels: dict[str, list[Point]]) -> tuple[Any, list[str]]:
    points = curve(msweb(folder, validating=False), msweb(folder, validating=True), UNORDERED, (0.1, 1))
    panels["MSWeb"] = points
    print_points("MSWeb", points)
    most = max(p.people for p in points)
    rates = {p.epsilon: p.quality.hit_rate for p in points if p.people == most}
    return [p.numbers() for p in points], [] if rates[4.0] >= GOAL_MSWEB * rates[math.inf] else ["msweb"]


def _few(folder: Path, _: dict[str, list[Point]]) -> tuple[Any, list[str]]:
    found = {
        "MovieLens 100K": of_few(movielens(folder, validating=False), OF_MOVIELENS),
        "MSWeb": of_few(msweb(folder, validating=False), OF_MSWEB),
    }
    print("| | people | cohorts held out | HR@10, of popularity | better by its own sum | published |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, few in found.items():
        for one in few:
            print(
                f"| {name} | {one.people:,} | {one.held_out} | {one.hit_rate:.3f}, {one.popularity:.3f} "
                f"| {one.own:.0%} | {one.published:.0%} |"
            )
    return {name: [asdict(one) for one in few] for name, few in found.items()}, []


def _comparators(folder: Path, _: dict[str, list[Point]]) -> tuple[Any, list[str]]:
    asked, validation = (movielens(folder, validating=validating) for validating in (False, True))
    clip = USUAL.clip
    total, earlier = (sum_of(split.trained, split.n_items, clip) for split in (asked, validation))
    ridge = best_ridge(validation, partial(_ease, earlier, validation))
    recency = 0.5 ** (np.arange(50) / 5)
    found = {
        "popularity": quality_of(popularity(total, asked), asked),
        "EASE": quality_of(ease(total, asked, ridge, 5), asked),
    }
    for epsilon in (math.inf, 8.0):
        rng = np.random.default_rng(1)
        scores = averaged_factors(asked, epsilon, times=10, rounds=40, recency=recency, rng=rng)
        found[f"FedAvg-MF, {'no noise' if math.isinf(epsilon) else 'epsilon 8, 9,430 people'}"] = quality_of(
            scores, asked
        )
    for name, quality in found.items():
        print(f"  {name:40} {shown(quality)}")
    below = [] if found["EASE"].hit_rate >= GOAL_EASE else ["EASE"]
    return {name: asdict(quality) for name, quality in found.items()}, below


def _ease(total: Any, asked: Any, ridge: float) -> Any:
    return ease(total, asked, ridge, 5)


def _newcomers(folder: Path, _: dict[str, list[Point]]) -> tuple[Any, list[str]]:
    asked, setting = movielens(folder, validating=False), USUAL
    found = {}
    for epsilon, times in ((math.inf, 1), (8.0, 10)):
        one = newcomers(asked, genres(folder), setting, epsilon, times)
        name = "no noise" if math.isinf(epsilon) else "epsilon 8, 9,430 people"
        print(
            f"  {one.new_items} new items, {one.asked} people asked, {name}: HR@10 {one.hit_rate:.3f}, by chance {one.by_chance:.3f}"
        )
        found[name] = asdict(one)
    return found, []


def _attacks(folder: Path, _: dict[str, list[Point]]) -> tuple[Any, list[str]]:
    found = exposures(movielens(folder, validating=False), USUAL)
    print("attack               attackers  scale  target on slates of  cohorts refused   HR@10")
    for one in found:
        reached = f"{one.hit_rate:7.3f}" if one.is_published else "nothing published"
        print(
            f"{one.kind:20} {one.share:8.0%} {one.scale:7} {one.exposure:15.2%} {one.refused:13} of {one.cohorts:<3} {reached}"
        )
    return [asdict(one) for one in found], []


def _devices(folder: Path, _: dict[str, list[Point]]) -> tuple[Any, list[str]]:
    asked = fewer_items(movielens(folder, validating=False))
    found = all_tried(asked)
    people = len(asked.trained)
    print(f"{people} people with a device each, {asked.n_items} items; attackers beside them")
    print("| attack | attackers | scale | the target on slates of | without checks | devices in the model |")
    print("|---|---:|---:|---:|---:|---:|")
    for one, unchecked in zip(found[::2], found[1::2], strict=True):
        print(
            f"| {one.kind} | {one.share:.0%} | {one.scale} | {_reached(one)} | {_reached(unchecked)} "
            f"| {one.included:,} of {one.devices:,} |"
        )
    return [asdict(one) for one in found], []


def _reached(one: Tried) -> str:
    return f"{one.exposure:.1%}" if one.verdict == "published" else f"nothing ({one.verdict})"


_MEASURED = dict(
    zip(PARTS, (_exact, _movielens, _msweb, _few, _comparators, _newcomers, _attacks, _devices), strict=True)
)


def print_points(name: str, points: list[Point]) -> None:
    """A table of a curve."""
    print(f"{name}: people, epsilon, HR@10 / NDCG@10 with 99 negatives, HR@10 of all items")
    for one in points:
        epsilon = "none" if math.isinf(one.epsilon) else f"{one.epsilon:g}"
        print(
            f"  {one.people:7,}{' (emulated)' if one.is_emulated else '':11} {epsilon:>5}   {shown(one.quality)}"
        )


def shown(quality: Quality) -> str:
    """Write the three numbers side by side."""
    return f"{quality.hit_rate:.3f} / {quality.ndcg:.3f}   {quality.full_hit_rate:.3f}"


if __name__ == "__main__":
    sys.exit(main())
