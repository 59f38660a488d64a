"""The process that measures: `python -m gateway.aggregates.worker`. One JSON object a line in, one a line out; it ends with
its input.

    {"do": "prove", "releases": [{...}, ...]}             -> {"losses": [[micro rho, femto delta] or null, ...]}
    {"do": "run", "release": {...}, "begin": 0, "files": [...], "table": "...", "reserved": [1, 0]}  -> {"body": "..."}

Whatever goes wrong is one word (`unproved`, `files`, `request`): nothing of the data leaves but what was measured. Chance
comes from the operating system, within OpenDP; there is no seed. It knows the files that it is given, and no database, no key
and no network.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import polars as pl

from privacy import Loss, PrivacyError, Release, UnprovedError, window_at
from privacy.measuring import body_of, measurement_of, prepare
from privacy.releases.plan import plan_of


class Prove(msgspec.Struct, tag_field="do", tag="prove", frozen=True, forbid_unknown_fields=True):
    """What do these cost?"""

    releases: tuple[Release, ...]


class Run(msgspec.Struct, tag_field="do", tag="run", frozen=True, forbid_unknown_fields=True):
    """Measure this."""

    release: Release
    begin: int
    files: tuple[str, ...]
    table: str
    reserved: tuple[int, int]


_read = msgspec.json.Decoder(Prove | Run).decode


def answer(line: bytes) -> dict[str, Any]:
    """Do what a line asks for."""
    try:
        asked = _read(line)
        return _prove(asked) if isinstance(asked, Prove) else _run(asked)
    except msgspec.MsgspecError:
        return {"failed": "request"}
    except PrivacyError:
        return {"failed": "unproved"}
    except (OSError, pl.exceptions.PolarsError):
        return {"failed": "files"}


def _prove(asked: Prove) -> dict[str, Any]:
    return {"losses": [_loss(release) for release in asked.releases]}


def _loss(release: Release) -> tuple[int, int] | None:
    try:
        loss = measurement_of(plan_of(release)).loss
    except UnprovedError:
        return None
    return loss.micro_rho, loss.femto_delta


def _run(asked: Run) -> dict[str, Any]:
    release, reserved = asked.release, Loss(*asked.reserved)
    window, table = window_at(release.window, asked.begin), Path(asked.table)
    measurement = measurement_of(plan_of(release))
    try:
        prepare(release, window, [Path(name) for name in asked.files], table)
        measured = measurement.run(table, reserved=reserved)
    finally:
        table.unlink(missing_ok=True)
    return {"body": body_of(release, window, measured, reserved).decode()}


def serve(source: BinaryIO, target: BinaryIO) -> None:
    """Answer line after line until there is no more."""
    for line in source:
        target.write(msgspec.json.encode(answer(line)) + b"\n")
        target.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
