"""The commands of `volens audit`."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.failures import complain, told
from gateway.cli.printing import safe
from gateway.errors import DirectoryError

if TYPE_CHECKING:
    from audit import NoteVerifier, Report

FINDINGS_SHOWN = 1_000
"""Further findings are counted only."""

_MOST_BYTES = 65_536

_SIGNS_OF_A_LOG = ("checkpoint", "log.vkey", "tile", "wal")
"""Where none of these is, nothing is left to judge."""

audit_commands = typer.Typer(
    no_args_is_help=True, help="The transparency log: verify, export, prove, prune; run a witness."
)


@audit_commands.callback()
def audit_group() -> None:
    """The transparency log: verify, export, prove, prune; run a witness."""


Target = Annotated[
    Path,
    typer.Argument(
        metavar="DIR|EXPORT", exists=True, help="A data directory, its log, a copy of a log, or an export."
    ),
]
Anchor = Annotated[
    Path | None,
    typer.Option(
        "--anchor",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="A checkpoint of this log that was kept elsewhere: the log must contain what it had then.",
    ),
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="The verifier key (log.vkey) as it was kept elsewhere. Default: the one beside the log. "
        "Further lines: keys before it, for an anchor or an export that one of them signed.",
    ),
]
IsCopy = Annotated[
    bool,
    typer.Option("--copy", help="DIR is a copy of what a log publishes, without its write-ahead log."),
]
Shown = Annotated[
    Path | None,
    typer.Option(
        "--disclosed",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="Hidden entries of an export that were shown later (volens audit disclose).",
    ),
]


@audit_commands.command("verify")
@told()
def verify_log(
    target: Target,
    anchor: Anchor = None,
    key: KeyFile = None,
    disclosed: Shown = None,
    is_copy: IsCopy = False,
) -> None:
    """Check every byte of a log offline, or of an export and that none of its range is missing. Changes nothing."""
    from audit import Cause, verify_directory
    from gateway.cli.exports import check_export
    from gateway.reporting.manifest import is_export

    if is_export(target):
        check_export(
            target,
            keys=() if key is None else _keys(key),
            anchor=None if anchor is None else _read(anchor),
            disclosed=disclosed,
        )
        return
    if disclosed is not None:
        raise complain("--disclosed goes with an export, not with a log")
    if not any((place / name).exists() for place in (target, target / "log") for name in _SIGNS_OF_A_LOG):
        raise complain("there is no log at this place: neither a data directory with one, nor a copy of one")
    if is_copy and _is_a_gateways_own(target):
        raise complain("this is a gateway's own log, not a copy: it has its write-ahead log, or has lost it")
    report = verify_directory(
        target,
        is_copy=is_copy,
        vkey=None if key is None else _read(key).decode("utf-8", "replace"),
        anchor=None if anchor is None else _read(anchor),
    )
    _describe(report)
    if not is_copy and any(each.cause is Cause.WAL_SHORT for each in report.findings):
        typer.echo("         (a copy, which never had a write-ahead log, is verified with --copy)")
    if report.findings:
        count = len(report.findings)
        raise complain(f"{count:,} finding{'s' if count > 1 else ''}: something was changed, or is missing")
    typer.echo("OK       every byte is as it should be")


def _is_a_gateways_own(target: Path) -> bool:
    """Whether it is a data directory, or the log in one."""
    from gateway.settings.reading import SETTINGS_FILE

    return any((place / SETTINGS_FILE).exists() for place in (target, target.resolve().parent))


def _describe(report: Report) -> None:
    live = "  (being written now: what is beyond the checkpoint was not judged)" if report.is_live else ""
    typer.echo(f"log      {report.origin or 'unknown'}{live}")
    durable = "a copy: no write-ahead log was there" if report.without_wal else f"{report.durable:,} durable"
    typer.echo(f"size     {report.size:,} entries signed, {durable}")
    if report.first:
        typer.echo(f"begins   entry {report.first:,}; of those before, what stays of the write-ahead log")
    typer.echo(f"root     {base64.b64encode(report.root).decode()}")
    for finding in report.findings[:FINDINGS_SHOWN]:
        typer.echo(f"FOUND    {safe(finding)}")
    if len(report.findings) > FINDINGS_SHOWN:
        typer.echo("FOUND    further findings are counted only")


def _keys(file: Path) -> tuple[NoteVerifier, ...]:
    from audit import NoteError, read_vkeys

    try:
        return read_vkeys(_read(file).decode("utf-8", "replace"))
    except NoteError:
        raise complain(
            "the file given as --key has a line that is no verifier key of a log, or none"
        ) from None


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(_MOST_BYTES)
    except OSError as exc:
        raise DirectoryError("a file given as an option cannot be read") from exc
