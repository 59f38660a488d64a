"""`make eval-unlike`: the hybrid beside the best of some simple recommenders, on recordings unlike those it was built with.

    python -m bench.unlike [--only seasons,sessions]

Exit code 1 if a simple recommender is ahead by more than two standard errors. What is not in VOLENS_DATASETS is left out.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.unlike.made_up import MADE_UP
from bench.unlike.recorded import RECORDED
from bench.unlike.simple import best_simple
from gateway.evaluation import read_recording
from scoring import Recording, evaluate


def main() -> int:
    """Evaluate and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.unlike")
    known: dict[str, Callable[[], Recording]] = MADE_UP | {name: partial(_cut, name) for name in RECORDED}
    parser.add_argument("--only", default=",".join(known), help="some of: " + ", ".join(known))
    behind = []
    print(f"{'':18}{'hybrid':>8}  {'95 %':18}{'in use':>8}  {'simple':>8}  which{'':30}seconds")
    for name in parser.parse_args().only.split(","):
        began = time.monotonic()
        try:
            recording = known[name]()
        except FileNotFoundError:
            print(f"{name:18}not in VOLENS_DATASETS, left out")
            continue
        found = evaluate(recording)
        simple, gain, error = best_simple(recording)
        in_use = next((row.ndcg_at_10 for row in found.rows if row.name == "model in use"), float("nan"))
        low, high = found.hybrid.ndcg_at_10_interval
        print(
            f"{name:18}{found.hybrid.ndcg_at_10:8.4f}  {low:.4f} to {high:.4f}  {in_use:8.4f}  {gain:8.4f}  "
            f"{simple:35}{time.monotonic() - began:7.0f}",
            flush=True,
        )
        if found.hybrid.ndcg_at_10 < gain - 2 * error:
            behind.append(name)
    for name in behind:
        print(f"behind a simple recommender: {name}", file=sys.stderr)
    return 1 if behind else 0


def _cut(name: str) -> Recording:
    folder = Path(os.environ.get("VOLENS_DATASETS", "."))
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "rows.parquet"
        RECORDED[name](folder).write_parquet(file)
        return read_recording(file)


if __name__ == "__main__":
    sys.exit(main())
