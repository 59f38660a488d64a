"""The commands of `volens records`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.failures import complain, told

records_commands = typer.Typer(no_args_is_help=True, help="Check the records database.")


@records_commands.callback()
def records_group() -> None:
    """Check the records database."""


@records_commands.command("check")
@told()
def check_records(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="A data directory; its gateway may be running.")
    ],
) -> None:
    """Read every page of the records, recompute everybody's consent from the events, and compare it with what is stored.

    Changes nothing. Exit code 1 if it differs, or a page is damaged.
    """
    from gateway.bootstrap import view_ledger
    from gateway.settings.reading import load_settings

    with view_ledger(load_settings(directory)) as ledger:
        people = sum(1 for _ in ledger.load_people())
        differing = len(ledger.mismatches())
    typer.echo(f"people    {people:,}")
    typer.echo(f"differing {differing:,}")
    if differing:
        raise complain(
            "the stored consent of some people does not match their consent events: restore a backup"
        )
