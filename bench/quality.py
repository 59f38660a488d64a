"""`make eval`: how good the recommenders are on the recorded data sets in VOLENS_DATASETS, one after the other.

    python -m bench.quality [--only beauty,sports,ml100k,msweb,frappe] [--out FILE]

Each is what `volens scoring evaluate` does with the file; what is not in the folder is named and left out. Exit code 1 if a number
is below its goal.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gateway.evaluation import as_numbers, as_table, read_recording
from scoring import Evaluation, evaluate


@dataclass(frozen=True)
class Subject:
    """A recorded data set."""

    file: str
    """The file below VOLENS_DATASETS."""
    attributes: str | None = None
    """The file of the items' attributes, likewise."""
    contexts: tuple[str, ...] = ()
    """Columns of circumstances."""
    goals: tuple[tuple[str, float], ...] = ()
    """(recommender, least NDCG@10)."""


_FRAPPE = ("daytime", "weekday", "is_weekend", "homework", "weather", "country", "city", "cost")
SUBJECTS = {
    "beauty": Subject(
        "internal/amazon_beauty/sequences.parquet",
        "internal/amazon_beauty/item_attributes.parquet",
        goals=(("hybrid", 0.056),),
    ),
    "sports": Subject(
        "internal/amazon_sports/sequences.parquet",
        "internal/amazon_sports/item_attributes.parquet",
        goals=(("hybrid", 0.030),),
    ),
    "ml100k": Subject(
        "internal/ml100k/ratings.parquet",
        "internal/ml100k/items.csv",
        goals=(("hybrid", 0.10), ("hybrid without order", 0.070)),
    ),
    "msweb": Subject("msweb/visits.parquet", "msweb/items.csv", goals=(("hybrid", 0.55),)),
    "frappe": Subject("internal/frappe_context/usage.parquet", contexts=_FRAPPE),
}


def main() -> int:
    """Evaluate, print, and say whether every goal was reached."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.quality", description="Quality on recorded data sets."
    )
    parser.add_argument("--only", default=",".join(SUBJECTS), help="some of: " + ", ".join(SUBJECTS))
    parser.add_argument("--out", type=Path, help="write all numbers there, as JSON")
    args = parser.parse_args()
    folder = Path(os.environ.get("VOLENS_DATASETS", "."))
    numbers, missed = {}, []
    for name in args.only.split(","):
        subject = SUBJECTS[name]
        if not (folder / subject.file).is_file():
            print(f"{name}: not in VOLENS_DATASETS, left out\n")
            continue
        began = time.monotonic()
        recording = read_recording(
            folder / subject.file,
            attributes=folder / subject.attributes if subject.attributes else None,
            contexts=subject.contexts,
        )
        found = evaluate(recording, progress=partial(print, f"{name}:", file=sys.stderr))
        seconds = time.monotonic() - began
        print("\n".join([name, *as_table(found, seconds), ""]), flush=True)
        numbers[name] = as_numbers(found, seconds)
        missed += [f"{name}: {goal}" for goal in below(found, subject)]
    if args.out is not None:
        args.out.write_text(json.dumps(numbers, indent=2) + "\n")
    for goal in missed:
        print(f"below its goal: {goal}", file=sys.stderr)
    return 1 if missed else 0


def below(found: Evaluation, subject: Subject) -> list[str]:
    """The recommenders that miss a goal."""
    reached = {row.name: row.ndcg_at_10 for row in found.rows}
    missed = [name for name, least in subject.goals if reached[name] < least]
    if found.context_gain is not None and found.context_gain.interval[0] <= 0:
        missed.append("context")
    return missed


if __name__ == "__main__":
    sys.exit(main())
