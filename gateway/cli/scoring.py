"""`volens scoring`: how good the recommenders are on recorded behaviour."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.failures import told

scoring_commands = typer.Typer(
    no_args_is_help=True, help="Evaluate recommenders; list, promote and roll back models."
)


@scoring_commands.callback()
def _group() -> None:
    """Evaluate recommenders; list, promote and roll back models."""


@scoring_commands.command("evaluate")
@told()
def evaluate_file(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="Parquet with user_id, item_id, and seq or ts if the order is known.",
        ),
    ],
    attributes: Annotated[
        Path | None,
        typer.Option(
            "--attributes",
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="Parquet or CSV with item_id and attributes of each item: tags, words.",
        ),
    ] = None,
    context: Annotated[
        list[str] | None,
        typer.Option(
            "--context", metavar="COLUMN", help="A column with the context of each row; may be repeated."
        ),
    ] = None,
    columns: Annotated[
        int, typer.Option("--columns", min=100, max=30_000, help="Items that EASE is computed for.")
    ] = 4096,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Hide one item of each person, rank all items, and measure where the hidden one stands: HR@10 and NDCG@10.

    Everything is tuned on the item before; what is tested is looked at once. See docs/evaluation.md.
    """
    import json
    import time

    from gateway.evaluation import as_numbers, as_table, read_recording
    from scoring import evaluate

    began = time.monotonic()

    def tell(words: str) -> None:
        typer.echo(f"{time.monotonic() - began:5.0f} s  {words}", err=True)

    tell("reading")
    recording = read_recording(file, attributes=attributes, contexts=context or ())
    found = evaluate(recording, columns=columns, progress=tell)
    seconds = time.monotonic() - began
    typer.echo(json.dumps(as_numbers(found, seconds)) if json_output else "\n".join(as_table(found, seconds)))
