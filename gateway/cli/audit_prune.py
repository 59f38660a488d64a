"""`volens audit prune`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.failures import told

_DAY_SECONDS = 86_400


@told()
def prune_log(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="The data directory of a stopped gateway.")
    ],
    days: Annotated[
        int, typer.Option("--older-than-days", min=1, max=36_500, help="Entries that are older may go.")
    ],
) -> None:
    """Delete old entries from what the log publishes, after an entry that says so. Roots, checkpoints and proofs stay good.

    Whole bundles of 256 go. The write-ahead log stays.
    """
    import asyncio

    index, deleted = asyncio.run(_prune(directory, days))
    typer.echo(f"minimum   {index:,}")
    typer.echo(f"deleted   {deleted:,} bundle{'' if deleted == 1 else 's'} of entries")


async def _prune(directory: Path, days: int) -> tuple[int, int]:
    import time

    from audit import oldest_kept, prune, read_announced
    from gateway.bootstrap import open_stopped
    from gateway.directory.pruning import announce_minimum
    from gateway.settings.reading import load_settings

    settings = load_settings(directory)
    log, now = settings.directory / "log", int(time.time())
    minimum = read_announced(log)
    index = oldest_kept(log, now - days * _DAY_SECONDS)
    if index > minimum.index:
        async with open_stopped(settings) as stopped:
            minimum = await announce_minimum(stopped, index, now=now)
    deleted = prune(log, minimum) if minimum.index else 0
    return minimum.index, deleted
