"""`volens audit prune`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.failures import told

if TYPE_CHECKING:
    from audit import Pruned


@told()
def prune_log(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="The data directory of a stopped gateway.")
    ],
    days: Annotated[
        int, typer.Option("--older-than-days", min=1, max=36_500, help="Delete entries older than this.")
    ],
) -> None:
    """Delete old entries, after logging that. Roots, checkpoints and proofs stay valid.

    Whole bundles of 256 go from what the log publishes. Of the write-ahead log whole segments go, once no purpose keeps signals
    of that age: with them what was decided and why. Consents, rights, erasures, keys, releases and rounds stay.
    """
    import asyncio

    index, first, pruned = asyncio.run(_prune(directory, days))
    typer.echo(f"minimum   {index:,}")
    typer.echo(f"begins    {first:,}")
    typer.echo(f"deleted   {pruned.bundles:,} bundle{'' if pruned.bundles == 1 else 's'} of entries")
    typer.echo(
        f"deleted   {pruned.segments:,} segment{'' if pruned.segments == 1 else 's'} of the write-ahead log"
    )


async def _prune(directory: Path, days: int) -> tuple[int, int, Pruned]:
    from audit import Pruned, past_base, prune
    from gateway.bootstrap import open_stopped
    from gateway.directory.policy_file import read_policy
    from gateway.directory.pruning import announce, find_due
    from gateway.settings.reading import load_settings

    settings = load_settings(directory)
    log, now = settings.directory / "log", int(time.time())
    due = find_due(settings, read_policy(settings.directory), days, now)
    minimum = due.said
    if due.is_more:
        async with open_stopped(settings) as stopped:
            minimum = await announce(stopped, log, due, now=now)
    pruned = prune(log, minimum) if minimum.index else Pruned(0, 0)
    base = past_base(log)
    return minimum.index, 0 if base is None else base.head.first, pruned
