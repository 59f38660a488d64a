"""`volens keys`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.failures import told

if TYPE_CHECKING:
    from gateway.directory.key_rotation import Rotation

keys_commands = typer.Typer(no_args_is_help=True, help="The keys outside the data directory.")


@keys_commands.callback()
def keys_group() -> None:
    """The keys outside the data directory."""


@keys_commands.command("rotate")
@told()
def rotate_keys(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="The data directory of a stopped gateway.")
    ],
) -> None:
    """Wrap everybody's keys under a new key-encryption key and destroy the old one. Run it again if it was interrupted."""
    import asyncio

    rotation = asyncio.run(_rotate(directory))
    typer.echo(f"epoch     {rotation.epoch}")
    typer.echo(f"wrapped   {rotation.rewrapped:,} keys anew")
    typer.echo(
        f"destroyed {rotation.destroyed:,} old key-encryption key{'s' if rotation.destroyed > 1 else ''}"
    )


@keys_commands.command("renew-signing")
@told()
def renew_signing_keys(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="The data directory of a stopped gateway.")
    ],
) -> None:
    """Sign receipts and certificates with new keys from now on. The old ones stay published: what they signed stays good."""
    import asyncio

    renewed = asyncio.run(_renew(directory))
    typer.echo(f"renewed   {renewed} signing key{'s' if renewed > 1 else ''}; those before stay published")


async def _renew(directory: Path) -> int:
    import os
    import time

    from gateway.bootstrap import open_stopped
    from gateway.settings.reading import load_settings
    from gateway.signing_keys.renewal import renew

    settings = load_settings(directory)
    async with open_stopped(settings) as stopped:
        return await renew(stopped, settings.keys_dir, now=int(time.time()), entropy=os.urandom)


async def _rotate(directory: Path) -> Rotation:
    import os
    import time

    from gateway.bootstrap import open_stopped
    from gateway.directory.key_rotation import rotate
    from gateway.settings.reading import load_settings

    settings = load_settings(directory)
    async with open_stopped(settings) as stopped:
        return await rotate(stopped, settings.keys_dir, now=int(time.time()), entropy=os.urandom)
