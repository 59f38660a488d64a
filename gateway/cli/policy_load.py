"""`volens policy load`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.failures import complain, told


@told()
def load_rules(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="A data directory; its gateway may be running.")
    ],
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The tenant's rule set.")
    ],
    tenant: Annotated[
        str, typer.Option("--tenant", metavar="NAME", help="Whose rules these are: served under /t/NAME.")
    ],
) -> None:
    """Check a tenant's rule set and store it. A running gateway judges the next question by it. Exit code 1 if it is wrong."""
    from gateway.cli.asking import reached_at
    from gateway.settings.reading import load_settings
    from gateway.tenants import RuleSetError, TenantFiles

    settings = load_settings(directory)
    try:
        rules = TenantFiles(settings.directory).save(tenant, file.read_bytes())
    except RuleSetError as exc:
        raise complain(*(f"{finding.where}: {finding.code}" for finding in exc.findings)) from exc
    typer.echo(f"digest   {rules.digest.hex()}")
    typer.echo(f"types    {len(rules.types):,}")
    typer.echo(f"entities {sum(map(len, rules.entities.values())):,}")
    typer.echo(f"permits  {len(rules.permits):,}")
    typer.echo(f"served   {settings.server.public_url or reached_at(settings)}/t/{tenant}")
