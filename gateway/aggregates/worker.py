"""The process that measures: `python -m gateway.aggregates.worker`. Questions in, answers out (`gateway.aggregates.questions`).

It ends with its input. Whatever goes wrong is one word: nothing of the data leaves but what was measured. Chance comes from the
operating system, within OpenDP; there is no seed. It knows the files that it is given, and no database, no key and no network.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import msgspec
import polars as pl

from gateway.aggregates.questions import (
    Audit,
    AuditFinding,
    Failed,
    Findings,
    Losses,
    Measured,
    Prove,
    Run,
)
from gateway.durable_files import write_durably
from privacy import (
    Loss,
    PrivacyError,
    Release,
    TooManyLinesError,
    UnprovedError,
    window_at,
)
from privacy.measuring import AuditFinding as Found
from privacy.measuring import (
    audit_plan,
    body_of,
    left_out,
    measurement_of,
    names_in,
    prepare,
)
from privacy.releases.plan import plan_of

_read = msgspec.json.Decoder(Prove | Run | Audit).decode


def answer(line: bytes) -> Losses | Measured | Findings | Failed:
    """Do what a line asks for."""
    try:
        asked = _read(line)
        if isinstance(asked, Prove):
            return _prove(asked)
        return _run(asked) if isinstance(asked, Run) else _audit(asked)
    except msgspec.MsgspecError:
        return Failed("request")
    except TooManyLinesError:
        return Failed("lines")
    except PrivacyError:
        return Failed("unproved")
    except (OSError, pl.exceptions.PolarsError):
        return Failed("files")


def _prove(asked: Prove) -> Losses:
    return Losses([_loss(release) for release in asked.releases])


def _loss(release: Release) -> Loss | None:
    try:
        return measurement_of(plan_of(release)).loss
    except UnprovedError:
        return None


def _run(asked: Run) -> Measured:
    release, reserved, places = asked.release, asked.reserved, asked.places
    window, table = window_at(release.window, asked.begin), Path(places.table)
    measurement = measurement_of(plan_of(release))
    try:
        prepare(release, window, [Path(name) for name in places.files], table, left_out(places.limits))
        _count_in(table, [Path(name) for name in places.counted])
        measured = measurement.run(table, reserved=reserved)
    finally:
        table.unlink(missing_ok=True)
    return Measured(body_of(release, window, measured, reserved, measurement.epsilon).decode())


def _count_in(table: Path, places: list[Path]) -> None:
    """Keep who counts from now on, before anything is measured: durable on return."""
    for place in places:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_durably(place, names_in(table, beside=place).sink_parquet)


def _audit(asked: Audit) -> Findings:
    plan = plan_of(asked.release)
    with TemporaryDirectory(prefix="volens-audit-") as folder:
        hours = asked.release.hours_each
        return _told(audit_plan(plan, Path(folder), hours_each=hours, canaries=asked.canaries))


def _told(found: Iterable[Found]) -> Findings:
    return Findings([AuditFinding(each.test, each.claimed, each.found, each.sound) for each in found])


def serve(source: BinaryIO, target: BinaryIO) -> None:
    """Answer line after line until there is no more."""
    for line in source:
        target.write(msgspec.json.encode(answer(line)) + b"\n")
        target.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
