"""`volens officer`: who may come into the officers' console. The gateway need not run, and need not be started anew."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.failures import complain, told

if TYPE_CHECKING:
    from gateway.settings.reading import Settings

officer_commands = typer.Typer(no_args_is_help=True, help="Accounts of the compliance officers' console.")

Directory = Annotated[Path, typer.Argument(metavar="DIR", help="A data directory made by `volens init`.")]
Name = Annotated[str, typer.Option("--name", help="The officer's sign-in name: a-z 0-9 . _ -")]


@officer_commands.callback()
def officer_group() -> None:
    """Accounts of the compliance officers' console."""


@officer_commands.command("enrol")
@told()
def enrol_officer(
    directory: Directory,
    name: Name = "officer",
    url: Annotated[
        str | None,
        typer.Option(
            "--url",
            help="Where officers reach the gateway. Default: as volens.toml says, or where it listens.",
        ),
    ] = None,
) -> None:
    """Print a one-time link with which an officer chooses a password and sets up their codes; also to reset an account."""
    import os
    import time

    from gateway.cli.asking import checked_address, reached_at
    from gateway.officer.accounts import Accounts
    from gateway.settings.reading import load_settings

    settings = load_settings(directory)
    given = None if url is None else checked_address(url)
    lasts = settings.officer.enrolment_seconds
    accounts = Accounts(settings.keys_dir, os.urandom)
    code = accounts.invite(name, expires_at=int(time.time()) + lasts)
    invited = accounts.find(name)
    if invited is not None:
        _note(settings, "officer_invited", invited.officer)
    reached = given or settings.server.public_url or reached_at(settings)
    typer.echo(f"{reached.rstrip('/')}/officer/enrol#{code}")
    typer.echo(f"it works once, within {lasts} seconds; whoever has it becomes this officer", err=True)


@officer_commands.command("list")
@told()
def list_officers(directory: Directory) -> None:
    """List the officers: name, pseudonym in the log, whether they have enrolled."""
    import os

    from gateway.officer.accounts import Accounts
    from gateway.settings.reading import load_settings

    accounts = Accounts(load_settings(directory).keys_dir, os.urandom).all()
    if not accounts:
        typer.echo("no officers: volens officer enrol DIR --name NAME invites one")
    for account in accounts:
        typer.echo(f"{account.name}  {account.officer}  {'enrolled' if account.is_enrolled else 'invited'}")


@officer_commands.command("looks")
@told()
def list_looks(
    directory: Directory,
    index: Annotated[
        int | None, typer.Option("--index", min=0, help="Only looks at the entry of this index.")
    ] = None,
) -> None:
    """List who looked at which entry, and when: the log says it in a form that takes the keys directory to read."""
    import os

    from gateway.cli.printing import safe, when
    from gateway.officer.accounts import Accounts
    from gateway.officer.seen_entries import load_seen_entries, looks_in
    from gateway.settings.reading import load_settings

    settings = load_settings(directory)
    seen = load_seen_entries(settings.keys_dir, os.urandom)
    names = {each.officer: each.name for each in Accounts(settings.keys_dir, os.urandom).all()}
    for look in looks_in(settings.directory / "log", seen):
        if index in (None, look.index):
            officer = safe(names.get(look.officer, look.officer))
            typer.echo(f"{when(look.at)}  {officer}  {safe(look.page)}  entry {look.index:,}")


@officer_commands.command("remove")
@told()
def remove_officer(directory: Directory, name: Name) -> None:
    """Remove an officer; their open sessions end with the next request."""
    import os

    from gateway.officer.accounts import Accounts
    from gateway.settings.reading import load_settings

    settings = load_settings(directory)
    accounts = Accounts(settings.keys_dir, os.urandom)
    known = accounts.find(name)
    if not accounts.remove(name):
        raise complain("there is no officer of that name")
    _note(settings, "officer_removed", "" if known is None else known.officer)
    typer.echo("removed")


def _note(settings: Settings, act: str, officer: str) -> None:
    """Let the log say who may come in: of an officer only the pseudonym."""
    from audit import Kind
    from gateway.cli.appending import append_entry

    append_entry(settings, Kind.ADMIN, {"act": act, "officer": officer})
