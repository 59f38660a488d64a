"""What a command says of an access report: whether it is whole."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from gateway.cli.failures import complain

MAX_REPORT_BYTES = 1 << 30
_MOST_SHOWN = 50


def report_in(content: bytes) -> Mapping[str, Any] | None:
    """The access report in a file, as JSON or in the zip; None if there is none."""
    from gateway.rights.completeness import read_report

    if content.startswith(b"PK"):
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                if archive.getinfo("report.json").file_size > MAX_REPORT_BYTES:
                    return None
                content = archive.read("report.json")
        except (zipfile.BadZipFile, KeyError, OSError, RuntimeError, NotImplementedError):
            return None
    return read_report(content)


def check_report(report: Mapping[str, Any], log: Path | None) -> None:
    """Say whether a report is whole.

    Args:
        report: from `report_in`.
        log: a data directory, its log, or a copy of one, with the entries.

    Raises:
        typer.Exit: something is missing.
        CorruptionError: the log cannot be read.
    """
    from audit import past_base, published_entries
    from gateway.evidence.first_numbers import FirstNumbers
    from gateway.rights.completeness import find_missing

    entries, gone = None, None
    if log is not None:
        place = log / "log" if (log / "log").is_dir() else log
        entries, gone = published_entries(place), FirstNumbers(past_base(place)).of
    missing = find_missing(report, entries, gone)
    for each in missing[:_MOST_SHOWN]:
        typer.echo(f"FOUND     {each}")
    if missing:
        raise complain(f"{len(missing):,} findings: the report is not whole")
    count = sum(len(each["entries"]) for each in report["completeness"]["keys"])
    typer.echo(f"entries   {count:,} of the person, numbered without a gap")
    if log is None:
        typer.echo("OK        nothing is left out between them; with --log also not behind them")
    else:
        typer.echo("OK        the log has these entries of the person and no others")
