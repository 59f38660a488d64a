"""What an export costs: entries a second and memory, beside Polars reading the same entries as JSON lines. Prints one JSON object.

Everything is selected, hashed, proven, tallied and written as Parquet by two processes; the scan parses the same bytes with both
cores and counts them by kind. Run as `python -m bench.exports [--entries N]`.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from audit import Entry, Kind, Outcome, encode_entry
from bench.long_log import WIDTH, LongLog, like_a_shop
from gateway.reporting.encodings import Encoding
from gateway.reporting.exporting import Order, make_export
from gateway.reporting.query import Query

QUICK, FULL = 1 << 18, 10_000_128
DISTINCT = 1 << 18
"""After so many entries they repeat: what is measured does not depend on it, and the log is made sooner."""
PROCESSES = 2


def measure(entries: int, directory: Path) -> dict[str, Any]:
    """Make a log, scan it, export it."""
    log = LongLog(directory / "log")
    lines = directory / "entries.jsonl"
    shop = like_a_shop()
    distinct = [next(shop) for _ in range(min(DISTINCT, entries))]
    block = b"".join(entry + b"\n" for entry in distinct)
    with lines.open("wb") as file:
        for at in range(0, entries, len(distinct)):
            part = distinct[: entries - at]
            log.grow(iter(part), len(part) // WIDTH)
            file.write(block if len(part) == len(distinct) else b"".join(each + b"\n" for each in part))
    before = _cpu()
    began = time.perf_counter()

    def record(detail: Any) -> int:
        return log.append(encode_entry(Entry(Kind.EXPORT, Outcome.DONE, 1_795_000_020, detail=detail)))

    order = Order(
        log.directory, directory / "out", Query(), Encoding.PARQUET, 1, "bench", processes=PROCESSES
    )
    manifest = make_export(order, record)
    seconds = time.perf_counter() - began
    worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    spent = _cpu() - before
    scanned, counted, parsing = _scan(lines)
    return {
        "entries": manifest.rows,
        "export_per_second": int(manifest.rows / seconds),
        "export_cpu_us": round(spent / manifest.rows * 1e6, 2),
        "scan_per_second": int(counted / scanned),
        "scan_cpu_us": round(parsing / counted * 1e6, 2),
        "worker_mib": worker,
        "own_mib": own,
        "written_mib": sum(file.size for file in manifest.files) >> 20,
    }


def _scan(lines: Path) -> tuple[float, int, float]:
    """Seconds, how many entries, and processor seconds; in a process of its own, after everybody's memory was looked at."""
    program = (
        "import sys, polars as pl; f = pl.scan_ndjson(sys.argv[1], infer_schema_length=10_000);"
        "print(f.group_by('k').len().collect(engine='streaming')['len'].sum())"
    )
    began, before = time.perf_counter(), _cpu()
    done = subprocess.run(
        [sys.executable, "-c", program, str(lines)], capture_output=True, text=True, check=True
    )
    return time.perf_counter() - began, int(done.stdout), _cpu() - before


def _cpu() -> float:
    """Processor seconds of this process and of its children that ended."""
    found = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in found)


def rows(*, quick: bool) -> list[dict[str, Any]]:
    """The line of the table; measured in a process of its own, so that its memory is its own."""
    entries = QUICK if quick else FULL
    command = [sys.executable, "-m", "bench.exports", "--entries", str(entries)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    most = found["own_mib"] + PROCESSES * found["worker_mib"]
    return [
        {
            "name": f"export of {found['entries']:,} entries",
            "value": found["export_per_second"],
            "unit": "entries/s",
            "goal": ">= 300,000; <= 1,024 MiB",
            "detail": f"{found['export_cpu_us']} us of processor time each; at most {most:,} MiB; Polars alone reads "
            f"{found['scan_per_second']:,}/s of the same, {found['scan_cpu_us']} us each",
            "bound_by": "SHA-256 and the interpreter",
        }
    ]


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description="Measure exports.")
    parser.add_argument("--entries", type=int, default=QUICK, help="entries of the log; a multiple of 256")
    parser.add_argument("--dir", type=Path, default=None, help="where to put the log")
    args = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="volens-exports-", dir=args.dir))
    try:
        print(json.dumps(measure(args.entries, directory), indent=2))
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
