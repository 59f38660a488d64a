"""`volens scoring`: how good the recommenders are on recorded behaviour."""

from __future__ import annotations

import typer

scoring_commands = typer.Typer(no_args_is_help=True, help="How good the recommenders are.")


@scoring_commands.callback()
def _group() -> None:
    """How good the recommenders are."""
