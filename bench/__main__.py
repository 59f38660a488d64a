"""`python -m bench`: every number that the documentation states, in one run and one table.

    python -m bench [--quick] [--only p1,p2,p3,paced,rank,removal,slates,audit,exports,memory,start] [--pairs 5] [--seconds 4] [--people 20000] [--dir DIR] [--insist]

A pair is the baseline and the gateway, one right after the other under the same load, each alone on the core; a ratio is the median
over the pairs. With --insist the exit code is 1 where a number misses its goal. With --dir the seeded data directory is kept there and used again.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench import audit, exports, memory, rank, removal, slates, starting
from bench.report import Row, misses_its_goal, print_table, write_json
from bench.requests import Requests

PARTS = ("p1", "p2", "p3", "paced", "rank", "removal", "slates", "audit", "exports", "memory", "start")
NEED_WRK = frozenset({"p1", "p2", "p3", "start"})
OF_REQUESTS = frozenset({"p1", "p2", "p3", "paced"})
QUICK_PEOPLE = 150


def main() -> int:
    """Measure, print, and write the JSON. The exit code."""
    args = read_arguments()
    scratch = Path(tempfile.mkdtemp(prefix="volens-bench-")) if args.dir is None else args.dir
    scratch.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    began = time.monotonic()
    try:
        for part, found in measure(scratch.resolve(), args):
            rows += found
            print(f"{part}: measured after {time.monotonic() - began:.0f} s", file=sys.stderr)
    finally:
        if args.dir is None:
            shutil.rmtree(scratch, ignore_errors=True)
    print_table(rows)
    options = {"quick": args.quick, "pairs": args.pairs, "seconds": args.seconds, "people": args.people}
    beyond = [row["name"] for row in rows if misses_its_goal(row)]
    print(f"missed: {'; '.join(beyond)}" if beyond else "no goal is missed")
    print(f"written to {os.path.relpath(write_json(rows, options, datetime.now(UTC)))}")
    return 1 if args.insist and beyond else 0


def read_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line; `only` becomes a set."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measure Volens against its baselines."
    )
    parser.add_argument("--quick", action="store_true", help="one small round of everything: does it run?")
    parser.add_argument("--only", default=",".join(PARTS), help="some of: " + ", ".join(PARTS))
    parser.add_argument("--pairs", type=int, default=5, help="pairs of measurements for each ratio")
    parser.add_argument("--seconds", type=int, default=4, help="length of one measurement")
    parser.add_argument("--people", type=int, default=20_000, help="people whom decisions are about")
    parser.add_argument("--insist", action="store_true", help="exit with 1 if a goal is missed")
    parser.add_argument("--dir", type=Path, help="where the seeded directory is kept")
    args = parser.parse_args(argv)
    args.only = frozenset(args.only.split(","))
    if not args.only <= set(PARTS):
        parser.error("--only takes some of: " + ", ".join(PARTS))
    if args.quick:
        args.pairs, args.seconds, args.people = 1, 1, QUICK_PEOPLE
    if min(args.pairs, args.seconds) < 1 or args.people < QUICK_PEOPLE:
        parser.error(f"at least one pair, one second, {QUICK_PEOPLE} people")
    if shutil.which("wrk") is None and NEED_WRK & args.only:
        parser.error(
            "wrk is missing (Debian: apt-get install wrk); or choose --only rank,slates,audit,memory"
        )
    return args


def measure(scratch: Path, args: argparse.Namespace) -> Iterator[tuple[str, list[Row]]]:
    """Every part that was asked for, in turn."""
    requests = Requests(scratch, args.people, args.pairs, args.seconds, quick=args.quick)
    if args.only & OF_REQUESTS:
        yield "requests", requests.rows(args.only)
    if "rank" in args.only:
        yield "rank", rank.rows(quick=args.quick)
    if "slates" in args.only:
        yield "slates", slates.rows(quick=args.quick)
    if "removal" in args.only:
        yield "removal", removal.rows(quick=args.quick)
    if "audit" in args.only:
        yield "audit", audit.rows(quick=args.quick)
    if "exports" in args.only:
        yield "exports", exports.rows(quick=args.quick)
    if "memory" in args.only:
        yield "memory", memory.rows(people=20_000 if args.quick else 1_000_000)
    if "start" in args.only:
        yield "start", starting.rows(requests, entries=20_000 if args.quick else 1_000_000)


if __name__ == "__main__":
    sys.exit(main())
