"""A small log with entries of every sort, and an export of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from audit import Entry, Kind, Minimum, Outcome, encode_entry, prune
from gateway.reporting.encodings import Encoding
from gateway.reporting.exporting import Order, make_export
from gateway.reporting.manifest import Manifest
from gateway.reporting.query import Query
from tests.unit.audit.logs import started

BEGAN = 1_795_000_080
"""After the entries that the log writes of its own starts."""
MINUTE = 60
POLICY, MODEL = bytes(range(32)), bytes(range(1, 33))


def entries(count: int, first: int = 0) -> list[bytes]:
    """One a minute, from so many minutes after the beginning on, their kinds in turn."""
    return [encode_entry(_entry(number, BEGAN + number * MINUTE)) for number in range(first, first + count)]


def _entry(number: int, at: int) -> Entry:
    secret = number.to_bytes(2, "big")
    tag, commitment = secret * 8, secret * 16
    match number % 4:
        case 0:
            return Entry(Kind.EVENT, Outcome.ACCEPTED, at, ("ana", "rec"), POLICY, None, commitment, tag)
        case 1:
            return Entry(Kind.DECISION, Outcome.PERSONALISED, at, ("rec",), POLICY, MODEL, commitment, tag)
        case 2:
            counts = {"refused": 2, "no_record": 1} if number % 8 == 2 else {"bot": 1}
            return Entry(Kind.WITHHELD, Outcome.DONE, at, policy=POLICY, counts=counts)
        case _:
            detail = {"source": "coffee", "why": '"k":"x"}</td>, =1+1 "t":5,"v":1}'}
            return Entry(Kind.RULE, Outcome.FIRED, at, ("not",), POLICY, None, commitment, tag, detail=detail)


def write_log(root: Path, bodies: list[bytes]) -> int:
    """Append to the log below `root`, and publish; the index of the first."""

    async def run() -> int:
        log = await started(root)
        await log.wait_durable()
        first = log.append_many(bodies, [b""] * len(bodies))
        await log.wait_durable()
        await log.close()
        return first

    return asyncio.run(run())


def pruned(root: Path, minute: int) -> int:
    """Let the first bundle go, so many minutes after the beginning; the place of the entry that says so."""
    said = Entry(Kind.RETENTION, Outcome.DONE, BEGAN + minute * MINUTE, detail={"minimum": 256})
    place = write_log(root, [encode_entry(said)])
    prune(root / "log", Minimum(256, place))
    return place


def export(
    root: Path,
    encoding: Encoding = Encoding.JSONL,
    query: Query | None = None,
    *,
    out: str = "out",
    processes: int = 1,
    places: tuple[int, ...] | None = None,
    anchor: bytes | None = None,
    known_purposes: frozenset[str] | None = None,
) -> Manifest:
    """Export the log below `root` into `root/out`."""

    def record(detail: Mapping[str, str | int]) -> int:
        entry = Entry(Kind.EXPORT, Outcome.DONE, BEGAN + 10_000 * MINUTE, policy=POLICY, detail=detail)
        return write_log(root, [encode_entry(entry)])

    order = Order(
        root / "log",
        root / out,
        query or Query(),
        encoding,
        BEGAN,
        "volens test",
        processes,
        places,
        anchor,
        known_purposes,
    )
    return make_export(order, record)
