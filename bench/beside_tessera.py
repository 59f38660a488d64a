"""Our log and a Tessera log on the same disk, one right after the other under the same load; and what an export costs beside a scan.

    python -m bench.beside_tessera [--quick] [--pairs 3] [--seconds 3] [--dir DIR]       make bench-audit

Each entry is as long as one of ours; ours has its sealed half beside it. An entry of ours counts when it is on disk in the
write-ahead log; one of Tessera's when it has its index, which on a POSIX file system is when its tiles are written. So ours promises
less at that moment (the tree follows within a second) and Tessera holds nothing sealed: two designs, not two qualities. Tessera
(github.com/transparency-dev/tessera) is driven by the program in `bench/tessera`, built with Go.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import uvloop

from bench import exports
from bench.audit import open_log, run_closed_loop, run_open_loop, write_entries
from bench.errors import BenchError
from bench.report import Row, print_table, write_json

SOURCE = Path(__file__).with_name("tessera")
CLIENTS = (1, 32, 512)
RATE = 1_000
BATCH_AGE = "5ms"
"""How long a Tessera entry waits for others; its default, 250 ms, would only be slower here."""

Loops = dict[str, Any]


def build(directory: Path) -> Path:
    """The program that drives Tessera.

    Raises:
        BenchError: there is no Go, or its modules cannot be had.
    """
    go = shutil.which("go")
    if go is None:
        raise BenchError("go is missing: it builds the program that drives Tessera")
    program = directory / "tesserabench"
    environment = {**os.environ, "GOFLAGS": "-mod=readonly -buildvcs=false", "GOWORK": "off"}
    command = [go, "build", "-o", str(program), "."]
    done = subprocess.run(command, cwd=SOURCE, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError("the program that drives Tessera cannot be built")
    return program


def measure_tessera(program: Path, directory: Path, seconds: float) -> Loops:
    """Its loops, in a log below `directory`.

    Raises:
        BenchError: it failed.
    """
    options = ["-size", str(len(write_entries(1)[0])), "-rate", str(RATE), "-seconds", str(seconds)]
    options += ["-clients", ",".join(map(str, CLIENTS)), "-age", BATCH_AGE]
    command = [str(program), *options, str(directory / "tessera")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError("the program that drives Tessera failed")
    found: Loops = json.loads(done.stdout)
    return found


def measure_ours(directory: Path, seconds: float) -> Loops:
    """Our loops, in a log below `directory`, on the loop that the server uses."""

    async def run() -> Loops:
        log = open_log(directory)
        log.start(asyncio.get_running_loop())
        await asyncio.sleep(1.0)  # the next segment is being prepared
        found = {
            "open_loop": await run_open_loop(log, RATE, seconds),
            "closed_loop": [await run_closed_loop(log, clients, seconds) for clients in CLIENTS],
        }
        await log.close()
        return found

    (directory / "keys").mkdir()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run())


def pairs_of(measures: Sequence[Callable[[Path], Loops]], count: int, place: Path) -> list[list[Loops]]:
    """So many pairs; each measurement in a directory of its own, which is removed after it."""
    found = []
    for _ in range(count):
        pair = []
        for measure in measures:
            with tempfile.TemporaryDirectory(prefix="volens-bench-audit-", dir=place) as directory:
                pair.append(measure(Path(directory)))
        found.append(pair)
    return found


def rows_of(pairs: Sequence[Sequence[Loops]]) -> list[Row]:
    """The lines of the table: medians over the pairs."""
    made = [_row(f"appending at {RATE:,}/s", [[each["open_loop"] for each in pair] for pair in pairs])]
    for at, clients in enumerate(CLIENTS):
        loops = [[each["closed_loop"][at] for each in pair] for pair in pairs]
        made.append(_row(f"appending, {clients} waiting client{'s' if clients > 1 else ''}", loops))
    return made


def _row(name: str, loops: Sequence[Sequence[Loops]]) -> Row:
    ours, theirs = (_middle([pair[side] for pair in loops]) for side in (0, 1))
    ratios = [pair[0]["entries_per_second"] / pair[1]["entries_per_second"] for pair in loops]
    return {
        "name": name,
        "value": ours["entries_per_second"],
        "unit": "entries/s",
        "goal": "stated beside Tessera",
        "detail": f"p50 {ours['p50_ms']} ms, p99 {ours['p99_ms']} ms; Tessera {theirs['entries_per_second']:,}/s, "
        f"p50 {theirs['p50_ms']} ms, p99 {theirs['p99_ms']} ms; {median(ratios):.2f} times as many",
        "bound_by": "fdatasync",
        "tessera": theirs,
        "ratios": [round(each, 3) for each in ratios],
    }


def _middle(loops: Sequence[Loops]) -> dict[str, float]:
    return {
        name: round(median(each[name] for each in loops), 3)
        for name in ("entries_per_second", "p50_ms", "p99_ms")
    }


def read_arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command's options."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.beside_tessera", description="Measure the log beside Tessera, and exports."
    )
    parser.add_argument("--quick", action="store_true", help="one small round of everything: does it run?")
    parser.add_argument("--pairs", type=int, default=3, help="pairs of measurements")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of one loop")
    parser.add_argument("--dir", type=Path, help="on which disk (default: the temporary directory)")
    args = parser.parse_args(argv)
    if args.quick:
        args.pairs, args.seconds = 1, 0.5
    if args.pairs < 1 or args.seconds <= 0:
        parser.error("at least one pair, more than no time")
    return args


def main() -> None:
    """Measure, print, and write the JSON."""
    args = read_arguments()
    place = args.dir or Path(tempfile.gettempdir())
    with tempfile.TemporaryDirectory(prefix="volens-tessera-") as built:
        try:
            program = build(Path(built))
            measures = (
                lambda directory: measure_ours(directory, args.seconds),
                lambda directory: measure_tessera(program, directory, args.seconds),
            )
            rows = rows_of(pairs_of(measures, args.pairs, place))
        except BenchError as failure:
            sys.exit(str(failure))
    rows += exports.rows(quick=args.quick)
    print_table(rows)
    options = {"quick": args.quick, "pairs": args.pairs, "seconds": args.seconds, "batch_age": BATCH_AGE}
    print(f"written to {os.path.relpath(write_json(rows, options, datetime.now(UTC)))}")


if __name__ == "__main__":
    main()
