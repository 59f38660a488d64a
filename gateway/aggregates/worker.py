"""The process that measures: `python -m gateway.aggregates.worker`. One JSON object a line in, one a line out; it ends with
its input.

    {"do": "prove", "releases": [{...}, ...]}             -> {"losses": [[micro rho, femto delta] or null, ...]}
    {"do": "audit", "release": {...}, "canaries": 20000}  -> {"findings": [{...}, ...]}
    {"do": "run", "release": {...}, "begin": 0, "files": [...], "table": "...", "limits": [], "counted": ["..."],
     "reserved": [1, 0]}                                  -> {"body": "..."}

Whatever goes wrong is one word (`unproved`, `files`, `lines`, `request`): nothing of the data leaves but what was measured.
Chance comes from the operating system, within OpenDP; there is no seed. It knows the files that it is given, and no database,
no key and no network.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import msgspec
import polars as pl

from gateway.durable_files import write_durably
from privacy import (
    Loss,
    ParticipationLimit,
    PrivacyError,
    Release,
    TooManyLinesError,
    UnprovedError,
    window_at,
)
from privacy.measuring import (
    accounting,
    audit_plan,
    body_of,
    left_out,
    measurement_of,
    names_in,
    prepare,
)
from privacy.releases.plan import Keyed, plan_of


class Prove(msgspec.Struct, tag_field="do", tag="prove", frozen=True, forbid_unknown_fields=True):
    """What do these cost?"""

    releases: tuple[Release, ...]


class Run(msgspec.Struct, tag_field="do", tag="run", frozen=True, forbid_unknown_fields=True):
    """A request to measure one window."""

    release: Release
    begin: int
    files: tuple[str, ...]
    table: str
    limits: tuple[ParticipationLimit, ...]
    counted: tuple[str, ...]
    reserved: tuple[int, int]


class Audit(msgspec.Struct, tag_field="do", tag="audit", frozen=True, forbid_unknown_fields=True):
    """Does this keep what it claims?"""

    release: Release
    canaries: int


_read = msgspec.json.Decoder(Prove | Run | Audit).decode


def answer(line: bytes) -> dict[str, Any]:
    """Do what a line asks for."""
    try:
        asked = _read(line)
        if isinstance(asked, Prove):
            return _prove(asked)
        return _run(asked) if isinstance(asked, Run) else _audit(asked)
    except msgspec.MsgspecError:
        return {"failed": "request"}
    except TooManyLinesError:
        return {"failed": "lines"}
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
        prepare(release, window, [Path(name) for name in asked.files], table, left_out(asked.limits))
        _count_in(table, [Path(name) for name in asked.counted])
        measured = measurement.run(table, reserved=reserved)
    finally:
        table.unlink(missing_ok=True)
    return {"body": body_of(release, window, measured, reserved, measurement.epsilon).decode()}


def _count_in(table: Path, places: list[Path]) -> None:
    """Keep who counts from now on, before anything is measured: durable on return."""
    for place in places:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_durably(place, names_in(table, beside=place).sink_parquet)


def _audit(asked: Audit) -> dict[str, Any]:
    plan = plan_of(asked.release)
    if not isinstance(plan, Keyed):
        return {"findings": [accounting(plan)]}
    with TemporaryDirectory(prefix="volens-audit-") as folder:
        hours = asked.release.hours_each
        return {"findings": list(audit_plan(plan, Path(folder), hours_each=hours, canaries=asked.canaries))}


def serve(source: BinaryIO, target: BinaryIO) -> None:
    """Answer line after line until there is no more."""
    for line in source:
        target.write(msgspec.json.encode(answer(line)) + b"\n")
        target.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
