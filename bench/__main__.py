"""`python -m bench`: every number that the documentation states, in one run and one table.

    python -m bench [--quick] [--only p1,p2,audit,memory,start] [--pairs 5] [--dir DIR]

A pair is the baseline and the gateway, one right after the other under the same load; a ratio is the median over the pairs. With
--dir the seeded data directory is kept there and used again.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from bench import audit, memory, seeding, servers, starting

PARTS = ("p1", "p2", "audit", "memory", "start")
Row = dict[str, Any]


def main() -> None:
    """Measure, print, and write the JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measure Volens against its baselines."
    )
    parser.add_argument(
        "--quick", action="store_true", help="one small round of everything: does it run at all?"
    )
    parser.add_argument("--only", default=",".join(PARTS), help="some of: " + ", ".join(PARTS))
    parser.add_argument("--pairs", type=int, default=5, help="pairs of measurements for each ratio")
    parser.add_argument("--seconds", type=float, default=4, help="length of one measurement")
    parser.add_argument(
        "--people", type=int, default=3000, help="people in each group of the seeded directory"
    )
    parser.add_argument("--dir", type=Path, help="where the seeded directory is kept")
    args = parser.parse_args()
    if args.quick:
        args.pairs, args.seconds, args.people = 1, 1, 150
    if shutil.which("wrk") is None and {"p1", "p2"} & set(args.only.split(",")):
        parser.error("wrk is missing (Debian: apt-get install wrk); or choose --only audit,memory,start")
    scratch = Path(tempfile.mkdtemp(prefix="volens-bench-")) if args.dir is None else args.dir
    scratch.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    try:
        if {"p1", "p2"} & set(args.only.split(",")):
            rows += measure_http(scratch, args)
        if "audit" in args.only:
            rows += audit.rows(quick=args.quick)
        if "memory" in args.only:
            rows += memory.rows(people=20_000 if args.quick else 1_000_000)
        if "start" in args.only:
            rows += starting.rows(scratch, entries=20_000 if args.quick else 1_000_000)
    finally:
        if args.dir is None:
            shutil.rmtree(scratch, ignore_errors=True)
    print_table(rows)
    print(f"written to {write_json(rows, args)}")


def measure_http(scratch: Path, args: argparse.Namespace) -> list[Row]:
    """P1 and P2."""
    directory = scratch / "gateway"
    if not directory.exists():
        began = time.monotonic()
        seeding.seed_people(directory, args.people)
        seeding.write_questions(scratch / "questions", args.people)
        for group in seeding.GROUPS:
            seeding.write_batches(scratch / f"batches-{group}", group, args.people)
        with servers.gateway(directory) as (url, _):
            credentials = json.loads((directory / "credentials.json").read_text())
            seeding.send_histories(url, credentials, servers.bearer(url, directory), args.people)
        print(f"seeded in {time.monotonic() - began:.0f} s")
    rows: list[Row] = []
    with servers.gateway(directory) as (url, _), servers.baseline(directory) as plain:
        token = servers.bearer(url, directory)
        await_personal(url, token, scratch / "questions")
        if "p1" in args.only:
            for connections in (32, 128):
                case = Case("/v1/decide", scratch / "questions", connections, per_request=1)
                row = measure_pairs(case, plain, url, token, args)
                row |= {"name": f"P1 decide, {connections} connections", "goal": ">= 1.5"}
                row |= {"bound_by": "interpreter 45 %, sockets and disk 30 %, ranking 15 %"}
                rows.append(row)
        if "p2" in args.only:
            for group, purposes in seeding.GROUPS.items():
                case = Case("/v1/batch", scratch / f"batches-{group}", 32, per_request=seeding.EVENTS)
                row = measure_pairs(case, plain, url, token, args)
                row |= {"name": f"P2 batch, 32 connections, purposes: {len(purposes)}", "goal": ">= 0.5"}
                row |= {"bound_by": "interpreter; one AES-GCM seal per purpose and event"}
                rows.append(row)
    return rows


def await_personal(url: str, token: str, questions: Path) -> None:
    """Wait until a model is in use, and look whether the answers are what they should be."""
    bodies = [json.loads(line) for line in questions.read_text().splitlines()[:200]]
    with httpx.Client(base_url=url, headers={"authorization": token}, timeout=30) as client:
        deadline = time.monotonic() + 300
        while not client.post("/v1/decide", json=bodies[0]).json()["personalised"]:
            if time.monotonic() > deadline:
                raise RuntimeError("no model came")
            time.sleep(0.5)
        for body in bodies:
            answer = client.post("/v1/decide", json=body).json()
            shown = [item["id"] for item in answer["items"]]
            assert answer["personalised"], answer["reason"]
            assert len(set(shown)) == body["limit"]
            assert not set(shown) & set(body["exclude"])
            assert answer["audit"] is not None


@dataclass(frozen=True)
class Case:
    """What is sent."""

    path: str
    """Where to."""
    bodies: Path
    """One request body a line."""
    connections: int
    """How many at a time."""
    per_request: int
    """Decisions or events in one request."""


def measure_pairs(case: Case, plain: str, url: str, token: str, args: argparse.Namespace) -> Row:
    """Measure baseline and gateway in turn."""

    def run(where: str, seconds: float) -> servers.Load:
        return servers.load(
            where, case.path, case.bodies, token, connections=case.connections, seconds=seconds
        )

    run(plain, 1)
    run(url, 1)
    pairs = [(run(plain, args.seconds), run(url, args.seconds)) for _ in range(args.pairs)]
    ratios = [ours.requests_per_second / theirs.requests_per_second for theirs, ours in pairs]
    return {
        "value": round(statistics.median(ratios), 2),
        "unit": f"x baseline [{min(ratios):.2f}-{max(ratios):.2f}]",
        "detail": f"{statistics.median(o.requests_per_second for _, o in pairs) * case.per_request:,.0f}/s against "
        f"{statistics.median(b.requests_per_second for b, _ in pairs) * case.per_request:,.0f}/s; "
        f"p50 {statistics.median(o.p50_ms for _, o in pairs):.1f} ms, "
        f"p99 {statistics.median(o.p99_ms for _, o in pairs):.1f} ms",
    }


def print_table(rows: list[Row]) -> None:
    """One table of everything."""
    table = Table(title="Volens, measured")
    for heading in ("what", "value", "", "goal", "detail", "bound by"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(
            row["name"],
            f"{row['value']:,}",
            row["unit"],
            row.get("goal", ""),
            row.get("detail", ""),
            row.get("bound_by", ""),
        )
    Console(width=150).print(table)


def write_json(rows: list[Row], args: argparse.Namespace) -> Path:
    """Keep the rows with the machine and the commit."""
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    cpu = next((line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), "")
    found = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit.stdout.strip(),
        "machine": {"system": platform.platform(), "cpu": cpu.partition(":")[2].strip()},
        "python": platform.python_version(),
        "pairs": args.pairs,
        "seconds": args.seconds,
        "rows": rows,
    }
    results = Path(__file__).with_name("results")
    results.mkdir(exist_ok=True)
    path = results / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(found, indent=2))
    return path


if __name__ == "__main__":
    main()
