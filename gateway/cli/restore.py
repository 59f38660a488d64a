"""The command `volens restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.failures import told


@told()
def restore_directory(
    directory: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="The data directory of a stopped gateway; it may be gone."),
    ],
    copy: Annotated[Path, typer.Option("--from", metavar="COPY", help="The copy of the data directory.")],
    head: Annotated[
        Path | None,
        typer.Option(
            "--head",
            metavar="FILE",
            help="The file head of the keys directory, of the same copy. Default: head in COPY.keys.",
        ),
    ] = None,
) -> None:
    """Restore a data directory from a copy; of the keys only the file head is restored.

    The lists erased and withdrawn of the keys directory stay: the next start erases and denies again what was erased and denied
    since the copy was made, before anything is served. Nothing is moved if the copy does not fit the keys, or a witness saw more.
    """
    import asyncio
    import time

    from gateway.directory.putting_back import HEAD_FILE, put_back
    from gateway.settings.reading import default_keys_dir
    from gateway.wiring.recovery import check_copy

    head = default_keys_dir(copy.absolute()) / HEAD_FILE if head is None else head
    done = put_back(directory, copy, head, int(time.time()), lambda *there: asyncio.run(check_copy(*there)))
    typer.echo(f"restored  {directory.absolute()}")
    if done.lost:
        typer.echo(f"lost      {done.lost:,} entries that the log had since the copy")
    if done.before is not None:
        typer.echo(f"before    {done.before}  (keep it no longer than you need to look at it)")
        typer.echo(f"undo      volens restore {directory} --from {done.before}")
    typer.echo("")
    typer.echo(f"Next: volens audit verify {directory}, then volens serve {directory}")
