"""`make bench-privacy`: one run, one table, and JSON beside it.

    python -m bench.privacy [--quick] [--only peers,large,bounds,ledger] [--peers DIR]

- peers: people per item of a million rows, at the same epsilon, beside SmartNoise SQL and PipelineDP, which get environments of their own
  (in --peers, if they are to be kept);
- large: ten million rows, in a process whose memory is looked at;
- bounds: what the bound of a person's keys does, on MSWeb (VOLENS_DATASETS) and on a heavy-tailed set that is made up;
- ledger: sixteen processes that book in PostgreSQL.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from typing import Any

from bench.privacy import bounds
from bench.privacy.people import EACH, rows_of, write_people
from bench.report import Row, print_table, write_json
from tests.postgresql_server import postgresql

PARTS = ("peers", "large", "bounds", "ledger")
PEERS = {"smartnoise": ("smartnoise-sql==1.0.10", 3.0), "pipelinedp": ("pipeline-dp==0.3.1", 10.0)}
"""Tool -> its distribution, and how many times as fast we mean to be."""
OCCASIONS = {"alone": (1.0, 1), "as one of thirty within epsilon 7.2": (7.2, 30)}
"""Occasion -> the epsilon of all releases, and how many there are: those of others add up, ours may compose."""
DRAWS = 5
"""So often noise is drawn; the first time is timed."""
_SCRIPTS = Path(__file__).with_name("peers")
_MEMORY_MIB = 2048


def main() -> None:
    """Measure, print, and write the JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.privacy", description="Published numbers, measured."
    )
    parser.add_argument("--quick", action="store_true", help="small: does it run?")
    parser.add_argument("--only", default=",".join(PARTS), help="some of: " + ", ".join(PARTS))
    parser.add_argument("--peers", type=Path, help="where the environments of other tools are kept")
    args = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="volens-bench-") as scratch:
        for part in args.only.split(","):
            rows += _MEASURES[part](Path(scratch), args)
            print(f"{part}: measured", file=sys.stderr)
    print_table(rows)
    written = write_json(rows, {"part": "privacy", "quick": args.quick}, datetime.now(UTC))
    print(f"written to {os.path.relpath(written)}")


def peers(scratch: Path, args: argparse.Namespace) -> Iterator[Row]:
    """People per item, beside other tools."""
    files = write_people(100_000 if args.quick else 1_000_000, scratch / "million")
    rows = rows_of(files)
    plain = scratch / "rows.csv"
    rows.write_csv(plain)
    true = dict(rows.unique().group_by("item").len().rows())
    for occasion, (epsilon, releases) in OCCASIONS.items():
        ours = _ours(files[0].parent, epsilon, releases, scratch / "ours.json")
        yield _row(f"people per item, {occasion}: Volens, {ours['law']}", ours, true)
        best = math.inf
        for name, (distribution, goal) in PEERS.items():
            home = _environment((args.peers or scratch / "peers") / name, distribution)
            out, cost = scratch / f"{name}.json", epsilon / releases
            _run([home / "bin/python", _SCRIPTS / f"{name}.py", plain, cost, EACH, DRAWS, out])
            found = json.loads(out.read_text())
            best = min(best, _wrong(found, true)[0])
            yield _row(f"people per item, {occasion}: {name}", found, true)
            yield {
                "name": f"speed beside {name}, {occasion}",
                "value": round(found["cpu"] / ours["cpu"], 2),
                "unit": "x processor time",
                "goal": f"{goal:g} x",
                "detail": f"{found['seconds'] / ours['seconds']:.2f} x by the clock",
            }
        yield {
            "name": f"mean error of the {bounds.TOP} largest, {occasion}",
            "value": round(_wrong(ours, true)[0], 2),
            "unit": "people",
            "goal": f"{best:.2f}: the best of the others",
            "detail": f"each of {DRAWS * bounds.TOP} numbers, so right to about {best / (DRAWS * bounds.TOP) ** 0.5:.2f}",
        }


def large(scratch: Path, args: argparse.Namespace) -> Iterator[Row]:
    """Ten million rows."""
    count = 200_000 if args.quick else 10_000_000
    files = write_people(count, scratch / "large")
    found = _ours(files[0].parent, 1.0, 1, scratch / "large.json", draws=1)
    yield {
        "name": f"people per item of {count:,} rows",
        "value": round(found["peak_mib"]),
        "unit": "MiB",
        "goal": f"{_MEMORY_MIB} MiB",
        "detail": f"{found['seconds']:.1f} s, {found['cpu']:.1f} s of processor time",
        "bound_by": "OpenDP's truncation looks at all pairs at once",
    }


def bounded(_: Path, args: argparse.Namespace) -> Iterator[Row]:
    """The fifty most-seen items, by the bound."""
    sets = {"heavy-tailed, made up": bounds.heavy_tailed(4_000 if args.quick else 40_000)}
    if "VOLENS_DATASETS" in os.environ:
        sets["MSWeb"] = bounds.recorded(Path(os.environ["VOLENS_DATASETS"]))
    for name, pairs in sets.items():
        wrong, most = bounds.errors(pairs, 1.0), bounds.chosen(pairs)
        yield {
            "name": f"relative error of the top {bounds.TOP}, {name}",
            "value": round(100 * wrong[most], 1),
            "unit": "%",
            "detail": f"{most} keys a person; others: "
            + ", ".join(f"{k}: {100 * e:.1f} %" for k, e in wrong.items() if k != most),
        }


def ledger(scratch: Path, args: argparse.Namespace) -> Iterator[Row]:
    """Bookings a second."""
    out = scratch / "ledger.json"
    with postgresql() as url:
        _run([sys.executable, "-m", "bench.privacy.ledger", url, "16", "20" if args.quick else "500", out])
    found = json.loads(out.read_text())
    yield {
        "name": "bookings by 16 processes on 3 shared scopes of one PostgreSQL",
        "value": round(found["per_second"]),
        "unit": "/s",
        "goal": "2,000/s",
        "detail": f"{found['granted']:,} granted, every one spent once; {found['client_cpu_ms']:.2f} ms of a client's processor time each",
    }


def _ours(folder: Path, epsilon: float, releases: int, out: Path, draws: int = DRAWS) -> dict[str, Any]:
    _run([sys.executable, "-m", "bench.privacy.ours", folder, epsilon, releases, draws, out])
    return dict(json.loads(out.read_text()))


def _row(name: str, found: dict[str, Any], true: dict[str, int]) -> Row:
    """How fast, and how wrong."""
    top, rest, others = _wrong(found, true)
    return {
        "name": name,
        "value": round(found["seconds"], 2),
        "unit": "s",
        "detail": f"{found['cpu']:.2f} s of processor time, {found['peak_mib']:.0f} MiB; "
        f"mean error {top:.1f} of the {bounds.TOP} largest, {rest:.1f} of {others} others shown",
    }


def _wrong(found: dict[str, Any], true: dict[str, int]) -> tuple[float, float, int]:
    """The mean error of the fifty largest, and that of all others that are shown, and how many are: of all draws."""
    largest = set(sorted(true, key=lambda item: -true[item])[: bounds.TOP])
    top, rest = [], []
    for counts in found["counts"]:
        top += [abs(counts.get(item, 0) - true[item]) for item in largest]
        rest += [abs(count - true[item]) for item, count in counts.items() if item not in largest]
    return fmean(top), fmean(rest or [0]), len(rest) // len(found["counts"])


def _environment(home: Path, distribution: str) -> Path:
    if not (home / "bin/python").exists():
        _run([sys.executable, "-m", "venv", home])
        _run([home / "bin/python", "-m", "pip", "install", "-q", "--disable-pip-version-check", distribution])
    return home


def _run(command: list[Any]) -> None:
    environment = {**os.environ, "POLARS_MAX_THREADS": "2"}
    subprocess.run([str(each) for each in command], check=True, env=environment, timeout=1800)


_MEASURES: dict[str, Callable[[Path, argparse.Namespace], Iterator[Row]]] = {
    "peers": peers,
    "large": large,
    "bounds": bounded,
    "ledger": ledger,
}


if __name__ == "__main__":
    main()
