"""The command `volens init`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.failures import told


@told()
def init_directory(
    directory: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="The data directory to create; it must not exist or be empty."),
    ],
    keys_dir: Annotated[
        Path | None,
        typer.Option(
            "--keys-dir", metavar="DIR", help="Where the keys go, outside DIR. Default: beside it, DIR.keys."
        ),
    ] = None,
) -> None:
    """Make a data directory with settings, policy and credentials, and its keys beside it."""
    from gateway.directory.init_directory import initialise
    from gateway.settings.reading import default_keys_dir

    initialise(directory, keys_dir)
    absolute = directory.absolute()
    typer.echo(f"data         {absolute}")
    typer.echo(f"settings     {absolute / 'volens.toml'}")
    typer.echo(f"policy       {absolute / 'policy.toml'}")
    typer.echo(f"credentials  {absolute / 'credentials.json'}  (keep them secret)")
    typer.echo(f"keys         {keys_dir or default_keys_dir(absolute)}  (back them up apart from the data)")
    typer.echo("")
    typer.echo(f"Next: volens serve {directory}")
