"""What a command says of an export that it verified."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gateway.cli.failures import complain
from gateway.cli.printing import safe, when

if TYPE_CHECKING:
    from audit import NoteVerifier
    from gateway.reporting.disclosure import Disclosed
    from gateway.reporting.verified import Verified
    from gateway.reports.recounting import Recount

FINDINGS_SHOWN = 1_000


def check_export(
    path: Path, *, keys: Sequence[NoteVerifier], anchor: bytes | None, disclosed: Path | None
) -> None:
    """Verify an export offline, and say what it proves.

    Args:
        path: its directory.
        keys: of the log, as they were kept elsewhere, if they were.
        anchor: a checkpoint of the log as it was kept elsewhere, if it was.
        disclosed: entries shown later, to hold to it.

    Raises:
        typer.Exit: it does not prove what it says.
    """
    from gateway.reporting.disclosure import MAX_BYTES, hold_to, read_disclosure
    from gateway.reporting.handed_out import key_beside
    from gateway.reporting.verification import verify_export
    from gateway.reports.recounting import recount

    shown: Sequence[Disclosed] = ()
    if disclosed is not None:
        with disclosed.open("rb") as file:
            shown = read_disclosure(file.read(MAX_BYTES)).disclosed
    verified = verify_export(path, keys=keys, wanted=[each.index for each in shown], anchor=anchor)
    held = None
    if shown:
        beside = key_beside(path)
        held = hold_to(verified, shown, keys or ([] if beside is None else [beside]))
    counted = None if verified.findings else recount(path, verified)
    _describe(verified)
    if counted is not None:
        _describe_recount(counted)
    if held is not None:
        typer.echo(f"disclosed {len(shown):,} entries, {held:,} of them hidden here")
    if verified.findings:
        count = len(verified.findings)
        raise complain(f"{count:,} finding{'s' if count > 1 else ''}: this does not prove what it says")
    if anchor is not None:
        typer.echo("anchored the log of then is the beginning of this one")
    whose = "the key given" if keys else "a key that it brings itself: give --key"
    typer.echo(f"OK       whole, unaltered, and in the log; signed by {whose}")


def _describe_recount(counted: Recount) -> None:
    """Say which parts of the report were counted again out of the rows, and which were not."""
    if counted.same:
        typer.echo(f"report   came to the same: {', '.join(sorted(counted.same))}")
    for part, why in counted.left.items():
        typer.echo(f"         not counted again: {part} ({why})")


def _describe_outside(verified: Verified) -> None:
    """Say what is shown of the entries outside the range."""
    for index, at in verified.beside:
        typer.echo(f"         entry {index:,} beside the range is of {when(at)}, which was not asked for")
    if not verified.is_bounded:
        typer.echo("         whether something was asked for outside the range is not shown by this")
    elif verified.beside:
        typer.echo("         so nothing asked for lies outside it, unless a clock was set back there")


def _describe(verified: Verified) -> None:
    from gateway.reporting.manifest import Pruned

    manifest, checkpoint = verified.manifest, verified.checkpoint
    typer.echo(f"export   made {when(manifest.made_at)} by {safe(manifest.program)}")
    typer.echo(f"log      {safe(manifest.log)}, {manifest.log_size:,} entries then")
    typer.echo(f"range    {manifest.first:,} to {manifest.until - 1:,}")
    typer.echo(f"rows     {manifest.rows:,} selected, {manifest.hidden:,} hidden behind their hashes")
    typer.echo(f"asked    {safe(manifest.query.told())}")
    _describe_outside(verified)
    if manifest.query.is_of_one_person:
        typer.echo("person   the entries of one person, whom it does not name")
    if isinstance(manifest.pruned, Pruned):
        below, announced = manifest.pruned.minimum, manifest.pruned.announced
        typer.echo(
            f"pruned   entries below {below:,} were published no more; entry {announced:,} is said to announce it"
        )
    if checkpoint is not None:
        typer.echo(f"proven   by entry {verified.index:,} of {checkpoint.size:,}")
    for each in verified.findings[:FINDINGS_SHOWN]:
        # NOTE: whoever made up an export also chose its file names; nothing of them may act on the terminal.
        typer.echo(f"FOUND    {safe(str(each))}")
    if len(verified.findings) > FINDINGS_SHOWN:
        typer.echo("FOUND    further findings are counted only")
