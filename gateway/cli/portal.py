"""The commands of `volens portal`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.failures import told
from gateway.cli.one_person import id_given

portal_commands = typer.Typer(no_args_is_help=True, help="The preference portal: print one-time links.")


@portal_commands.callback()
def portal_group() -> None:
    """The preference portal: print one-time links."""


@portal_commands.command("link")
@told()
def print_link(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A data directory made by `volens init`.")],
    anonymous: Annotated[
        bool, typer.Option("--anonymous", help="The id is that of a browser or device, not of a person.")
    ] = False,
    url: Annotated[
        str | None,
        typer.Option(
            "--url", help="Where people reach the gateway. Default: as volens.toml says, or where it listens."
        ),
    ] = None,
) -> None:
    """Print a one-time link to the portal for the person whose id is read from standard input."""
    import os
    import time

    from gateway.cli.asking import checked_address, reached_at
    from gateway.portal.one_time_links import KEY_FILE, OneTimeLinks
    from gateway.settings.reading import load_settings
    from privacy import Pseudonymiser, load_key_file, load_or_create_key

    settings = load_settings(directory)
    given = None if url is None else checked_address(url)
    raw = id_given()
    pseudonyms = Pseudonymiser(load_key_file(settings.keys_dir / "lookup.key"))
    ref = pseudonyms.anonymous(raw) if anonymous else pseudonyms.known(raw)
    expires_at = int(time.time()) + settings.portal.link_seconds
    key = load_or_create_key(settings.keys_dir / KEY_FILE, os.urandom)
    secret = OneTimeLinks(settings.directory, key, os.urandom).make(ref, expires_at=expires_at)
    reached = given or settings.server.public_url or reached_at(settings)
    typer.echo(f"{reached.rstrip('/')}/portal/sign-in#{secret}")
    typer.echo(f"it works once, within {settings.portal.link_seconds} seconds", err=True)
