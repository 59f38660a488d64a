"""What the log costs: durable entries per second, the wait for them, bytes, memory, start-up. Prints one JSON object.

Open loop: entries arrive at a fixed rate whatever the log does, and each is timed from the moment it was due. Closed loop: so
many clients, each of which appends its next entry when the one before is durable. Run as `python -m bench.audit`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import uvloop

from audit import (
    Entry,
    FileHead,
    Kind,
    LogLimits,
    NoteSigner,
    Outcome,
    Sequencer,
    encode_entry,
    prepare_hashing,
    verify_directory,
)

SEALED_BYTES = 180
"""A sealed opening with the signals of one event."""
CHUNK = 4096


def write_entries(n: int) -> list[bytes]:
    """Distinct entries like those of events."""
    return [
        encode_entry(
            Entry(
                kind=Kind.EVENT,
                outcome=Outcome.ACCEPTED,
                at=1_795_000_020,
                purposes=("ana", "mod", "rec"),
                policy=bytes(range(32)),
                commitment=os.urandom(32),
                tag=os.urandom(16),
            )
        )
        for _ in range(n)
    ]


def open_log(directory: Path, on_record: Callable[[int, bytes, bytes], None] | None = None) -> Sequencer:
    """A log with the limits of a server."""
    signer = NoteSigner.from_seed("bench.example/log", bytes([7]) * 32)
    head = FileHead(directory / "keys" / "head")
    return Sequencer.open(
        directory / "log", signer, head=head, clock=time.time, limits=LogLimits(), on_record=on_record
    )


def percentile(values: list[float], share: float) -> float:
    """The value below which this share lies."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


async def run_open_loop(log: Sequencer, rate: int, seconds: float) -> dict[str, float]:
    """Entries at a fixed rate."""
    entries, sealed = write_entries(1024), os.urandom(SEALED_BYTES)
    waits: list[float] = []
    total = int(rate * seconds)
    begin = time.perf_counter()
    sent = 0

    def acknowledge(first: int, last: int, failure: BaseException | None) -> None:
        if failure is not None:
            raise failure
        now = time.perf_counter() - begin
        waits.extend(now - due / rate for due in range(first, last))

    while sent < total:
        due = min(total, int((time.perf_counter() - begin) * rate))
        first = sent
        while sent < due:
            log.append(entries[sent & 1023], sealed)
            sent += 1
        if sent > first:
            log.when_durable(partial(acknowledge, first, sent))
        await asyncio.sleep(0.0004)
    await log.wait_durable()
    took = time.perf_counter() - begin
    return {
        "offered_per_second": rate,
        "entries_per_second": round(total / took, 1),
        "p50_ms": round(percentile(waits, 0.5) * 1e3, 3),
        "p99_ms": round(percentile(waits, 0.99) * 1e3, 3),
        "max_ms": round(max(waits) * 1e3, 3),
    }


async def run_closed_loop(log: Sequencer, clients: int, seconds: float) -> dict[str, float]:
    """So many clients, one entry under way each."""
    entries, sealed = write_entries(1024), os.urandom(SEALED_BYTES)
    waits: list[float] = []
    stop_at = time.perf_counter() + seconds

    async def client(number: int) -> None:
        while (begin := time.perf_counter()) < stop_at:
            log.append(entries[number & 1023], sealed)
            await log.wait_durable()
            waits.append(time.perf_counter() - begin)

    await asyncio.gather(*(client(number) for number in range(clients)))
    return {
        "clients": clients,
        "entries_per_second": round(len(waits) / seconds, 1),
        "p50_ms": round(percentile(waits, 0.5) * 1e3, 3),
        "p99_ms": round(percentile(waits, 0.99) * 1e3, 3),
    }


async def fill(log: Sequencer, n: int) -> dict[str, float]:
    """Append `n` entries in batches as fast as they become durable; the loop's own cost of it."""
    entries, sealed = write_entries(CHUNK), [os.urandom(SEALED_BYTES)] * CHUNK
    spent = 0.0
    begin = time.perf_counter()
    left = n
    while left > 0:
        size = min(CHUNK, left)
        start = time.perf_counter()
        log.append_many(entries[:size], sealed[:size])
        spent += time.perf_counter() - start
        left -= size
        if log.size - log.durable_size > 8 * CHUNK:
            await log.wait_durable()
    await log.wait_durable()
    return {
        "entries_per_second": round(n / (time.perf_counter() - begin), 1),
        "append_many_us_per_entry": round(spent / n * 1e6, 3),
    }


async def write_log(directory: Path, args: argparse.Namespace) -> dict[str, Any]:
    """Everything that needs the log open."""
    log = open_log(directory)
    log.start(asyncio.get_running_loop())
    await asyncio.sleep(1.0)  # the next segment is being prepared
    found: dict[str, Any] = {
        "open_loop": await run_open_loop(log, args.rate, args.seconds),
        "closed_loop": [await run_closed_loop(log, clients, args.seconds / 2) for clients in (1, 32, 512)],
    }
    before, memory = log.size, resident_bytes()
    found["batches"] = await fill(log, max(100_000, args.entries - before))
    written = log.size
    await log.close()
    found["entries"] = written
    found["memory_bytes_per_entry"] = round(max(0, resident_bytes() - memory) / (written - before), 2)
    found["wal_bytes_per_entry"] = round(tree_bytes(directory / "log" / "wal") / written, 1)
    found["tile_bytes_per_entry"] = round(tree_bytes(directory / "log" / "tile") / written, 1)
    found["entry_bytes"] = len(write_entries(1)[0])
    found["sealed_bytes"] = SEALED_BYTES
    return found


def start_up(directory: Path) -> dict[str, float]:
    """How long it takes to open the log again: without replay, and replaying everything."""
    times = {}
    for name, on_record in (
        ("open_seconds", None),
        ("open_and_replay_seconds", lambda _index, _entry, _sealed: None),
    ):
        begin = time.perf_counter()
        log = open_log(directory, on_record)
        times[name] = round(time.perf_counter() - begin, 3)
        asyncio.run(log.close())
    return times


def resident_bytes() -> int:
    """Memory of this process at the moment."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def tree_bytes(path: Path) -> int:
    """Bytes of the files below a directory."""
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def run(args: argparse.Namespace) -> dict[str, Any]:
    """All measurements, in a directory that is removed afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="volens-bench-audit-", dir=args.dir))
    try:
        (directory / "keys").mkdir()
        prepare_hashing()
        found = run_loop(directory, args)
        found["start_up"] = start_up(directory)
        begin = time.perf_counter()
        report = verify_directory(directory)
        found["verify_seconds"] = round(time.perf_counter() - begin, 2)
        found["verified"] = report.ok
    finally:
        shutil.rmtree(directory)
    return found


def run_loop(directory: Path, args: argparse.Namespace) -> dict[str, Any]:
    """On the loop that the server uses."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(write_log(directory, args))


def rows(*, quick: bool) -> list[dict[str, Any]]:
    """The lines of the table."""
    entries = 20_000 if quick else 1_000_000
    found = run(argparse.Namespace(entries=entries, rate=10_000, seconds=1.0 if quick else 5.0, dir=None))
    loop = found["open_loop"]
    closed = ", ".join(
        f"{each['entries_per_second']:,}/s with {each['clients']}" for each in found["closed_loop"]
    )
    return [
        {
            "name": "durable entries at 10,000/s",
            "value": loop["entries_per_second"],
            "unit": "entries/s",
            "goal": ">= 10,000; p50 <= 5 ms, p99 <= 25 ms",
            "detail": f"p50 {loop['p50_ms']} ms, p99 {loop['p99_ms']} ms; waiting clients: {closed}",
            "bound_by": "fdatasync",
        },
        {
            "name": "bytes of an entry",
            "value": found["wal_bytes_per_entry"] + found["tile_bytes_per_entry"],
            "unit": "bytes on disk",
            "detail": f"WAL {found['wal_bytes_per_entry']} (entry {found['entry_bytes']}, sealed {found['sealed_bytes']}), "
            f"tiles {found['tile_bytes_per_entry']}; memory {found['memory_bytes_per_entry']}",
            "bound_by": "the entry and its sealed half",
        },
        {
            "name": f"opening a log of {found['entries']:,}",
            "value": found["start_up"]["open_seconds"],
            "unit": "s",
            "detail": f"{found['start_up']['open_and_replay_seconds']} s reading all of it; "
            f"verified in {found['verify_seconds']} s",
            "bound_by": "reading frames and their checksums",
        },
    ]


def main(argv: list[str] | None = None) -> dict[str, Any]:
    """Measure, print, and return what was printed."""
    parser = argparse.ArgumentParser(description="Measure the transparency log.")
    parser.add_argument(
        "--entries", type=int, default=200_000, help="entries in the log when it is opened again"
    )
    parser.add_argument("--rate", type=int, default=10_000, help="entries a second in the open loop")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of the open loop")
    parser.add_argument("--dir", default=None, help="where to put the log (default: the temporary directory)")
    found = run(parser.parse_args(argv))
    print(json.dumps(found, indent=2))
    return found


if __name__ == "__main__":
    main()
