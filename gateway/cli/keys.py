"""The commands of `volens keys`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.failures import told

if TYPE_CHECKING:
    from gateway.directory.key_rotation import Rotation

keys_commands = typer.Typer(no_args_is_help=True, help="Rotate and renew the keys.")


@keys_commands.callback()
def keys_group() -> None:
    """Rotate and renew the keys."""


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
    """Sign receipts and certificates with new keys from now on. The old ones stay published, so what they signed stays valid."""
    import asyncio

    renewed = asyncio.run(_renew(directory))
    typer.echo(f"renewed   {renewed} signing key{'s' if renewed > 1 else ''}; those before stay published")


@keys_commands.command("rotate-log")
@told()
def rotate_log_key(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="The data directory of a stopped gateway.")
    ],
) -> None:
    """Give the log a new key, announced in the log under the old one. Both sign until `end-log-overlap`."""
    import asyncio

    typer.echo(f"log key   {asyncio.run(_rotate_log(directory))}")
    typer.echo("both keys sign now: give the new one to readers and witnesses, then end the overlap")


@keys_commands.command("end-log-overlap")
@told()
def end_overlap(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="The data directory of a stopped gateway.")
    ],
) -> None:
    """Stop signing with the log's former key, and destroy it. Verifiers that know only that key reject everything newer."""
    import asyncio

    typer.echo(f"ended     {asyncio.run(_end_overlap(directory))}")


async def _rotate_log(directory: Path) -> str:
    import os
    import time

    from gateway.bootstrap import open_stopped
    from gateway.settings.reading import load_settings
    from gateway.signing_keys.log_keys import announce_log_key, take_over_log_key

    settings = load_settings(directory)
    async with open_stopped(settings) as stopped:
        vkey = await announce_log_key(
            stopped, settings.keys_dir, settings.log.origin, now=int(time.time()), entropy=os.urandom
        )
    take_over_log_key(settings.keys_dir)
    async with open_stopped(settings):
        pass  # published under both keys
    return vkey


async def _end_overlap(directory: Path) -> str:
    import time

    from gateway.bootstrap import open_stopped
    from gateway.settings.reading import load_settings
    from gateway.signing_keys.log_keys import end_log_overlap

    settings = load_settings(directory)
    async with open_stopped(settings) as stopped:
        vkey = await end_log_overlap(stopped, settings.keys_dir, settings.log.origin, now=int(time.time()))
    async with open_stopped(settings):
        pass  # published under the one that is left
    return vkey


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
